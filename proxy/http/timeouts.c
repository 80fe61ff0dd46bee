#include "proxy/http/timeouts.h"

#include "base/clock.h"

void timeouts_init(struct timeouts *p, const struct config *config)
{
	p->config = config;
	list_init(&p->heads);
	list_init(&p->nexts);
	list_init(&p->bodies);
}

static void expect(struct connection *c, struct list *list, int64_t deadline_ms)
{
	list_remove(&c->link);
	c->deadline_ms = deadline_ms;
	list_append(list, &c->link);
}

void timeouts_expect_head(struct timeouts *p, struct connection *c, int64_t now_ms)
{
	c->waits = WAITS_HEAD;
	expect(c, &p->heads, now_ms + p->config->limits.header_time_ms);
}

void timeouts_see_head(struct timeouts *p, struct connection *c, int64_t now_ms)
{
	if (c->waits == WAITS_NEXT)
		timeouts_expect_head(p, c, now_ms);
	c->spoke = true;
}

void timeouts_expect_next(struct timeouts *p, struct connection *c, int64_t now_ms)
{
	c->waits = WAITS_NEXT;
	c->spoke = false;
	/* Who is silent is libmicrohttpd's to close, and part of a head is seen: this is for what
	 * is neither, such as line ends without end. */
	expect(c, &p->nexts, now_ms + p->config->limits.idle_ms + p->config->limits.header_time_ms);
}

void timeouts_expect_body(struct timeouts *p, struct connection *c, uint64_t received,
			  int64_t now_ms)
{
	if (c->waits == WAITS_BODY)
		return;
	c->waits = WAITS_BODY;
	c->received_before = received;
	expect(c, &p->bodies, now_ms + p->config->limits.body_time_ms);
}

void timeouts_end(struct connection *c)
{
	c->waits = WAITS_NOT;
	list_remove(&c->link);
}

static int64_t first_due_ms(const struct list *list)
{
	return list_empty(list) ? -1
				: container_of(list->next, struct connection, link)->deadline_ms;
}

int64_t timeouts_due_ms(const struct timeouts *p)
{
	int64_t due = clock_sooner(first_due_ms(&p->heads), first_due_ms(&p->nexts));
	return clock_sooner(due, first_due_ms(&p->bodies));
}

static struct connection *first_over(const struct list *list, int64_t now_ms)
{
	int64_t due_ms = first_due_ms(list);
	return due_ms < 0 || due_ms > now_ms ? NULL
					     : container_of(list->next, struct connection, link);
}

static bool is_fast_enough(const struct timeouts *p, const struct connection *c, uint64_t received)
{
	uint64_t came = received - c->received_before;
	uint64_t ms = (uint64_t)p->config->limits.body_time_ms;
	return came * 1000 >= p->config->limits.body_rate * ms;
}

/* Those that kept the pace get another time. */
static struct connection *first_slow_body(struct timeouts *p, int64_t now_ms,
					  uint64_t (*received)(const struct connection *c))
{
	struct connection *c;
	while ((c = first_over(&p->bodies, now_ms))) {
		uint64_t so_far = received(c);
		if (!is_fast_enough(p, c, so_far))
			return c;
		timeouts_end(c);
		timeouts_expect_body(p, c, so_far, now_ms);
	}
	return NULL;
}

struct connection *timeouts_lose(struct timeouts *p, int64_t now_ms,
				 uint64_t (*received)(const struct connection *c))
{
	struct connection *c = first_over(&p->heads, now_ms);
	if (!c)
		c = first_over(&p->nexts, now_ms);
	if (!c)
		c = first_slow_body(p, now_ms, received);
	if (c)
		list_remove(&c->link);
	return c;
}
