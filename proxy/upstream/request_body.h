/* An upload: a request's body on its way to the upstream, between the request that receives it and
 * the fetch that sends it. Both live in one worker; either may end first.
 *
 * Whole: collected before the fetch begins, and can be sent again. Piped: sent while it comes in;
 * at most UPLOAD_WINDOW bytes lie here, then the client has to wait.
 *
 * What it holds is taken of the worker's allowance, in steps, before it is held. A body that has
 * grown past UPLOAD_SMALL may not use the budget's headroom, unless it is its turn to go ahead
 * (base/budget.h).
 *
 * Threads: only the worker's. Counted. */
#pragma once

#include "base/buf.h"
#include "base/own.h"
#include "proxy/memory_quota.h"

enum { REQUEST_BODY_WINDOW = 256 << 10, REQUEST_BODY_SMALL = 256 << 10 };

/* Room behind a whole body, for who edits it. */
enum { REQUEST_BODY_SPARE = 64 };

struct request_body {
	unsigned refs;
	struct memory_quota *quota; /* NULL: nothing is counted */
	size_t limit;
	size_t expected; /* bytes in all; 0: not known */
	struct buf held; /* whole: all of it; piped: what was not sent yet. Its limit is what was
			  * taken of the allowance. */
	size_t sent;	 /* of held */
	bool piped;
	bool poor;   /* upload_put took less than there was, since there was no memory */
	bool ended;  /* no more will come */
	bool broken; /* the client left before its end */
	/* Piped: the other side has news. NULL once that side is gone. */
	void (*on_bytes)(void *context); /* the fetch's: there are bytes, or the end, again */
	void *bytes_context;
	void (*on_room)(void *context); /* the request's: there is room again */
	void *room_context;
	bool starved; /* the fetch found nothing and waits for on_bytes */
	bool blocked; /* the request found no room and waits for on_room */
};

struct request_body_options {
	bool piped;
	size_t limit;		    /* on the bytes held of a whole one */
	size_t expected;	    /* how many will come; 0: not known */
	struct memory_quota *quota; /* outlives it; NULL: nothing is counted */
};

struct request_body *request_body_create(const struct request_body_options *options);
struct request_body *request_body_ref(struct request_body *u);
void request_body_unref(struct request_body **u);

/* Room for so many bytes in `held`, at once. False: as upload_put. */
MUST_CHECK bool request_body_reserve(struct request_body *u, size_t more);

/* Receiving side: takes up to len bytes and returns how many. Of a piped one, fewer when it is
 * full: then on_room comes. Of a whole one all, or 0 when the limit is reached. Of either one 0
 * where limits.memory is used up (`poor`): to be tried again. */
size_t request_body_put(struct request_body *u, const char *at, size_t len);

/* Of what it may take, by the size that it has. */
enum budget_reach request_body_reach(const struct request_body *u);

/* Receiving side: that was all; or all that will ever come. */
void request_body_end(struct request_body *u, bool broken);

/* What upload_get returns beside a number of bytes; 0 is the end. */
enum {
	REQUEST_BODY_LATER = -1,  /* on_bytes comes */
	REQUEST_BODY_BROKEN = -2, /* and never will there be more */
};

/* Sending side: the next bytes. */
long request_body_get(struct request_body *u, char *at, size_t room);

/* Sending side: from the start again. Only for whole ones. */
void request_body_rewind(struct request_body *u);

/* Sending side: the answer has begun, so a whole one that is all sent will not be sent again: lets
 * go of it (nulls *u). Others are left, and so is NULL. */
void request_body_spend(struct request_body **u);

/* Sending side: nothing more is wanted; what still comes is thrown away. */
void request_body_close(struct request_body *u);
