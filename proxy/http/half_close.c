#include "proxy/http/half_close.h"

#include "base/clock.h"

const int64_t half_close_after_ms[HALF_CLOSE_STAGES] = {250, 2000, 10000, 60000};

void half_closes_init(struct half_closes *h, void (*probe)(struct connection *c))
{
	h->probe = probe;
	for (size_t i = 0; i < HALF_CLOSE_STAGES; i++)
		list_init(&h->stages[i]);
	list_init(&h->unseen);
}

/* All connections of a list wait equally long, so the first is the first due. */
static void enter(struct half_closes *h, struct connection *c, size_t stage, int64_t now_ms)
{
	c->stage = (unsigned char)stage;
	c->probe_ms = now_ms + half_close_after_ms[stage];
	list_append(&h->stages[stage], &c->half_closed);
}

void half_close_begin(struct half_closes *h, struct connection *c, int64_t now_ms)
{
	c->ended_ms = now_ms;
	list_append(&h->unseen, &c->unseen);
	enter(h, c, 0, now_ms);
}

bool half_closes_new(const struct half_closes *h)
{
	return !list_empty(&h->unseen);
}

void half_close_hidden(struct half_closes *h, struct connection *c)
{
	list_remove(&c->unseen);
	list_append(&h->unseen, &c->unseen);
}

void half_closes_show(struct half_closes *h)
{
	list_each_safe (node, &h->unseen) {
		list_remove(node);
		shutdown(container_of(node, struct connection, unseen)->fd, SHUT_RD);
	}
}

static struct connection *first_of(const struct list *stage)
{
	return list_empty(stage) ? NULL : container_of(stage->next, struct connection, half_closed);
}

int64_t half_closes_due_ms(const struct half_closes *h)
{
	int64_t due_ms = -1;
	for (size_t i = 0; i < HALF_CLOSE_STAGES; i++) {
		const struct connection *c = first_of(&h->stages[i]);
		due_ms = clock_sooner(due_ms, c ? c->probe_ms : -1);
	}
	return due_ms;
}

static void probe(struct half_closes *h, struct connection *c, int64_t now_ms)
{
	size_t next = c->stage + 1u < HALF_CLOSE_STAGES ? c->stage + 1u : c->stage;
	list_remove(&c->half_closed);
	enter(h, c, next, now_ms);
	if (c->request && !c->gone)
		h->probe(c);
}

void half_closes_work(struct half_closes *h, int64_t now_ms)
{
	struct connection *c;
	for (size_t i = 0; i < HALF_CLOSE_STAGES; i++)
		while ((c = first_of(&h->stages[i])) && c->probe_ms <= now_ms)
			probe(h, c, now_ms);
}
