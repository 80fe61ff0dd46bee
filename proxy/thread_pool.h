/* A pool of helper threads for work that would keep a worker from its other clients: parsing a
 * large body, deciding whether a large answer is storable, converting it to another wire form.
 * Small work is done in the worker's thread.
 *
 *     worker    thread_pool_start(job) ... serves others ...        done(job), which frees it
 *                      |                                                   ^
 *     helper           +--> work(job), with its allocations billed --> message
 *
 * A job is self-contained: work reads and writes only what the job itself holds, and no other
 * thread touches that until done is called. The job's owner may go away before
 * (thread_pool_give_up); then work may never start, but done is called all the same.
 *
 * Jobs wait in two queues, for small and for large ones. At most all helpers but one work on large
 * jobs, so that a small job never waits for those.
 *
 * Threads: thread_pool_create and thread_pool_destroy are for the main thread, the other functions
 * for the worker that owns the context. */
#pragma once

#include "base/budget.h"
#include "base/error_text.h"
#include "base/mailbox.h"

struct context;
struct thread_pool;

/* Work on fewer bytes than this is done in the worker's thread: canonicalizing takes some 25 ns per
 * byte at worst, so the longest takes a few milliseconds. Unfolding, whose result may be 256 times
 * as long, takes a microsecond per byte. */
enum { THREAD_POOL_FROM = 256 << 10, THREAD_POOL_UNFOLD_FROM = 8 << 10 };

struct job {
	void (*work)(struct job *j); /* called in a helper's thread */
	void (*done)(struct job *j); /* called in the worker's thread; owns the job from there */
	size_t bytes;		     /* the size of the input */
	size_t billed; /* bytes of limits.memory that its results take; done gives them back to the
			  worker's memory quota once the results are freed */
	bool found_no_memory; /* limits.memory was used up: the result may be incomplete */
	size_t beside; /* bytes of limits.memory that others had then, the job's owner included */
	bool given_up; /* set by the worker: the result is not wanted */
	/* private */
	struct context *worker;
	struct message message;
	struct list link; /* guarded by the pool's mutex */
};

/* Starts the helpers. NULL with an error. */
struct thread_pool *thread_pool_create(struct budget *budget, struct error_text *why);
void thread_pool_destroy(struct thread_pool **pool); /* stops the helpers; no job may be left */

/* Whether work on this many bytes should be given to a helper. */
bool thread_pool_wants(const struct context *worker, size_t bytes, size_t from);

/* Queues the job, whose first three members must be set; billed may be left from an earlier run. */
void thread_pool_start(struct context *worker, struct job *job);

/* The owner no longer wants the result. NULL is accepted. */
void thread_pool_give_up(struct job *job);

/* Waits until all jobs of this worker are done. Called when the worker ends. */
void thread_pool_drain(struct context *worker);
