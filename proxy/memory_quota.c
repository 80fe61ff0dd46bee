#include "proxy/memory_quota.h"

#include "base/clock.h"

/* What is taken of the budget at a time, and what is kept of what comes back. */
enum { STEP = 64 << 10, KEPT = 2 * STEP };

static void on_message(struct message *message);

/* Any thread. */
static void on_room(struct budget_waiter *w)
{
	struct memory_quota *a = container_of(w, struct memory_quota, waiter);
	mailbox_post(a->mailbox, &a->message);
}

void memory_quota_init(struct memory_quota *a, struct budget *budget, struct mailbox *mailbox)
{
	a->budget = budget;
	a->mailbox = mailbox;
	a->spare = 0;
	for (size_t i = 0; i <= BUDGET_WHOLE; i++)
		list_init(&a->queues[i]);
	budget_waiter_init(&a->waiter, on_room);
	message_init(&a->message, on_message);
}

void memory_quota_finish(struct memory_quota *a)
{
	if (!a->budget)
		return;
	budget_leave(a->budget, &a->waiter);
	mailbox_cancel(a->mailbox, &a->message);
	budget_give(a->budget, a->spare);
	a->budget = NULL;
}

bool memory_quota_take(struct memory_quota *a, size_t bytes, enum budget_reach reach)
{
	if (!a->budget)
		return true;
	if (bytes > a->spare) {
		size_t need = bytes - a->spare;
		size_t step = need > STEP ? need : STEP;
		if (!budget_take(a->budget, step, reach)) {
			step = need;
			if (!budget_take(a->budget, step, reach))
				return false;
		}
		a->spare += step;
	}
	a->spare -= bytes;
	return true;
}

void memory_quota_force(struct memory_quota *a, size_t bytes)
{
	if (!memory_quota_take(a, bytes, BUDGET_WHOLE))
		budget_force(a->budget, bytes);
}

void memory_quota_give(struct memory_quota *a, size_t bytes)
{
	if (!a->budget)
		return;
	a->spare += bytes;
	if (a->spare <= KEPT)
		return;
	budget_give(a->budget, a->spare - STEP);
	a->spare = STEP;
}

/* ## Waiting */

void memory_wait_init(struct memory_wait *w, int64_t limit_ms,
		      void (*on_turn)(struct memory_wait *w))
{
	*w = (struct memory_wait){.on_turn = on_turn, .left_ms = limit_ms};
	list_init(&w->link);
}

static struct memory_wait *first_of(const struct list *queue)
{
	return list_empty(queue) ? NULL : container_of(queue->next, struct memory_wait, link);
}

bool memory_quota_has_queue(const struct memory_quota *a, const struct memory_wait *w,
			    enum budget_reach reach)
{
	if (!a->budget)
		return false;
	const struct memory_wait *first = first_of(&a->queues[reach]);
	return first && first != w;
}

void memory_quota_wait(struct memory_quota *a, struct memory_wait *w, enum budget_reach reach,
		       int64_t now_ms)
{
	if (!list_empty(&w->link))
		return;
	w->deadline_ms = now_ms + w->left_ms;
	list_append(&a->queues[reach], &w->link);
	/* What is spare here is missed elsewhere. */
	budget_give(a->budget, a->spare);
	a->spare = 0;
	mailbox_post(a->mailbox, &a->message);
}

static void wake_first(const struct list *queue)
{
	struct memory_wait *first = first_of(queue);
	if (first)
		first->on_turn(first);
}

bool memory_quota_is_awaited(const struct memory_quota *a)
{
	return a->budget && (!list_empty(&a->queues[BUDGET_BELOW_HEADROOM]) ||
			     !list_empty(&a->queues[BUDGET_WHOLE]));
}

/* Whoever is woken tries again, so we ask to be told of more before: nothing that is given back
 * after the try is overlooked. */
static void on_message(struct message *message)
{
	struct memory_quota *a = container_of(message, struct memory_quota, message);
	if (!memory_quota_is_awaited(a))
		return;
	budget_await(a->budget, &a->waiter);
	for (size_t i = 0; i <= BUDGET_WHOLE; i++)
		wake_first(&a->queues[i]);
}

void memory_quota_leave(struct memory_quota *a, struct memory_wait *w, int64_t now_ms)
{
	if (!a->budget || list_empty(&w->link))
		return;
	list_remove(&w->link);
	w->left_ms = w->deadline_ms > now_ms ? w->deadline_ms - now_ms : 0;
	mailbox_post(a->mailbox, &a->message);
}

void memory_quota_tick(struct memory_quota *a, int64_t now_ms)
{
	for (size_t i = 0; a->budget && i <= BUDGET_WHOLE; i++)
		list_each_safe (link, &a->queues[i]) {
			struct memory_wait *w = container_of(link, struct memory_wait, link);
			if (w->over || now_ms < w->deadline_ms)
				continue;
			w->over = true;
			w->on_turn(w);
		}
}
