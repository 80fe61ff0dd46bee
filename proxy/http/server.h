/* A server: a worker's client side. It accepts connections, lets libmicrohttpd read requests from
 * them and write responses, and enforces the time limits on heads and bodies. It has one
 * libmicrohttpd daemon, whose epoll set is nested in the worker's loop.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/error_text.h"
#include "proxy/context.h"
#include "proxy/http/connection_limits.h"
#include "proxy/http/handler.h"
#include "proxy/http/tls/certificate.h"

#include <stdatomic.h>

struct server;

/* Copied, except the sockets and the counters themselves. */
struct server_options {
	const struct http_handler *handler; /* not copied; outlives the server */
	const int *listen_fds;		    /* non-blocking, listening; the caller closes them */
	const bool *shared;		    /* for each: other workers accept from it too */
	size_t listen_count;
	atomic_size_t *connections; /* of all workers, against limits.connections */
	/* of all workers, against limits.connections_per_address */
	struct connection_limits *connection_limits;
	struct certificate *certificate; /* for TCP; NULL: no TLS */
};

/* NULL with an error; also where libmicrohttpd does not receive through the receive filter
 * (proxy/http/recv_filter.h). */
struct server *server_create(struct context *worker, const struct server_options *options,
			     struct error_text *why);

/* Ends all connections that are left; none may sleep. */
void server_destroy(struct server **s);

/* Stops accepting, and allows no connection a further request. */
void server_drain(struct server *s);

/* Milliseconds until server_work has something to do; -1: nothing is due. */
int64_t server_timeout_ms(struct server *s, int64_t now_ms);

/* Whether clients still have to read something, apart from the requests under way. */
bool server_busy(const struct server *s);

/* Called once a turn, after everything that may have woken connections. Runs libmicrohttpd once. */
void server_work(struct server *s, int64_t now_ms);
