#include "proxy/upstream/transfer_limit.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

struct transfer_limit {
	size_t passes; /* constant after create */
	pthread_mutex_t mu;
	/* guarded by mu */
	size_t free_passes;
	struct list queue; // struct transfer_limit_pass.link, the oldest first
	size_t waiting;	   /* in the queue */
};

struct transfer_limit *transfer_limit_create(size_t passes)
{
	struct transfer_limit *l = memory_new(struct transfer_limit);
	pthread_mutex_init(&l->mu, NULL);
	l->passes = l->free_passes = passes;
	list_init(&l->queue);
	return l;
}

void transfer_limit_destroy(struct transfer_limit **l)
{
	struct transfer_limit *gone = take(l);
	if (!gone)
		return;
	ensure(list_empty(&gone->queue) && gone->free_passes == gone->passes);
	pthread_mutex_destroy(&gone->mu);
	free(gone);
}

void transfer_limit_pass_init(struct transfer_limit_pass *pass,
			      void (*on_pass)(struct transfer_limit_pass *))
{
	*pass = (struct transfer_limit_pass){.on_pass = on_pass};
	list_init(&pass->link);
}

bool transfer_limit_enter(struct transfer_limit *l, struct transfer_limit_pass *pass)
{
	pthread_mutex_lock(&l->mu);
	ensure(!pass->held && list_empty(&pass->link));
	bool entered = l->free_passes > 0;
	if (entered) {
		l->free_passes--;
	} else {
		list_append(&l->queue, &pass->link);
		l->waiting++;
	}
	pass->held = entered;
	pthread_mutex_unlock(&l->mu);
	return entered;
}

static void leave_queue(struct transfer_limit *l, struct transfer_limit_pass *pass)
{
	if (list_empty(&pass->link))
		return;
	list_remove(&pass->link);
	l->waiting--;
}

static void give_to_next(struct transfer_limit *l)
{
	if (list_empty(&l->queue)) {
		l->free_passes++;
		return;
	}
	struct transfer_limit_pass *next =
	    container_of(l->queue.next, struct transfer_limit_pass, link);
	leave_queue(l, next);
	next->held = true;
	next->on_pass(next);
}

void transfer_limit_leave(struct transfer_limit *l, struct transfer_limit_pass *pass)
{
	pthread_mutex_lock(&l->mu);
	leave_queue(l, pass);
	if (pass->held)
		give_to_next(l);
	pass->held = false;
	pthread_mutex_unlock(&l->mu);
}

struct transfer_limit_figures transfer_limit_figures(struct transfer_limit *l)
{
	pthread_mutex_lock(&l->mu);
	struct transfer_limit_figures f = {.held = l->passes - l->free_passes,
					   .waiting = l->waiting};
	pthread_mutex_unlock(&l->mu);
	return f;
}
