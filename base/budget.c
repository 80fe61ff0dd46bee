#include "base/budget.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct budget {
	/* constant after create */
	size_t limit;
	size_t headroom;
	/* any thread */
	atomic_size_t used;
	atomic_uint_fast64_t refusals;
	_Atomic(const void *) ahead; /* the holder that may use the headroom; NULL: none */
	atomic_bool awaited;	     /* waiters may not be empty */
	pthread_mutex_t mu;
	struct list waiters; // struct budget_waiter.link, guarded by mu
};

struct budget *budget_create(size_t limit_bytes, size_t headroom_bytes)
{
	ensure(headroom_bytes <= limit_bytes);
	struct budget *b = memory_new(struct budget);
	b->limit = limit_bytes;
	b->headroom = headroom_bytes;
	pthread_mutex_init(&b->mu, NULL);
	list_init(&b->waiters);
	return b;
}

void budget_destroy(struct budget **budget)
{
	struct budget *b = take(budget);
	if (!b)
		return;
	ensure(atomic_load(&b->used) == 0 && list_empty(&b->waiters));
	pthread_mutex_destroy(&b->mu);
	free(b);
}

/* ## Taking and giving */

bool budget_take(struct budget *b, size_t bytes, enum budget_reach reach)
{
	if (!b || bytes == 0)
		return true;
	size_t most = reach == BUDGET_WHOLE ? b->limit : b->limit - b->headroom;
	size_t used = atomic_load(&b->used);
	do {
		if (used > most || bytes > most - used)
			return false;
	} while (!atomic_compare_exchange_weak(&b->used, &used, used + bytes));
	return true;
}

void budget_force(struct budget *b, size_t bytes)
{
	if (b)
		atomic_fetch_add(&b->used, bytes);
}

bool budget_is_full(const struct budget *b)
{
	return b && atomic_load(&b->used) >= b->limit;
}

/* Wakes all waiters, each of which tries again. There are no more waiters than workers. */
static void wake(struct budget *b)
{
	if (!atomic_load(&b->awaited))
		return;
	pthread_mutex_lock(&b->mu);
	atomic_store(&b->awaited, false);
	list_each_safe (link, &b->waiters) {
		list_remove(link);
		struct budget_waiter *w = container_of(link, struct budget_waiter, link);
		w->on_room(w);
	}
	pthread_mutex_unlock(&b->mu);
}

void budget_give(struct budget *b, size_t bytes)
{
	if (!b || bytes == 0)
		return;
	size_t before = atomic_fetch_sub(&b->used, bytes);
	ensure(before >= bytes);
	wake(b);
}

void budget_refused(struct budget *b)
{
	if (b)
		atomic_fetch_add(&b->refusals, 1);
}

struct budget_figures budget_figures(const struct budget *b)
{
	if (!b)
		return (struct budget_figures){0};
	return (struct budget_figures){
	    .used_bytes = atomic_load(&b->used),
	    .limit_bytes = b->limit,
	    .refusals = atomic_load(&b->refusals),
	};
}

/* ## Waiting */

void budget_waiter_init(struct budget_waiter *w, void (*on_room)(struct budget_waiter *w))
{
	w->on_room = on_room;
	list_init(&w->link);
}

void budget_await(struct budget *b, struct budget_waiter *w)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->mu);
	if (list_empty(&w->link))
		list_append(&b->waiters, &w->link);
	atomic_store(&b->awaited, true);
	pthread_mutex_unlock(&b->mu);
}

void budget_leave(struct budget *b, struct budget_waiter *w)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->mu);
	list_remove(&w->link);
	pthread_mutex_unlock(&b->mu);
}

bool budget_go_ahead(struct budget *b, const void *who)
{
	const void *none = NULL;
	return !b || atomic_load(&b->ahead) == who ||
	       atomic_compare_exchange_strong(&b->ahead, &none, who);
}

bool budget_is_ahead(const struct budget *b, const void *who)
{
	return b && atomic_load(&b->ahead) == who;
}

void budget_fall_back(struct budget *b, const void *who)
{
	/* `who` is rarely the holder, and a load is cheaper than an exchange. */
	if (budget_is_ahead(b, who) && atomic_compare_exchange_strong(&b->ahead, &who, NULL))
		wake(b);
}

/* ## The bill */

/* At least this much is taken from the budget at a time, so that its counter is touched rarely. */
enum { BILL_STEP = 256 << 10 };

static _Thread_local struct {
	struct budget *budget;
	bool open;
	bool refused;
	int64_t charged; /* less credits; below 0 if credited bytes were not charged here */
	size_t taken;	 /* from the budget; at least what is charged */
	size_t beside;	 /* taken by others when a charge last failed */
} bill;

void bill_open(struct budget *b)
{
	ensure(!bill.open);
	bill.budget = b;
	bill.open = b != NULL;
	bill.refused = false;
	bill.beside = 0;
	bill.charged = 0;
	bill.taken = 0;
}

static size_t owed(void)
{
	return bill.charged > 0 ? (size_t)bill.charged : 0;
}

/* Takes a step from the budget, or only what is needed if there is no room for a step. */
static bool take_more(size_t need)
{
	size_t step = need > BILL_STEP ? need : BILL_STEP;
	if (budget_take(bill.budget, step, BUDGET_WHOLE)) {
		bill.taken += step;
		return true;
	}
	bool fits = budget_take(bill.budget, need, BUDGET_WHOLE);
	bill.taken += fits ? need : 0;
	return fits;
}

bool bill_charge(size_t bytes)
{
	if (!bill.open)
		return true;
	bill.charged += (int64_t)bytes;
	if (owed() <= bill.taken || take_more(owed() - bill.taken))
		return true;
	bill.charged -= (int64_t)bytes;
	bill.refused = true;
	size_t used = atomic_load(&bill.budget->used);
	bill.beside = used > bill.taken ? used - bill.taken : 0;
	return false;
}

bool bill_was_refused(void)
{
	return bill.refused;
}

size_t bill_beside(void)
{
	return bill.refused ? bill.beside : 0;
}

void bill_credit(size_t bytes)
{
	if (!bill.open)
		return;
	bill.charged -= (int64_t)bytes;
	if (bill.taken - owed() <= 2 * (size_t)BILL_STEP)
		return;
	size_t spare = bill.taken - owed() - BILL_STEP;
	bill.taken -= spare;
	budget_give(bill.budget, spare);
}

size_t bill_close(void)
{
	if (!bill.open)
		return 0;
	bill.open = false;
	budget_give(bill.budget, bill.taken - owed());
	return owed();
}
