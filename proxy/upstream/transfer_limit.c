#include "proxy/upstream/transfer_limit.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

struct gate {
	size_t passes; /* constant after create */
	pthread_mutex_t mu;
	/* guarded by mu */
	size_t free_passes;
	struct list line; // struct gate_pass.link, first come first
	size_t waiting;	  /* in it */
};

struct gate *gate_create(size_t passes)
{
	struct gate *g = memory_new(struct gate);
	pthread_mutex_init(&g->mu, NULL);
	g->passes = g->free_passes = passes;
	list_init(&g->line);
	return g;
}

void gate_destroy(struct gate **g)
{
	struct gate *gone = take(g);
	if (!gone)
		return;
	ensure(list_empty(&gone->line) && gone->free_passes == gone->passes);
	pthread_mutex_destroy(&gone->mu);
	free(gone);
}

void gate_pass_init(struct gate_pass *pass, void (*on_pass)(struct gate_pass *))
{
	*pass = (struct gate_pass){.on_pass = on_pass};
	list_init(&pass->link);
}

bool gate_enter(struct gate *g, struct gate_pass *pass)
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

static void leave_line(struct gate *g, struct gate_pass *pass)
{
	if (list_empty(&pass->link))
		return;
	list_remove(&pass->link);
	g->waiting--;
}

static void hand_on(struct gate *g)
{
	if (list_empty(&g->line)) {
		g->free_passes++;
		return;
	}
	struct gate_pass *next = container_of(g->line.next, struct gate_pass, link);
	leave_line(g, next);
	next->held = true;
	next->on_pass(next);
}

void gate_leave(struct gate *g, struct gate_pass *pass)
{
	pthread_mutex_lock(&g->mu);
	leave_line(g, pass);
	if (pass->held)
		hand_on(g);
	pass->held = false;
	pthread_mutex_unlock(&g->mu);
}

struct gate_figures gate_figures(struct gate *g)
{
	pthread_mutex_lock(&g->mu);
	struct gate_figures f = {.held = g->passes - g->free_passes, .waiting = g->waiting};
	pthread_mutex_unlock(&g->mu);
	return f;
}
