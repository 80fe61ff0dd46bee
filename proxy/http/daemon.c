#include "proxy/http/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOG_MODULE "server"
#include "base/log.h"

/* MHD_USE_NO_THREAD_SAFETY, which the headers know since 0.9.77. libmicrohttpd 1.0 leaves a
 * connection that is added in a queue until the next run, uncounted, unless it knows that there is
 * one thread only. 0.9.75 does not know the flag, and does not queue. */
enum { ONE_THREAD = 1 << 19 };

/* A request is read and parsed in the first run, and its connection closed in the second. */
enum { TEST_RUNS = 8 };

/* Of the library that is loaded, which may be newer than the headers. */
static unsigned flags(void)
{
	unsigned flags =
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG;
	return strverscmp(MHD_get_version(), "0.9.78") < 0 ? flags : flags | ONE_THREAD;
}

/* Paths go on as they came: decoding would make two of them one, and %00 would end one. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
	return strlen(text);
}

PRINTF_LIKE(2, 0)
static void on_message(void *context, const char *format, va_list list)
{
	char text[512];
	vsnprintf(text, sizeof text, format, list);
	text[strcspn(text, "\n")] = 0;
	log_debug("libmicrohttpd: %s", text);
}

/* Strictness 0: what 1 refuses the guard refuses, too, and in the API's error shape. */
struct MHD_Daemon *daemon_start(const struct daemon_options *o)
{
	return MHD_start_daemon(flags(), 0, NULL, NULL, o->on_request, o->context,     //
				MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL,	       //
				MHD_OPTION_URI_LOG_CALLBACK, o->on_target, o->context, //
				MHD_OPTION_NOTIFY_COMPLETED, o->on_completed, o->context,
				MHD_OPTION_NOTIFY_CONNECTION, o->on_connection, o->context,
				MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,   //
				MHD_OPTION_STRICT_FOR_CLIENT, 0,		     //
				MHD_OPTION_CONNECTION_LIMIT, o->connections,	     //
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->memory_bytes, //
				MHD_OPTION_CONNECTION_TIMEOUT, o->idle_s,	     //
				MHD_OPTION_END);
}

int daemon_fd(struct MHD_Daemon *daemon)
{
	return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int64_t daemon_timeout_ms(struct MHD_Daemon *daemon)
{
	MHD_UNSIGNED_LONG_LONG left;
	return MHD_get_timeout(daemon, &left) == MHD_YES ? (int64_t)left : -1;
}

/* ## The test */

static bool send_request(struct MHD_Daemon *daemon, int near, int far)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
	struct sockaddr address = {.sa_family = AF_UNIX};
	if (write(near, request, sizeof request - 1) == sizeof request - 1)
		return MHD_add_connection(daemon, far, &address, sizeof address.sa_family) ==
		       MHD_YES;
	close(far);
	return false;
}

bool daemon_test(struct MHD_Daemon *daemon, const bool *filtered, struct error_text *why)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
		return error_text_set(why, "no pair of sockets: %s", strerror(errno));
	bool sent = send_request(daemon, pair[0], pair[1]);
	if (!sent)
		error_text_set(why, "libmicrohttpd takes no connection: %s", strerror(errno));
	for (int i = 0; i < TEST_RUNS && sent; i++)
		MHD_run(daemon);
	close(pair[0]);
	return sent &&
	       (*filtered || error_text_set(why,
					    "libmicrohttpd %s does not receive through this "
					    "program's recv(), so requests would not be checked",
					    MHD_get_version()));
}
