/* An unpacking: an upstream's answer to a batch is taken apart into its items, of a large one by a
 * helper (offload.h).
 *
 * Threads: only the worker's. */
#pragma once

#include "proxy/context.h"
#include "proxy/openai/embeddings/embedding_items.h"
#include "proxy/thread_pool.h"

struct batch_unpack {
	/* What there is to do. The texts and lengths live and stay as they are until on_done. */
	struct slice body;
	size_t count;	       /* inputs */
	const size_t *lengths; /* of each */
	bool tokens;	       /* they are numbers of tokens */
	void (*on_done)(struct batch_unpack *u);
	/* What came of it. */
	enum verdict verdict;
	struct embedding_items *items; /* on FINE */
	bool busy; /* a helper is at it: on_done comes, and u has to live until then */
	struct job job;
};

/* Calls on_done, now or later from the mailbox. */
void batch_unpack_start(struct context *worker, struct batch_unpack *u);

/* Frees what came of it. Not while it is busy; fine for one of zeros that was never started. */
void batch_unpack_finish(struct context *worker, struct batch_unpack *u);
