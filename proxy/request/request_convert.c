/* Another wire form of an answer, made when it is first wanted. Of a large one a helper makes it,
 * while the connection sleeps. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "base/memory.h"
#include "proxy/request/conversion.h"
#include "proxy/thread_pool.h"

#include <stdlib.h>

/* How much larger than an entry a rendition may be; past cache.max_entry it is not kept. */
enum { RENDITION_TIMES = 4 };

/* What there is to be made. */
struct derivation {
	struct cache *cache;
	const struct endpoint *endpoint;
	struct entry *origin;	   /* NULL: it is made of the text */
	struct buf text;	   /* what a flight said, */
	struct entry_options said; /* and what else there is to know of it */
	bool keep;		   /* it is to be kept beside its origin */
	enum wire_form form;
	struct conversion_options options;
	struct entry *made; /* NULL: there is no way to it */
};

static void derivation_finish(struct derivation *d)
{
	entry_unref(&d->origin);
	buf_finish(&d->text);
	entry_unref(&d->made);
}

/* What a flight said, as an entry that is in no cache. NULL: there is no memory. */
static struct entry *entry_of_text(struct derivation *d)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(2 * d->text.len);
	if (!event_log_append(log, buf_slice(&d->text)))
		return NULL;
	event_log_seal(log);
	buf_finish(&d->text);
	return entry_create(&d->said, &log);
}

static void derive(struct derivation *d)
{
	if (!d->origin)
		d->origin = entry_of_text(d);
	if (d->origin)
		d->made = conversion_make(d->endpoint, d->origin, d->form, &d->options);
}

/* Others may have wanted the same meanwhile. */
static struct entry *find_made(const struct derivation *d)
{
	struct reader nobody = {0};
	struct entry *found = NULL;
	struct cache_question question = {
	    .name = d->origin->name,
	    .form = d->form,
	    .exact = true,
	    .max_age_ms = -1,
	    .only_cached = true,
	};
	bool hit = cache_open(d->cache, &question, &nobody, clock_ms(), &found) == CACHE_HIT;
	return hit ? found : NULL;
}

static void keep(struct derivation *d)
{
	if (!d->keep || !d->made)
		return;
	struct entry *kept = entry_ref(d->made);
	cache_keep(d->cache, d->origin, &kept);
}

static struct derivation derivation_of(const struct request *r)
{
	const struct config *c = r->worker->config;
	return (struct derivation){
	    .cache = r->worker->cache,
	    .endpoint = r->endpoint,
	    .form = r->parsed.form,
	    .options =
		{
		    .piece = c->cache.replay_chunk,
		    .limit_bytes = RENDITION_TIMES * c->cache.max_entry,
		},
	};
}

/* ## By a helper */

struct converting {
	struct job job;
	struct request *request;
	struct derivation it;
	bool over;
};

static void work(struct job *job)
{
	struct converting *x = container_of(job, struct converting, job);
	x->it.made = x->it.keep ? find_made(&x->it) : NULL;
	if (x->it.made)
		x->it.keep = false;
	else
		derive(&x->it);
}

static void destroy(struct converting *x)
{
	memory_quota_give(&x->job.worker->quota, x->job.billed);
	derivation_finish(&x->it);
	free(x);
}

static void done(struct job *job)
{
	struct converting *x = container_of(job, struct converting, job);
	keep(&x->it);
	if (job->given_up) {
		destroy(x);
		return;
	}
	x->over = true;
	connection_wake(x->request->http.connection);
}

static enum step begin(struct request *r, const struct derivation *d, size_t bytes)
{
	struct converting *x = memory_new(struct converting);
	x->job = (struct job){.work = work, .done = done, .bytes = bytes, .worker = r->worker};
	x->request = r;
	x->it = *d;
	r->converting = x;
	x->over = !connection_sleep(r->http.connection);
	if (x->over)
		return STEP_DROP;
	thread_pool_start(r->worker, &x->job);
	return STEP_WAIT;
}

/* What is kept is the cache's; what is not is held by the request until it ends. */
enum step request_converted(struct request *r)
{
	struct converting *x = r->converting;
	if (!x->over)
		return connection_sleep(r->http.connection) ? STEP_WAIT : STEP_DROP;
	r->converting = NULL;
	r->entry = take(&x->it.made);
	bool refused = !r->entry && x->job.found_no_memory;
	if (r->entry) {
		r->held_bytes += x->job.billed;
		x->job.billed = 0;
	}
	destroy(x);
	return refused ? request_refuse_memory(r) : STEP_DELIVER;
}

void request_convert_leave(struct request *r)
{
	struct converting *x = take(&r->converting);
	if (x && x->over)
		destroy(x);
	else if (x)
		thread_pool_give_up(&x->job);
}

/* ## On the spot, or by a helper */

static enum step make(struct request *r, struct derivation *d, enum wire_form from, size_t len)
{
	size_t least = from == WIRE_PLAIN ? THREAD_POOL_UNFOLD_FROM : THREAD_POOL_FROM;
	if (thread_pool_wants(r->worker, len, least))
		return begin(r, d, len * (THREAD_POOL_FROM / least));
	derive(d);
	keep(d);
	r->entry = take(&d->made);
	derivation_finish(d);
	return STEP_DELIVER;
}

enum step request_convert(struct request *r)
{
	struct derivation d = derivation_of(r);
	d.keep = true;
	d.origin = take(&r->entry);
	return make(r, &d, d.origin->form, event_log_decoded_bytes(d.origin->log));
}

enum step request_convert_flight(struct request *r, const struct flight_news *news)
{
	struct derivation d = derivation_of(r);
	if (news->torn || news->unread != news->total ||
	    news->total > r->worker->config->cache.max_entry)
		return STEP_DELIVER;
	d.said = (struct entry_options){
	    .name = r->name,
	    .form = flight_form(r->reader.flight),
	    .content_type = "",
	    .token_usage = {-1, -1},
	};
	if (!request_take(r, news->total))
		return request_refuse_memory(r);
	d.text = buf_make(news->total);
	if (!buf_reserve(&d.text, news->total))
		return STEP_DELIVER;
	d.text.len = flight_copy(&r->reader, d.text.at, news->total);
	return make(r, &d, d.said.form, news->total);
}
