/* The least that libmicrohttpd can do for a request: what scripts/bench measures Reprise against.
 * One thread, an epoll set outside the daemon, as in a worker; every request is read and answered
 * with the same bytes.
 *
 *   bare_server [BYTES]        of the answer; default 1500
 *
 * Prints "listening address=127.0.0.1:PORT" and runs until SIGINT or SIGTERM. */
#include "base/ensure.h"
#include "base/memory.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	stopping = 1;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *request_body_len, void **state)
{
	static int seen;
	if (!*state) {
		*state = &seen;
		return MHD_YES;
	}
	if (*request_body_len > 0) {
		*request_body_len = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, cls);
}

static struct MHD_Response *make_response(size_t len)
{
	char *bytes = memory_zeroed(len);
	memset(bytes, 'x', len);
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	return response;
}

static struct MHD_Daemon *start(struct MHD_Response *response)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	return MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, response,
				MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT, 2000u,
				MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_END);
}

static void serve(struct MHD_Daemon *daemon)
{
	int daemon_fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN};
	ensure(fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, daemon_fd, &event) == 0);
	while (!stopping) {
		MHD_UNSIGNED_LONG_LONG timeout_ms;
		bool bounded = MHD_get_timeout(daemon, &timeout_ms) == MHD_YES;
		epoll_wait(fd, &event, 1, bounded ? (int)timeout_ms : -1);
		MHD_run(daemon);
	}
}

int main(int argc, char **argv)
{
	long len = argc > 1 ? strtol(argv[1], NULL, 10) : 1500;
	if (len < 1 || len > 1 << 20) {
		fprintf(stderr, "bare_server: '%s' must be a number from 1 to %d\n", argv[1],
			1 << 20);
		return 2;
	}
	struct sigaction act = {.sa_handler = on_signal};
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	struct MHD_Response *response = make_response((size_t)len);
	struct MHD_Daemon *daemon = start(response);
	if (!daemon) {
		perror("bare_server: cannot listen");
		return EXIT_FAILURE;
	}
	printf("listening address=127.0.0.1:%u\n",
	       MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	serve(daemon);
	MHD_stop_daemon(daemon);
	MHD_destroy_response(response);
	return EXIT_SUCCESS;
}
