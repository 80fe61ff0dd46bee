/* A memory quota: a worker's share of limits.memory, and the queues of its requests that wait for
 * memory.
 *
 * It takes memory from the budget (base/budget.h) in steps and hands out from that, so that a small
 * request costs no atomic operation.
 *
 * Requests wait in two queues: one for large bodies, which may not use the budget's headroom, and
 * one for everything else. When memory is given back, the first request of each queue is woken and
 * tries again; when it succeeds, it leaves the queue and the next one is woken.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/budget.h"
#include "base/mailbox.h"

struct memory_quota {
	struct budget *budget; /* shared by all workers; NULL: unlimited */
	struct mailbox *mailbox;
	size_t spare;			      /* bytes taken from the budget and not handed out */
	struct list queues[BUDGET_WHOLE + 1]; // struct memory_wait.link, the oldest first
	struct budget_waiter waiter;
	struct message message;
};

void memory_quota_init(struct memory_quota *q, struct budget *budget, struct mailbox *mailbox);

/* Gives the spare bytes back to the budget. No request may wait any more. A zeroed quota is
 * accepted. */
void memory_quota_finish(struct memory_quota *q);

/* Takes bytes. False: not enough is left. */
MUST_CHECK bool memory_quota_take(struct memory_quota *q, size_t bytes, enum budget_reach reach);
void memory_quota_give(struct memory_quota *q, size_t bytes);

/* Takes bytes even if they exceed the limit. */
void memory_quota_force(struct memory_quota *q, size_t bytes);

/* ## Waiting for memory */

/* A waiting request. Embedded in the request. */
struct memory_wait {
	struct list link;
	void (*on_turn)(struct memory_wait *w); /* try again, or give up if `over` */
	int64_t deadline_ms;
	int64_t left_ms; /* how long it may still wait in total */
	bool over;	 /* its time to wait is over */
};

/* limit_ms: how long it may wait in total. */
void memory_wait_init(struct memory_wait *w, int64_t limit_ms,
		      void (*on_turn)(struct memory_wait *w));

/* Whether another request that came before w waits for the same kind of memory. */
bool memory_quota_has_queue(const struct memory_quota *q, const struct memory_wait *w,
			    enum budget_reach reach);

/* Puts w at the end of the queue, unless it is in it. Call it after memory_quota_take failed. */
void memory_quota_wait(struct memory_quota *q, struct memory_wait *w, enum budget_reach reach,
		       int64_t now_ms);

/* Takes w out of its queue; if it was in one, the next request is woken. */
void memory_quota_leave(struct memory_quota *q, struct memory_wait *w, int64_t now_ms);

/* Whether any request waits, so that memory_quota_tick has to be called at intervals. */
bool memory_quota_is_awaited(const struct memory_quota *q);

/* Wakes the requests whose time is over. They leave the queue themselves. */
void memory_quota_tick(struct memory_quota *q, int64_t now_ms);
