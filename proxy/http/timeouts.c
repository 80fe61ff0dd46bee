#include "proxy/http/timeouts.h"

#include "base/clock.h"

void timeouts_init(struct timeouts *t, const struct config *config)
{
	t->config = config;
	list_init(&t->heads);
	list_init(&t->nexts);
	list_init(&t->bodies);
}

static void expect(struct connection *c, struct list *list, int64_t deadline_ms)
{
	list_remove(&c->link);
	c->deadline_ms = deadline_ms;
	list_append(list, &c->link);
}

void timeouts_expect_head(struct timeouts *t, struct connection *c, int64_t now_ms)
{
	c->waits = WAITS_HEAD;
	expect(c, &t->heads, now_ms + t->config->limits.header_time_ms);
}

void timeouts_see_head(struct timeouts *t, struct connection *c, int64_t now_ms)
{
	if (c->waits == WAITS_NEXT)
		timeouts_expect_head(t, c, now_ms);
	c->head_begun = true;
}

void timeouts_expect_next(struct timeouts *t, struct connection *c, int64_t now_ms)
{
	c->waits = WAITS_NEXT;
	c->head_begun = false;
	/* libmicrohttpd closes silent connections, and a partial head is noted by
	 * timeouts_see_head. This deadline is for input that is neither, such as an endless
	 * sequence of line ends. */
	expect(c, &t->nexts, now_ms + t->config->limits.idle_ms + t->config->limits.header_time_ms);
}

void timeouts_expect_body(struct timeouts *t, struct connection *c, uint64_t received,
			  int64_t now_ms)
{
	if (c->waits == WAITS_BODY)
		return;
	c->waits = WAITS_BODY;
	c->received_before = received;
	expect(c, &t->bodies, now_ms + t->config->limits.body_time_ms);
}

void timeouts_end(struct connection *c)
{
	c->waits = WAITS_NOTHING;
	list_remove(&c->link);
}

static int64_t first_due_ms(const struct list *list)
{
	return list_empty(list) ? -1
				: container_of(list->next, struct connection, link)->deadline_ms;
}

int64_t timeouts_due_ms(const struct timeouts *t)
{
	int64_t due = clock_sooner(first_due_ms(&t->heads), first_due_ms(&t->nexts));
	return clock_sooner(due, first_due_ms(&t->bodies));
}

static struct connection *first_expired(const struct list *list, int64_t now_ms)
{
	int64_t due_ms = first_due_ms(list);
	return due_ms < 0 || due_ms > now_ms ? NULL
					     : container_of(list->next, struct connection, link);
}

static bool is_fast_enough(const struct timeouts *t, const struct connection *c, uint64_t received)
{
	uint64_t got = received - c->received_before;
	uint64_t ms = (uint64_t)t->config->limits.body_time_ms;
	return got * 1000 >= t->config->limits.body_rate * ms;
}

/* Bodies that were fast enough get another period. */
static struct connection *first_slow_body(struct timeouts *t, int64_t now_ms,
					  uint64_t (*received)(const struct connection *c))
{
	struct connection *c;
	while ((c = first_expired(&t->bodies, now_ms))) {
		uint64_t so_far = received(c);
		if (!is_fast_enough(t, c, so_far))
			return c;
		timeouts_end(c);
		timeouts_expect_body(t, c, so_far, now_ms);
	}
	return NULL;
}

struct connection *timeouts_next_expired(struct timeouts *t, int64_t now_ms,
					 uint64_t (*received)(const struct connection *c))
{
	struct connection *c = first_expired(&t->heads, now_ms);
	if (!c)
		c = first_expired(&t->nexts, now_ms);
	if (!c)
		c = first_slow_body(t, now_ms, received);
	if (c)
		list_remove(&c->link);
	return c;
}
