/* Unpacking: splits the upstream's response to a batch into its items. A helper does it if the
 * response is large (thread_pool.h).
 *
 * Threads: the worker's. */
#pragma once

#include "proxy/context.h"
#include "proxy/openai/embeddings/embedding_items.h"
#include "proxy/thread_pool.h"

struct batch_unpack {
	/* Input. body and lengths must stay unchanged until on_done. */
	struct slice body;
	size_t count;	       /* of inputs */
	const size_t *lengths; /* of the inputs */
	bool tokens;	       /* lengths are numbers of tokens */
	void (*on_done)(struct batch_unpack *u);
	/* Output. */
	enum verdict verdict;
	struct embedding_items *items; /* if the verdict is FINE */
	bool busy; /* a helper works: on_done will be called, and u must live until then */
	struct job job;
};

/* Starts unpacking. Calls on_done, either from here or later from the mailbox. */
void batch_unpack_start(struct context *worker, struct batch_unpack *u);

/* Frees the result. Not while busy. A zeroed struct that was never started is fine. */
void batch_unpack_finish(struct context *worker, struct batch_unpack *u);
