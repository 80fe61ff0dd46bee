/* The timeouts of a fetch: for the upstream, and for lagging readers. */
#include "proxy/upstream/fetch_internal.h"

#define LOG_MODULE "fetch"
#include "base/log.h"

/* Whether the fetch waits for a slow client or a helper, and not for the upstream. */
static bool waits_for_us(const struct fetch *f)
{
	const struct request_body *b = f->request.body;
	return f->paused || storable_check_is_busy(f->check) || (b && !b->ended && b->starved);
}

static void tear_off_laggards(struct fetch *f, int64_t now_ms)
{
	size_t torn = f->paused ? flight_tear_off(f->flight, now_ms) : 0;
	if (torn)
		log_warn("readers lag behind others, tearing them off: readers=%zu", torn);
}

static void time_out(struct fetch *f)
{
	if (f->begun)
		fetch_fail(f, FAILURE_IDLE_TIMEOUT, "no bytes came");
	else if (f->headed)
		fetch_fail(f, FAILURE_HEAD_TIMEOUT, "nothing came behind the head");
	else
		fetch_fail(f, FAILURE_HEAD_TIMEOUT,
			   f->transfer ? "no head came"
				       : "all of upstream.max_connections were in use");
}

static void tick(struct fetch *f, int64_t now_ms)
{
	tear_off_laggards(f, now_ms);
	if (waits_for_us(f))
		fetch_expect(f, now_ms);
	else if (now_ms >= f->deadline_ms)
		time_out(f);
}

void fetch_tick_all(struct context *worker, int64_t now_ms)
{
	list_each_safe (link, &worker->fetches)
		tick(container_of(link, struct fetch, link), now_ms);
}
