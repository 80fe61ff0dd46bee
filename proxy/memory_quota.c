#include "proxy/memory_quota.h"

/* How much is taken from the budget at a time, and how much of what comes back is kept at most. */
enum { STEP = 64 << 10, KEPT = 2 * STEP };

static void on_message(struct message *message);

/* Any thread. */
static void on_room(struct budget_waiter *w)
{
	struct memory_quota *q = container_of(w, struct memory_quota, waiter);
	mailbox_post(q->mailbox, &q->message);
}

void memory_quota_init(struct memory_quota *q, struct budget *budget, struct mailbox *mailbox)
{
	q->budget = budget;
	q->mailbox = mailbox;
	q->spare = 0;
	for (size_t i = 0; i <= BUDGET_WHOLE; i++)
		list_init(&q->queues[i]);
	budget_waiter_init(&q->waiter, on_room);
	message_init(&q->message, on_message);
}

void memory_quota_finish(struct memory_quota *q)
{
	if (!q->budget)
		return;
	budget_leave(q->budget, &q->waiter);
	mailbox_cancel(q->mailbox, &q->message);
	budget_give(q->budget, q->spare);
	q->budget = NULL;
}

bool memory_quota_take(struct memory_quota *q, size_t bytes, enum budget_reach reach)
{
	if (!q->budget)
		return true;
	if (bytes > q->spare) {
		size_t need = bytes - q->spare;
		size_t step = need > STEP ? need : STEP;
		if (!budget_take(q->budget, step, reach)) {
			step = need;
			if (!budget_take(q->budget, step, reach))
				return false;
		}
		q->spare += step;
	}
	q->spare -= bytes;
	return true;
}

void memory_quota_force(struct memory_quota *q, size_t bytes)
{
	if (!memory_quota_take(q, bytes, BUDGET_WHOLE))
		budget_force(q->budget, bytes);
}

void memory_quota_give(struct memory_quota *q, size_t bytes)
{
	if (!q->budget)
		return;
	q->spare += bytes;
	if (q->spare <= KEPT)
		return;
	budget_give(q->budget, q->spare - STEP);
	q->spare = STEP;
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

bool memory_quota_has_queue(const struct memory_quota *q, const struct memory_wait *w,
			    enum budget_reach reach)
{
	if (!q->budget)
		return false;
	const struct memory_wait *first = first_of(&q->queues[reach]);
	return first && first != w;
}

void memory_quota_wait(struct memory_quota *q, struct memory_wait *w, enum budget_reach reach,
		       int64_t now_ms)
{
	if (!list_empty(&w->link))
		return;
	w->deadline_ms = now_ms + w->left_ms;
	list_append(&q->queues[reach], &w->link);
	/* Other workers may need what is spare here. */
	budget_give(q->budget, q->spare);
	q->spare = 0;
	mailbox_post(q->mailbox, &q->message);
}

static void wake_first(const struct list *queue)
{
	struct memory_wait *first = first_of(queue);
	if (first)
		first->on_turn(first);
}

bool memory_quota_is_awaited(const struct memory_quota *q)
{
	return q->budget && (!list_empty(&q->queues[BUDGET_BELOW_HEADROOM]) ||
			     !list_empty(&q->queues[BUDGET_WHOLE]));
}

/* The woken requests try again at once, so we register for the next notice before: memory given
 * back after their attempts is not missed. */
static void on_message(struct message *message)
{
	struct memory_quota *q = container_of(message, struct memory_quota, message);
	if (!memory_quota_is_awaited(q))
		return;
	budget_await(q->budget, &q->waiter);
	for (size_t i = 0; i <= BUDGET_WHOLE; i++)
		wake_first(&q->queues[i]);
}

void memory_quota_leave(struct memory_quota *q, struct memory_wait *w, int64_t now_ms)
{
	if (!q->budget || list_empty(&w->link))
		return;
	list_remove(&w->link);
	w->left_ms = w->deadline_ms > now_ms ? w->deadline_ms - now_ms : 0;
	mailbox_post(q->mailbox, &q->message);
}

void memory_quota_tick(struct memory_quota *q, int64_t now_ms)
{
	for (size_t i = 0; q->budget && i <= BUDGET_WHOLE; i++)
		list_each_safe (link, &q->queues[i]) {
			struct memory_wait *w = container_of(link, struct memory_wait, link);
			if (w->over || now_ms < w->deadline_ms)
				continue;
			w->over = true;
			w->on_turn(w);
		}
}
