/* A batch fetch: the producer of several flights at once, the embedding of one input each. It asks
 * the upstream for all of them in one request, which is a fetch with a private flight; reads that
 * flight to its end; takes the answer apart; and hands every flight its item, and the cache too.
 *
 *     fetch --bytes--> private flight --reader--> batch fetch --item--> flight, entry
 *                                                            \-item--> flight, entry ...
 *
 * It belongs to nobody and ends by itself: when the answer is there, or when the request that
 * ordered it is gone and none of its flights has a reader. It is counted, since that request looks
 * at it for the answer as a whole.
 *
 * A flight of one input has for its head a batch_head, and for its bytes the packed item
 * (openai/item.h). Where the answer is not 200 it has no bytes, and the head has the answer, for
 * whoever sent the same. It fails with FAILURE_NONE when there was an answer that is of no use for
 * it; who joined may ask again.
 *
 * Threads: only the worker's that started it. */
#pragma once

#include "cache/cache.h"
#include "proxy/header/cors.h"
#include "proxy/request/embeddings/batch_head.h"
#include "proxy/upstream/fetch.h"
#include "proxy/openai/embeddings/embedding_items.h"

/* An answer to a batch is collected before it is understood, within cache.memory, and is no larger
 * than this. */
enum { BATCH_ANSWER = 64 << 20 };

/* One input that is asked for. */
struct batch_input {
	struct name name;
	struct flight *flight; /* NULL: nobody joins, and it is stored in place of what was there */
	size_t length;	       /* by which it shares in what the answer cost (items_share) */
};

struct batch_order {
	struct slice target;
	struct slice lines;
	struct request_body *body; /* whole */
	struct cors_request cors;
	enum cors_lesson lesson;
	const struct batch_input *inputs;
	size_t count;	     /* of them, in the order of the body */
	bool tokens;	     /* lengths are numbers of tokens */
	int64_t ttl_ms;	     /* of what is stored */
	struct digest asked; /* of the request, for who joined an input */
	/* It is over. Called from within the mailbox's delivery, once, unless the request left. */
	void (*on_over)(void *context);
	void *context;
};

struct batch_fetch;

/* Begins. Copies what the order points to. The caller has a reference. */
struct batch_fetch *batch_fetch_start(struct context *worker, const struct batch_order *order);

/* The request is gone or has what it wanted: its reference, and its interest. */
void batch_fetch_leave(struct batch_fetch **f);

/* How it ended. Everything pointed to lives as long as the caller's reference. */
struct batch_end {
	bool over;			     /* else there is nothing else yet */
	enum failure failure;		     /* no answer, or none to its end: why */
	bool outgrown;			     /* the answer is larger than BATCH_ANSWER */
	const struct head *head;	     /* of the answer */
	enum verdict verdict;		     /* FINE: it is understood, */
	const struct embedding_items *items; /* and these are its items */
	enum verdict fate;		     /* FINE: all of them were stored; else why not */
};
struct batch_end batch_fetch_end(const struct batch_fetch *f);

/* Moves the answer's body out, once; the caller frees it. */
char *batch_fetch_take_body(struct batch_fetch *f, size_t *ret_len);

/* Ends all: the worker ends. After fetch_fail_all. */
void batch_fetch_fail_all(struct context *worker, enum failure why);
