/* A server: a worker's side towards its clients. It accepts connections and lets libmicrohttpd read
 * requests from them and write answers; it knows when a head is overdue. One libmicrohttpd daemon,
 * its epoll set nested in the worker's loop.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/error_text.h"
#include "proxy/http/connection_limits.h"
#include "proxy/http/tls/certificate.h"
#include "proxy/context.h"
#include "proxy/http/handler.h"

#include <stdatomic.h>

struct server;

/* Copied, but for the sockets and the counters themselves. */
struct server_options {
	const struct http_handler *handler; /* of its requests; not copied */
	const int *listen_fds;		    /* non-blocking, listening; the caller closes them */
	const bool *shared;		    /* of each: other workers accept from it too */
	size_t listen_count;
	atomic_size_t *connections; /* of all workers together, against limits.connections */
	struct connection_limits
	    *connection_limits;		 /* the same, against limits.connections_per_address */
	struct certificate *certificate; /* for TCP; NULL: no TLS */
};

/* Copies what the options point to, but the counters. NULL with a fault, also where libmicrohttpd
 * turns out not to receive through the tap (proxy/http/recv_filter.h). */
struct server *server_create(struct context *worker, const struct server_options *options,
			     struct error_text *why);

/* No connection may sleep. Ends all that are left. */
void server_destroy(struct server **s);

/* Accept nobody from here, and let no connection have a further request. */
void server_drain(struct server *s);

/* Milliseconds until server_work has something to do; -1: nothing is due. */
int64_t server_timeout_ms(struct server *s, int64_t now_ms);

/* Whether clients have still to take something, beside the requests that there are. */
bool server_busy(const struct server *s);

/* Once a turn, after everything that may have woken connections: one run of libmicrohttpd. */
void server_work(struct server *s, int64_t now_ms);
