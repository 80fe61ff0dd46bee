/* Offload: helper threads for work that would keep a worker from its other clients: reading a large
 * body, judging a large answer, making another wire form of it. What is small is done on the spot.
 *
 *     worker    offload_start(job) ... goes on with others ...        done(job), frees it
 *                      |                                               ^
 *     helper           +--> work(job), what it allocates on a bill --> letter
 *
 * A job is self-contained: work reads and writes only what the job itself holds, and nobody else
 * touches that until done. Whoever ordered it may leave before (offload_give_up); then work may not
 * even begin, but done comes all the same.
 *
 * Jobs wait in two queues. All helpers but one may be at work on large jobs, so that a small one
 * never waits for those.
 *
 * Threads: offload_create and offload_destroy are for the main thread, the rest for the worker that
 * owns the kit. */
#pragma once

#include "base/budget.h"
#include "base/error_text.h"
#include "base/mailbox.h"

struct context;
struct thread_pool;

/* Work on fewer bytes than this is done on the spot: canonicalizing takes some 25 ns a byte at the
 * worst, so that the longest takes a few milliseconds. Unfolding, whose result may be 256 times as
 * long, takes a microsecond a byte. */
enum { THREAD_POOL_FROM = 256 << 10, THREAD_POOL_UNFOLD_FROM = 8 << 10 };

struct job {
	void (*work)(struct job *j); /* in a helper's thread */
	void (*done)(struct job *j); /* in the worker's; owns the job from there */
	size_t bytes;		     /* how much there is to work on */
	size_t billed;	      /* what its results take of limits.memory; done gives it back to
			       * the kit's allowance once they are freed */
	bool found_no_memory; /* limits.memory was used up: the result may be wanting */
	size_t beside; /* and so much of it others had then, whoever ordered this among them */
	bool given_up; /* the worker's: nobody wants the result */
	/* private */
	struct context *worker;
	struct message message;
	struct list link; /* guarded by the offload */
};

/* Helpers that work until it is destroyed. NULL with a fault. */
struct thread_pool *thread_pool_create(struct budget *budget, struct error_text *why);
void thread_pool_destroy(struct thread_pool **o); /* no job may be left */

/* Whether so much work is to be given to a helper. */
bool thread_pool_wants(const struct context *worker, size_t bytes, size_t from);

/* Takes the job, whose first three members are set; billed may be left from a time before. */
void thread_pool_start(struct context *worker, struct job *job);

/* Its owner does not want the result any more. NULL is fine. */
void thread_pool_give_up(struct job *job);

/* Waits until all jobs of this worker are done: it ends. */
void thread_pool_drain(struct context *worker);
