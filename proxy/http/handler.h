/* A handler: who answers the requests that a server receives. The server calls it, and it calls the
 * connection back (response.h).
 *
 *     create -> begin -> body... -> run -> finish
 *                 \        \        \___ again after each client_wake before the answer
 *                  +--------+--- spoil, cut, hangup and probe at any time up to finish
 *
 * Threads: only the worker's. */
#pragma once

#include "proxy/failure.h"
#include "proxy/header/header_fields.h"
#include "proxy/http/connection.h"

struct context;

/* What the server fills in of a request. Embedded in the handler's own request. */
struct http_request {
	struct connection *connection;
	struct slice method; /* at == NULL: the head is not complete yet */
	struct slice version;
	bool spoilt;	      /* see spoil; there are no fields then */
	uint64_t received;    /* bytes of the body, which the handler took */
	struct fields fields; /* last: most of it is never touched */
};

/* How the server is done with an answer. */
enum delivery {
	DELIVERED, /* it sent all of it */
	UNREAD,	   /* the client took nothing for limits.idle */
	UNSENT,	   /* the connection ended before */
};

struct http_handler {
	/* A request line is there. The handler owns the request until finish; all of http_request
	 * is zero but client and the fields beyond their count. */
	struct http_request *(*create)(struct context *worker, struct connection *connection,
				       const char *target);

	/* The head is complete. Answers at once what has to be refused. False: drop the connection.
	 */
	bool (*begin)(struct http_request *r);

	/* Something is wrong with what came of the request: it is to be refused as soon as that is
	 * possible, with `why` (static; or NULL) as particulars, and the connection ends. Before
	 * begin, or between two calls that bring the body; more than once. */
	void (*spoil)(struct http_request *r, enum failure failure, const char *why);

	/* More of the body. Returns how much was taken, all but when the connection sleeps until
	 * there is room; -1: drop the connection. */
	long (*body)(struct http_request *r, const char *at, size_t len);

	/* Whether more of the body is waited for: there is one, and nothing was answered. */
	bool (*awaits_body)(const struct http_request *r);

	/* The body is complete, or a wake came after that. False: drop the connection. */
	bool (*run)(struct http_request *r);

	/* Answers in the middle of a body that it is refused, for the failure that it has already
	 * or for this one, and gives it up. The server ends the connection. */
	void (*cut)(struct http_request *r, enum failure failure);

	/* The client hung up. Matters to who sleeps; others notice when they read, write or go to
	 * sleep. */
	void (*hangup)(struct http_request *r);

	/* The client's stream ended at ended_ms, and since then nothing may have been written that
	 * would show whether it reads (half_close.h). Sends what shows it, or takes the client for
	 * gone where nothing can be sent and its stream did not end right behind the request. */
	void (*probe)(struct http_request *r, int64_t ended_ms);

	/* The connection is done with it, one way or the other. Frees it. */
	void (*finish)(struct http_request *r, enum delivery delivery);
};
