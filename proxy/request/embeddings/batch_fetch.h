/* A batch fetch: the producer of several flights, each with the embedding of one input. It requests
 * all of them from the upstream in one request, by a fetch with a private flight. It reads that
 * flight to the end, splits the response into items, and writes each item to its flight and to the
 * cache.
 *
 *     fetch --bytes--> private flight --reader--> batch fetch --item--> flight, entry
 *                                                            \-item--> flight, entry ...
 *
 * It ends when the response was processed, or when the request that started it is gone and none of
 * its flights has a reader. It is reference-counted: it holds a reference until it ends, and the
 * request has one to look at the whole response.
 *
 * The head of an input's flight is a batch_head, its bytes are the packed item
 * (openai/embeddings/embedding_item.h). If the status is not 200 the flight has no bytes and its
 * head contains the response, for requests that are identical. The flight fails with FAILURE_NONE
 * if the response was unusable; readers that joined may then ask again.
 *
 * Threads: the worker's that started it. */
#pragma once

#include "cache/cache.h"
#include "proxy/header/cors.h"
#include "proxy/openai/embeddings/embedding_items.h"
#include "proxy/request/embeddings/batch_head.h"
#include "proxy/upstream/fetch.h"

/* Maximum size of a response, which is collected (within cache.memory) before it is parsed. */
enum { BATCH_ANSWER = 64 << 20 };

struct batch_input {
	struct cache_key key;
	struct flight *flight; /* NULL: no flight, only store the item */
	size_t length;	       /* its share of the token usage (embedding_items_share) */
};

struct batch_order {
	struct slice target;
	struct slice lines;
	struct request_body *body; /* whole */
	struct cors_request cors;
	enum cors_lesson lesson;
	const struct batch_input *inputs;
	size_t count;	     /* of inputs, in the order of the body */
	bool tokens;	     /* lengths are numbers of tokens */
	int64_t ttl_ms;	     /* of the stored items */
	struct digest asked; /* of the request, for readers that joined */
	/* The batch fetch has ended. Called once, from the mailbox, unless the request left. */
	void (*on_over)(void *context);
	void *context;
};

struct batch_fetch;

/* Starts a batch fetch and returns a reference for the caller. Copies what the order points to. */
struct batch_fetch *batch_fetch_start(struct context *worker, const struct batch_order *order);

/* The request is gone or needs it no longer: drops its reference; on_over is not called after this.
 * *f may be NULL. */
void batch_fetch_leave(struct batch_fetch **f);

/* The result. Everything it points to lives as long as the caller's reference. */
struct batch_end {
	bool over;			     /* false: the rest is not set yet */
	enum failure failure;		     /* why there is no complete response */
	bool outgrown;			     /* the response is larger than BATCH_ANSWER */
	const struct head *head;	     /* of the response */
	enum verdict verdict;		     /* FINE: the response was understood */
	const struct embedding_items *items; /* if the verdict is FINE */
	enum verdict fate;		     /* FINE: all items were stored; otherwise why not */
};
struct batch_end batch_fetch_end(const struct batch_fetch *f);

/* Moves the body of the response to the caller, who frees it. Once. */
char *batch_fetch_take_body(struct batch_fetch *f, size_t *ret_len);

/* Fails all batch fetches of a worker that ends. Call it after fetch_fail_all. */
void batch_fetch_fail_all(struct context *worker, enum failure why);
