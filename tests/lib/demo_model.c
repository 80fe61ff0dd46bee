/* The demo model server: speaks enough of the OpenAI API to try, test and measure Reprise without
 * a model. A thread per connection, so that pacing is a sleep.
 *
 *   demo_model [--port N] [--tokens-per-second N] [--first-token-ms N] [--fast]
 *
 * Prints "listening address=127.0.0.1:PORT" and runs until SIGINT or SIGTERM. GET /demo/count
 * tells how many POST requests came. */
#include "tests/lib/demo_answer.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <getopt.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BODY_LIMIT = 32 << 20 };

static struct {
	/* constant once the server runs */
	unsigned port;
	double tokens_per_second;
	double first_token_ms;
	/* any thread */
	atomic_ulong posts;
	atomic_bool stopping;
} server = {.tokens_per_second = 40, .first_token_ms = 200};

struct request {
	struct buf body;
	bool too_long;
};

/* An answer on its way. */
struct delivery {
	struct demo_answer *answer;
	int64_t began_us;
	size_t mark; /* the next that must fall due */
};

static int64_t due_us(const struct delivery *d, const struct demo_mark *mark)
{
	if (server.tokens_per_second <= 0)
		return 0;
	double after_first = mark->tokens > 1 ? mark->tokens - 1 : 0;
	return d->began_us + (int64_t)(server.first_token_ms * 1e3 +
				       after_first * 1e6 / server.tokens_per_second);
}

/* In slices of 50 ms, so that the end of the server is not waited for. */
static void wait_until(int64_t due)
{
	int64_t left;
	while (!server.stopping && (left = due - clock_us()) > 0) {
		int64_t ns = (left < 50000 ? left : 50000) * 1000;
		nanosleep(&(struct timespec){.tv_nsec = ns}, NULL); /* allowed: models take time */
	}
}

static ssize_t read_stream(void *cls, uint64_t at, char *to, size_t room)
{
	struct delivery *d = cls;
	const struct demo_answer *answer = d->answer;
	if (at == answer->bytes.len)
		return MHD_CONTENT_READER_END_OF_STREAM;
	while (at >= answer->marks[d->mark].end)
		d->mark++;
	const struct demo_mark *mark = &answer->marks[d->mark];
	wait_until(due_us(d, mark));
	if (server.stopping)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t len = mark->end - at;
	if (len > room)
		len = room;
	memcpy(to, answer->bytes.at + at, len);
	return (ssize_t)len;
}

static void free_delivery(void *cls)
{
	struct delivery *d = cls;
	demo_answer_destroy(&d->answer);
	free(d);
}

static struct MHD_Response *make_response(struct demo_answer *answer, int64_t began_us)
{
	struct delivery *d = memory_new(struct delivery);
	*d = (struct delivery){.answer = answer, .began_us = began_us};
	if (answer->stream)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, d,
							 free_delivery);
	if (answer->marks[0].tokens > 0)
		wait_until(due_us(d, &answer->marks[0]));
	return MHD_create_response_from_callback(answer->bytes.len, 4096, read_stream, d,
						 free_delivery);
}

static struct demo_answer *answer_get(struct slice path)
{
	if (slice_is(path, "/health"))
		return demo_answer_number("slots_idle", 1);
	if (slice_is(path, "/models"))
		return demo_answer_models();
	if (slice_is(path, "/demo/count"))
		return demo_answer_number("posts", (double)server.posts);
	return NULL;
}

static struct demo_answer *answer_post(struct slice path, const struct request *request)
{
	server.posts++;
	if (request->too_long)
		return demo_answer_error(413, "invalid_request_error", "the body is too long");
	return demo_answer_create(path, buf_slice(&request->body));
}

static struct demo_answer *answer_any(const char *method, const char *url,
				      const struct request *request)
{
	struct slice path = slice_of(url);
	struct slice version = SLICE("/v1/");
	if (slice_starts(path, version))
		path = slice_after(path, version.len - 1);
	struct demo_answer *answer = NULL;
	if (slice_is(slice_of(method), "GET") || slice_is(slice_of(method), "HEAD"))
		answer = answer_get(path);
	else if (slice_is(slice_of(method), "POST"))
		answer = answer_post(path, request);
	return answer ? answer : demo_answer_error(404, "not_found_error", "no such path");
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *request_body_len, void **state)
{
	struct request *request = *state;
	if (!request) {
		*state = request = memory_new(struct request);
		request->body = buf_make(BODY_LIMIT);
		return MHD_YES;
	}
	if (*request_body_len > 0) {
		if (!buf_append(&request->body, upload, *request_body_len))
			request->too_long = true;
		*request_body_len = 0;
		return MHD_YES;
	}
	int64_t began_us = clock_us();
	struct demo_answer *answer = answer_any(method, url, request);
	unsigned status = answer->status;
	const char *type = answer->stream ? "text/event-stream" : "application/json";
	struct MHD_Response *response = make_response(answer, began_us);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	enum MHD_Result queued = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode how)
{
	struct request *request = *state;
	if (!request)
		return;
	buf_finish(&request->body);
	free(request);
	*state = NULL;
}

static struct MHD_Daemon *start(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)server.port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0,
				NULL, NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, &address,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
				MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_CONNECTION_LIMIT,
				2000u, MHD_OPTION_END);
}

static double number_or_exit(const char *text, const char *name, double least, double most)
{
	char *end;
	double n = strtod(text, &end);
	if (end != text && *end == 0 && n >= least && n <= most)
		return n;
	fprintf(stderr, "demo_model: --%s: '%s' must be a number from %g to %g\n", name, text,
		least, most);
	exit(2);
}

static void read_options(int argc, char **argv)
{
	static const struct option options[] = {
	    {"port", required_argument, NULL, 'p'},
	    {"tokens-per-second", required_argument, NULL, 't'},
	    {"first-token-ms", required_argument, NULL, 'f'},
	    {"fast", no_argument, NULL, 'x'},
	    {0},
	};
	int c;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'p')
			server.port = (unsigned)number_or_exit(optarg, "port", 0, 65535);
		else if (c == 't')
			server.tokens_per_second =
			    number_or_exit(optarg, "tokens-per-second", 0.1, 1e6);
		else if (c == 'f')
			server.first_token_ms = number_or_exit(optarg, "first-token-ms", 0, 3.6e6);
		else if (c == 'x')
			server.tokens_per_second = 0;
		else
			exit(2);
	}
	if (optind < argc) {
		fprintf(stderr, "demo_model: '%s': there are only options\n", argv[optind]);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	/* Blocked before there are threads, so that only sigwait sees them. */
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	struct MHD_Daemon *daemon = start();
	if (!daemon) {
		fprintf(stderr, "demo_model: cannot listen on 127.0.0.1:%u: %s\n", server.port,
			strerror(errno));
		return EXIT_FAILURE;
	}
	printf("listening address=127.0.0.1:%u\n",
	       MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	int got;
	sigwait(&signals, &got);
	server.stopping = true;
	MHD_stop_daemon(daemon);
	return EXIT_SUCCESS;
}
