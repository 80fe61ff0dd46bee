/* A transfer: one request to the upstream and its answer, once. Retries are the caller's.
 *
 * The request body is pulled and cannot be rewound, so that libcurl never sends a prompt twice on
 * its own.
 *
 * Threads: only the worker's. The callbacks come from within pool_work or the loop's turn; none but
 * on_end may start or destroy a transfer. */
#pragma once

#include "base/own.h"
#include "base/slice.h"
#include "proxy/upstream/pool.h"

enum transfer_outcome {
	TRANSFER_FINE,	/* the answer has a head and is complete, as far as its framing tells */
	TRANSFER_STALE, /* a kept connection was dead: not a byte came back, and the request
			 * may have been seen or not */
	TRANSFER_UNREACHABLE, /* no connection came about */
	TRANSFER_SLOW_CONNECT,
	TRANSFER_TORN, /* the connection broke, or what came was no HTTP */
	TRANSFER_NO_MEMORY,
};

enum transfer_flow {
	TRANSFER_GO,
	TRANSFER_PAUSE, /* the bytes were not taken and come again after transfer_resume */
	TRANSFER_STOP,
};

/* What transfer_callbacks.read_body may return beside a number of bytes; 0 is the body's end. */
enum { TRANSFER_BODY_LATER = -1, TRANSFER_BODY_BROKEN = -2 };

struct transfer_callbacks {
	/* The request body's next bytes. */
	long (*read_body)(void *context, char *at, size_t room);
	/* The final status line (1xx are skipped), then each field, then the end of the head, each
	 * at most once and before any of the body; trailers are dropped. False: end it. */
	void (*on_status)(void *context, unsigned status);
	bool (*on_field)(void *context, struct slice name, struct slice value);
	void (*on_head)(void *context);
	enum transfer_flow (*on_body)(void *context, struct slice bytes);
	/* The transfer is over; destroy it in here or later. */
	void (*on_end)(void *context, enum transfer_outcome outcome, const char *reason);
};

struct transfer_request {
	struct slice method;
	struct slice target; /* path and query as they stood in the client's request line */
	struct slice lines;  /* header lines as forward_lines makes them */
	bool has_body;
	int64_t body_bytes; /* -1: not known, sent chunked */
	bool anonymous;	    /* without the credential of the upstream's URL */
	bool fresh;	    /* on a connection of its own: what could not be sent again */
	const struct transfer_callbacks *callbacks;
	void *context;
};

struct transfer;

/* Starts. Everything in the request is copied but the callbacks and their context. NULL: memory. */
struct transfer *transfer_start(struct pool *pool, const struct transfer_request *request);

/* Ends it, if it has not ended; on_end is not called. An unfinished one's connection is closed. */
void transfer_destroy(struct transfer **t);

/* After TRANSFER_PAUSE or TRANSFER_BODY_LATER. Not from within a callback. */
void transfer_resume(struct transfer *t);
