/* A transfer: one request to the upstream and its response. It does not retry; the caller may.
 *
 * The request body is pulled and cannot be rewound, so that libcurl never sends a prompt twice on
 * its own.
 *
 * Threads: the worker's. The callbacks are called from pool_work or from the loop's events. Only
 * on_end may start or destroy a transfer. */
#pragma once

#include "base/own.h"
#include "base/slice.h"
#include "proxy/upstream/pool.h"

enum transfer_outcome {
	TRANSFER_FINE,	/* the response has a head and is complete, as far as its framing tells */
	TRANSFER_STALE, /* a kept connection was dead or had stray bytes on it: nothing that came
			 * back can be the response to this request. The upstream may or may not
			 * have received the request. */
	TRANSFER_UNREACHABLE,  /* could not connect */
	TRANSFER_SLOW_CONNECT, /* the connect timeout expired */
	TRANSFER_TORN,	       /* the connection broke, or the response was not valid HTTP */
	TRANSFER_NO_MEMORY,
};

enum transfer_flow {
	TRANSFER_GO,
	TRANSFER_PAUSE, /* the bytes were not taken; pass them again after transfer_resume */
	TRANSFER_STOP,
};

/* Results of transfer_callbacks.read_body other than a number of bytes; 0 is the body's end. */
enum { TRANSFER_BODY_LATER = -1, TRANSFER_BODY_BROKEN = -2 };

struct transfer_callbacks {
	/* Copies the next bytes of the request body, at most `room`. */
	long (*read_body)(void *context, char *at, size_t room);
	/* The final status (1xx are skipped), then each field, then the end of the head; all before
	 * the body. Trailers are dropped. on_field returns false to end the transfer. */
	void (*on_status)(void *context, unsigned status);
	bool (*on_field)(void *context, struct slice name, struct slice value);
	void (*on_head)(void *context);
	enum transfer_flow (*on_body)(void *context, struct slice bytes);
	/* The transfer is over; destroy it here or later. */
	void (*on_end)(void *context, enum transfer_outcome outcome, const char *reason);
};

struct transfer_request {
	struct slice method;
	struct slice target; /* path and query as in the client's request line */
	struct slice lines;  /* header lines from forward_lines */
	bool has_body;
	int64_t body_bytes; /* -1: unknown, sent chunked */
	bool anonymous;	    /* without the credential of the upstream's URL */
	bool fresh;	    /* use a new connection: the request cannot be sent again */
	const struct transfer_callbacks *callbacks;
	void *context;
};

struct transfer;

/* Starts a transfer. Copies everything in the request but the callbacks and their context, which
 * must outlive the transfer. NULL: no memory. */
struct transfer *transfer_start(struct pool *pool, const struct transfer_request *request);

/* Frees the transfer without calling on_end. If it has not ended, its connection is closed. */
void transfer_destroy(struct transfer **t);

/* Continues after TRANSFER_PAUSE or TRANSFER_BODY_LATER. Not from within a callback. */
void transfer_resume(struct transfer *t);
