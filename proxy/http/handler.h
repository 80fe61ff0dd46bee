/* A handler processes the requests that a server receives. The server calls it; it puts
 * connections to sleep, wakes them (connection.h) and responds (response.h).
 *
 *     create -> begin -> body... -> run -> finish
 *                 \        \        \___ again after each connection_wake before the response
 *                  +--------+--- spoil, cut, hangup and probe at any time up to finish
 *
 * Threads: only the worker's. */
#pragma once

#include "proxy/failure.h"
#include "proxy/header/header_fields.h"
#include "proxy/http/connection.h"

struct context;

/* The part of a request that the server fills in. Embedded in the handler's own request. */
struct http_request {
	struct connection *connection;
	struct slice method; /* at == NULL: the head is incomplete */
	struct slice version;
	bool spoilt;	      /* spoil was called; if before begin, there are no fields */
	uint64_t received;    /* bytes of the body that the handler took */
	struct fields fields; /* last: most of it is never used */
};

/* How the delivery of a response ended. */
enum delivery {
	DELIVERED, /* all of it was sent */
	UNREAD,	   /* the client read nothing for limits.idle */
	UNSENT,	   /* the connection ended before that */
};

struct http_handler {
	/* Called when a request line is there. The handler owns the request until finish. All of
	 * http_request must be zero, except connection and the fields beyond their count. */
	struct http_request *(*create)(struct context *worker, struct connection *connection,
				       const char *target);

	/* The head is complete. Responds at once to a request that has to be refused. False: drop
	 * the connection. */
	bool (*begin)(struct http_request *r);

	/* The request is malformed: respond with this failure as soon as that is possible, with
	 * `why` (static, or NULL) as particulars; the connection ends then. Called before begin or
	 * between two calls of body, possibly more than once. */
	void (*spoil)(struct http_request *r, enum failure failure, const char *why);

	/* More of the body. Returns how many bytes were taken: all, unless the connection sleeps
	 * until there is room. -1: drop the connection. */
	long (*body)(struct http_request *r, const char *at, size_t len);

	/* Whether the request waits for more of its body: it has one, and there is no response
	 * yet. */
	bool (*awaits_body)(const struct http_request *r);

	/* The body is complete, or the connection was woken after that. False: drop the
	 * connection. */
	bool (*run)(struct http_request *r);

	/* Responds in the middle of the body, with the failure that the request has already or else
	 * with this one, and gives the request up. The server ends the connection. */
	void (*cut)(struct http_request *r, enum failure failure);

	/* The client hung up. Matters to requests that sleep; others notice when they read, write
	 * or go to sleep. */
	void (*hangup)(struct http_request *r);

	/* The client's stream ended at ended_ms, and perhaps nothing was written since that would
	 * show whether it still reads (half_close.h). Sends a probe; where none can be sent, gives
	 * the client up unless its stream ended right behind the request. */
	void (*probe)(struct http_request *r, int64_t ended_ms);

	/* The connection is done with the request. Frees it. */
	void (*finish)(struct http_request *r, enum delivery delivery);
};
