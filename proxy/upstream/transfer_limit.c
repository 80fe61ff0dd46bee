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
	struct list line; // struct gate_pass.link, first come first
	size_t waiting;	  /* in it */
};

struct transfer_limit *transfer_limit_create(size_t passes)
{
	struct transfer_limit *g = memory_new(struct transfer_limit);
	pthread_mutex_init(&g->mu, NULL);
	g->passes = g->free_passes = passes;
	list_init(&g->line);
	return g;
}

void transfer_limit_destroy(struct transfer_limit **g)
{
	struct transfer_limit *gone = take(g);
	if (!gone)
		return;
	ensure(list_empty(&gone->line) && gone->free_passes == gone->passes);
	pthread_mutex_destroy(&gone->mu);
	free(gone);
}

void transfer_limit_pass_init(struct transfer_limit_pass *pass,
			      void (*on_pass)(struct transfer_limit_pass *))
{
	*pass = (struct transfer_limit_pass){.on_pass = on_pass};
	list_init(&pass->link);
}

bool transfer_limit_enter(struct transfer_limit *g, struct transfer_limit_pass *pass)
{
	pthread_mutex_lock(&g->mu);
	ensure(!pass->held && list_empty(&pass->link));
	bool entered = g->free_passes > 0;
	if (entered) {
		g->free_passes--;
	} else {
		list_append(&g->line, &pass->link);
		g->waiting++;
	}
	pass->held = entered;
	pthread_mutex_unlock(&g->mu);
	return entered;
}

static void leave_line(struct transfer_limit *g, struct transfer_limit_pass *pass)
{
	if (list_empty(&pass->link))
		return;
	list_remove(&pass->link);
	g->waiting--;
}

static void hand_on(struct transfer_limit *g)
{
	if (list_empty(&g->line)) {
		g->free_passes++;
		return;
	}
	struct transfer_limit_pass *next =
	    container_of(g->line.next, struct transfer_limit_pass, link);
	leave_line(g, next);
	next->held = true;
	next->on_pass(next);
}

void transfer_limit_leave(struct transfer_limit *g, struct transfer_limit_pass *pass)
{
	pthread_mutex_lock(&g->mu);
	leave_line(g, pass);
	if (pass->held)
		hand_on(g);
	pass->held = false;
	pthread_mutex_unlock(&g->mu);
}

struct transfer_limit_figures transfer_limit_figures(struct transfer_limit *g)
{
	pthread_mutex_lock(&g->mu);
	struct transfer_limit_figures f = {.held = g->passes - g->free_passes,
					   .waiting = g->waiting};
	pthread_mutex_unlock(&g->mu);
	return f;
}
