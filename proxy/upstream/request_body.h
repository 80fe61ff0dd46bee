/* A request body on its way to the upstream: the request receives it, the fetch sends it. Both
 * belong to the same worker; either may end first.
 *
 * Whole bodies are collected before the fetch starts and can be sent again. Piped bodies are sent
 * while they arrive; at most REQUEST_BODY_WINDOW bytes are buffered, then the client has to wait.
 *
 * Memory is taken from the worker's quota in steps before it is allocated. A body larger than
 * REQUEST_BODY_SMALL may use the budget's headroom only if it is the one that may go ahead
 * (base/budget.h).
 *
 * Threads: the worker's. Reference-counted. */
#pragma once

#include "base/buf.h"
#include "base/own.h"
#include "proxy/memory_quota.h"

enum { REQUEST_BODY_WINDOW = 256 << 10, REQUEST_BODY_SMALL = 256 << 10 };

/* Spare bytes after a whole body, so that it can be edited in place. */
enum { REQUEST_BODY_SPARE = 64 };

struct request_body {
	unsigned refs;
	struct memory_quota *quota; /* NULL: memory is not counted */
	size_t limit;		    /* maximum of held.len */
	size_t expected;	    /* total length; 0: unknown */
	struct buf held; /* whole: all bytes; piped: those not yet sent. held.limit is the number
			  * of bytes taken from the quota. */
	size_t sent;	 /* bytes of held that were sent */
	bool piped;
	bool no_memory; /* the last request_body_put or _reserve failed for lack of memory */
	bool ended;	/* no more bytes will arrive */
	bool broken;	/* the client left before the end */
	/* Callbacks of the two sides; NULL once that side is gone. */
	void (*on_bytes)(void *context); /* to the fetch: bytes or the end arrived */
	void *bytes_context;
	void (*on_room)(void *context); /* to the request: there is room again */
	void *room_context;
	bool starved; /* the fetch found no bytes and waits for on_bytes */
	bool blocked; /* the request found no room and waits for on_room */
};

struct request_body_options {
	bool piped;
	size_t limit;		    /* maximum length of a whole body */
	size_t expected;	    /* length in bytes; 0: unknown */
	struct memory_quota *quota; /* must outlive the body; NULL: memory is not counted */
};

struct request_body *request_body_create(const struct request_body_options *options);
struct request_body *request_body_ref(struct request_body *b);
void request_body_unref(struct request_body **b);

/* Makes room for `more` bytes in `held`. False: over the limit, or no memory (no_memory). */
MUST_CHECK bool request_body_reserve(struct request_body *b, size_t more);

/* Receiving side: takes up to len bytes and returns how many it took. A piped body takes fewer when
 * it is full; on_room is called later. A whole body takes all, or 0 if the limit is reached. Either
 * takes 0 if limits.memory is used up (no_memory): try again. */
size_t request_body_put(struct request_body *b, const char *at, size_t len);

/* How much of the budget the body may use, by its present size. */
enum budget_reach request_body_reach(const struct request_body *b);

/* Receiving side: the body is complete, or broken: the rest will not arrive. */
void request_body_end(struct request_body *b, bool broken);

/* Results of request_body_get other than a number of bytes; 0 is the end. */
enum {
	REQUEST_BODY_LATER = -1,  /* on_bytes will be called */
	REQUEST_BODY_BROKEN = -2, /* the rest will not arrive */
};

/* Sending side: copies the next bytes, at most `room`, and returns how many. */
long request_body_get(struct request_body *b, char *at, size_t room);

/* Sending side: starts again from the first byte. Whole bodies only. */
void request_body_rewind(struct request_body *b);

/* Sending side: the response has begun, so the body will not be sent again. Drops the reference of
 * a whole body that was sent completely and sets *b to NULL; leaves any other body alone. */
void request_body_drop_sent(struct request_body **b);

/* Sending side: discards what is left of a piped body and what still arrives. */
void request_body_close(struct request_body *b);
