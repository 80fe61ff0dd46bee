/* A budget: memory that several threads share, counted in bytes.
 *
 *     0 ............................ limit - headroom ......... limit
 *      large bodies may take up to here |  everything else up to here |
 *
 * Whoever is about to allocate takes the bytes first and gives them back once they are freed. The
 * headroom is for what is small or has to come to an end, so that what is large and slow cannot use
 * up all of it. Where there is no room the caller waits (budget_await) or does without.
 *
 * A bill is for a thread that works at one thing at a time and does not know beforehand what that
 * takes: between bill_open and bill_close its buffers (buf.h) and trees pay for themselves, and
 * fail as if there were no memory once the budget is used up.
 *
 * Threads: any, unless it says otherwise. NULL is a budget without a limit, which counts nothing.
 */
#pragma once

#include "base/list.h"
#include "base/own.h"

#include <stdbool.h>
#include <stdint.h>

struct budget;

/* headroom_bytes is at most limit_bytes. */
struct budget *budget_create(size_t limit_bytes, size_t headroom_bytes);
void budget_destroy(struct budget **b); /* everything has been given back */

enum budget_reach {
	BUDGET_BELOW_HEADROOM,
	BUDGET_WHOLE,
};

/* Takes bytes. False: there is not that much left. */
MUST_CHECK bool budget_take(struct budget *b, size_t bytes, enum budget_reach reach);

/* Takes bytes whether they are left or not: what must not stop. Others wait until it is paid off.
 */
void budget_force(struct budget *b, size_t bytes);

/* Whether nothing is left. */
bool budget_is_full(const struct budget *b);

/* Gives bytes back, and wakes who waits. */
void budget_give(struct budget *b, size_t bytes);

/* Counts one that was turned away because there was no room. */
void budget_refused(struct budget *b);

struct budget_figures {
	size_t used_bytes;
	size_t limit_bytes;
	uint64_t refusals;
};
struct budget_figures budget_figures(const struct budget *b);

/* ## Waiting */

/* Embedded in who waits. */
struct budget_waiter {
	/* Called once, in whichever thread gave bytes back; may only post a letter. */
	void (*on_room)(struct budget_waiter *w);
	struct list link; /* guarded by the budget */
};

void budget_waiter_init(struct budget_waiter *w, void (*on_room)(struct budget_waiter *w));

/* on_room is called when bytes are given back from here on. What was given back before is not
 * told: try to take once more after this. */
void budget_await(struct budget *b, struct budget_waiter *w);

/* Waits no longer; on_room is not running any more and will not be called. */
void budget_leave(struct budget *b, struct budget_waiter *w);

/* ## Going past the headroom in turn
 *
 * Bodies that all stopped half-way, each waiting for the others' memory, would wait for ever. One
 * at a time may use the headroom too, and so gets to its end. */

/* True: `who` is the one (or was already). Any pointer that tells it from others; not NULL. */
MUST_CHECK bool budget_go_ahead(struct budget *b, const void *who);

/* Whether it is the one. */
bool budget_is_ahead(const struct budget *b, const void *who);

/* It has all it needs, or needs nothing any more; wakes who waits. Nothing, if it was not the one.
 */
void budget_fall_back(struct budget *b, const void *who);

/* ## The bill of the calling thread */

/* From here on what this thread allocates is charged to the budget (NULL: to none). */
void bill_open(struct budget *b);

/* Charges bytes that are about to be allocated. True without a bill. */
MUST_CHECK bool bill_charge(size_t bytes);

/* Bytes were freed, whether or not this bill had been charged with them. */
void bill_credit(size_t bytes);

/* Whether it could not be charged since it was opened. */
bool bill_was_refused(void);

/* What all others had of the budget when that happened last; 0 if it did not. */
size_t bill_beside(void);

/* Ends it. Returns what was charged and not credited, which stays taken and is now the caller's to
 * give back; at least 0. */
size_t bill_close(void);
