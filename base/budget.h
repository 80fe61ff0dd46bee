/* A budget: a limit on memory that several threads share, counted in bytes.
 *
 *     0 ............................ limit - headroom ......... limit
 *      large bodies may take up to here |  everything else up to here |
 *
 * A caller takes bytes from the budget before it allocates them and gives them back after it has
 * freed them. The headroom is reserved for small allocations and for work that must complete, so
 * that large, slow bodies cannot use up the budget. When there is no room, the caller waits
 * (budget_await) or does without.
 *
 * A bill is for a thread that works on one job at a time and does not know in advance how much
 * memory the job needs. Between bill_open and bill_close, the thread's buffers (buf.h) and JSON
 * trees charge their allocations to the budget; once it is used up, they fail as if out of memory.
 *
 * Threads: any, unless noted. A NULL budget has no limit and counts nothing. */
#pragma once

#include "base/list.h"
#include "base/own.h"

#include <stdbool.h>
#include <stdint.h>

struct budget;

/* headroom_bytes is at most limit_bytes. */
struct budget *budget_create(size_t limit_bytes, size_t headroom_bytes);
void budget_destroy(struct budget **b); /* all bytes must have been given back */

enum budget_reach {
	BUDGET_BELOW_HEADROOM,
	BUDGET_WHOLE,
};

/* Takes bytes. False if fewer are left; nothing is taken then. */
MUST_CHECK bool budget_take(struct budget *b, size_t bytes, enum budget_reach reach);

/* Takes bytes even if that exceeds the limit, for work that must not stop. budget_take fails until
 * the excess has been given back. */
void budget_force(struct budget *b, size_t bytes);

/* Whether no bytes are left. */
bool budget_is_full(const struct budget *b);

/* Gives bytes back and wakes all waiters. */
void budget_give(struct budget *b, size_t bytes);

/* Counts one request that was refused for lack of room. */
void budget_refused(struct budget *b);

struct budget_figures {
	size_t used_bytes;
	size_t limit_bytes;
	uint64_t refusals;
};
struct budget_figures budget_figures(const struct budget *b);

/* ## Waiting */

/* Embedded in the object that waits. */
struct budget_waiter {
	/* Called once, in the thread that gave bytes back and with the budget's lock held; may only
	 * post a message. */
	void (*on_room)(struct budget_waiter *w);
	struct list link; /* guarded by the budget */
};

void budget_waiter_init(struct budget_waiter *w, void (*on_room)(struct budget_waiter *w));

/* Registers the waiter: on_room is called the next time bytes are given back. Bytes given back
 * before this call are not reported, so the caller tries budget_take once more after it. */
void budget_await(struct budget *b, struct budget_waiter *w);

/* Unregisters the waiter. When this returns, on_room is not running and will not be called. */
void budget_leave(struct budget *b, struct budget_waiter *w);

/* ## Going past the headroom in turn
 *
 * Large bodies that have all stopped half-way, each waiting for memory the others hold, would
 * deadlock. One holder at a time may use the headroom too, so that it can complete. */

/* Makes `who` the holder. True if it is the holder now, or was already; false if there is another
 * one. `who` is any pointer that identifies the caller, not NULL. */
MUST_CHECK bool budget_go_ahead(struct budget *b, const void *who);

/* Whether `who` is the holder. */
bool budget_is_ahead(const struct budget *b, const void *who);

/* `who` needs the headroom no longer: there is no holder then, and all waiters are woken. Does
 * nothing if `who` is not the holder. */
void budget_fall_back(struct budget *b, const void *who);

/* ## The bill of the calling thread */

/* Opens the bill: the thread's allocations are charged to the budget (NULL: not charged). */
void bill_open(struct budget *b);

/* Charges bytes that are about to be allocated. False if the budget has no room. True if no bill is
 * open. */
MUST_CHECK bool bill_charge(size_t bytes);

/* Credits bytes that were freed, whether or not they had been charged to this bill. */
void bill_credit(size_t bytes);

/* Whether a charge has failed since the bill was opened. Remains valid after bill_close. */
bool bill_was_refused(void);

/* The bytes that were taken from the budget by others when a charge last failed; 0 if none has
 * failed. */
size_t bill_beside(void);

/* Closes the bill. Returns the bytes that were charged and not credited, at least 0. They remain
 * taken from the budget, and the caller gives them back. */
size_t bill_close(void);
