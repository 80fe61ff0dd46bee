/* An allowance: a worker's share of limits.memory, and the queue of its requests that wait for
 * some.
 *
 * It takes from the budget (base/budget.h) in steps and hands out of what it has taken, so that a
 * small request costs no atomic operation.
 *
 * Requests wait in two queues: bodies that have grown large, which may not use the budget's
 * headroom, and all else. When memory is given back the first of each is woken and tries again;
 * when it has succeeded it leaves the queue and the next one is woken.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/budget.h"
#include "base/mailbox.h"

struct memory_quota {
	struct budget *budget; /* of all workers; NULL: without a limit */
	struct mailbox *mailbox;
	size_t spare;			      /* taken of the budget, and not handed out */
	struct list queues[BUDGET_WHOLE + 1]; // struct memory_wait.link, the oldest first
	struct budget_waiter waiter;
	struct message message;
};

void memory_quota_init(struct memory_quota *a, struct budget *budget, struct mailbox *mailbox);

/* Gives back what is spare. Nobody may wait any more. An allowance of zeros is fine. */
void memory_quota_finish(struct memory_quota *a);

/* Takes bytes. False: there is not that much left. */
MUST_CHECK bool memory_quota_take(struct memory_quota *a, size_t bytes, enum budget_reach reach);
void memory_quota_give(struct memory_quota *a, size_t bytes);

/* Takes bytes whether they are left or not. */
void memory_quota_force(struct memory_quota *a, size_t bytes);

/* ## Waiting for memory */

/* One that waits. Embedded in the request. */
struct memory_wait {
	struct list link;
	void (*on_turn)(struct memory_wait *w); /* try again; or its time is over */
	int64_t deadline_ms;
	int64_t left_ms; /* how long it may still wait in all */
	bool over;	 /* its time is over */
};

/* limit_ms: how long it may wait in all. */
void memory_wait_init(struct memory_wait *w, int64_t limit_ms,
		      void (*on_turn)(struct memory_wait *w));

/* Whether somebody who came before w waits for the same kind of memory. */
bool memory_quota_has_queue(const struct memory_quota *a, const struct memory_wait *w,
			    enum budget_reach reach);

/* Waits at the end of the queue, or stays where it is. After a failed allowance_take. */
void memory_quota_wait(struct memory_quota *a, struct memory_wait *w, enum budget_reach reach,
		       int64_t now_ms);

/* It waits no longer; if it did, the next one is woken. */
void memory_quota_leave(struct memory_quota *a, struct memory_wait *w, int64_t now_ms);

/* Whether anybody waits, so that allowance_tick has to be called now and then. */
bool memory_quota_is_awaited(const struct memory_quota *a);

/* Wakes those whose time is over. They leave the queue by themselves. */
void memory_quota_tick(struct memory_quota *a, int64_t now_ms);
