/* Converts an answer to another wire form when that is first needed. A helper converts a large one
 * while the connection sleeps. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "base/memory.h"
#include "proxy/request/conversion.h"
#include "proxy/thread_pool.h"

#include <stdlib.h>

/* How many times cache.max_entry a converted entry may have; beyond that it is not kept. */
enum { CONVERTED_TIMES = 4 };

/* What to convert, and what comes of it. */
struct task {
	struct cache *cache;
	const struct endpoint *endpoint;
	struct entry *origin;		   /* NULL: convert the text */
	struct buf text;		   /* read from a flight */
	struct entry_options text_options; /* its form and so on */
	bool keep;			   /* keep the result in the cache, beside the origin */
	enum wire_form form;
	struct conversion_options options;
	struct entry *result; /* NULL: it failed */
};

static void task_finish(struct task *t)
{
	entry_unref(&t->origin);
	buf_finish(&t->text);
	entry_unref(&t->result);
}

/* Returns an entry with the text, which is in no cache. NULL: no memory. */
static struct entry *entry_of_text(struct task *t)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(2 * t->text.len);
	if (!event_log_append(log, buf_slice(&t->text)))
		return NULL;
	event_log_seal(log);
	buf_finish(&t->text);
	return entry_create(&t->text_options, &log);
}

static void convert(struct task *t)
{
	if (!t->origin)
		t->origin = entry_of_text(t);
	if (t->origin)
		t->result = conversion_make(t->endpoint, t->origin, t->form, &t->options);
}

/* Looks up the result: another request may have converted the same entry meanwhile. */
static struct entry *find_result(const struct task *t)
{
	struct reader nobody = {0};
	struct entry *found = NULL;
	struct cache_question question = {
	    .key = t->origin->key,
	    .form = t->form,
	    .exact = true,
	    .max_age_ms = -1,
	    .only_cached = true,
	};
	bool hit = cache_open(t->cache, &question, &nobody, clock_ms(), &found) == CACHE_HIT;
	return hit ? found : NULL;
}

static void keep(struct task *t)
{
	if (!t->keep || !t->result)
		return;
	struct entry *kept = entry_ref(t->result);
	cache_keep(t->cache, t->origin, &kept);
}

static struct task task_of(const struct request *r)
{
	const struct config *c = r->worker->config;
	return (struct task){
	    .cache = r->worker->cache,
	    .endpoint = r->endpoint,
	    .form = r->parsed.form,
	    .options =
		{
		    .piece = c->cache.replay_chunk,
		    .limit_bytes = CONVERTED_TIMES * c->cache.max_entry,
		},
	};
}

/* ## In a helper thread */

struct converting {
	struct job job;
	struct request *request;
	struct task it;
	bool over;
};

static void work(struct job *job)
{
	struct converting *x = container_of(job, struct converting, job);
	x->it.result = x->it.keep ? find_result(&x->it) : NULL;
	if (x->it.result)
		x->it.keep = false;
	else
		convert(&x->it);
}

static void destroy(struct converting *x)
{
	memory_quota_give(&x->job.worker->quota, x->job.billed);
	task_finish(&x->it);
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

static enum step begin(struct request *r, const struct task *t, size_t bytes)
{
	struct converting *x = memory_new(struct converting);
	x->job = (struct job){.work = work, .done = done, .bytes = bytes, .worker = r->worker};
	x->request = r;
	x->it = *t;
	r->converting = x;
	x->over = !connection_sleep(r->http.connection);
	if (x->over)
		return STEP_DROP;
	thread_pool_start(r->worker, &x->job);
	return STEP_WAIT;
}

/* The request pays for the result until it ends. */
enum step request_converted(struct request *r)
{
	struct converting *x = r->converting;
	if (!x->over)
		return connection_sleep(r->http.connection) ? STEP_WAIT : STEP_DROP;
	r->converting = NULL;
	r->entry = take(&x->it.result);
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

/* ## Both */

static enum step make(struct request *r, struct task *t, enum wire_form from, size_t len)
{
	size_t least = from == WIRE_PLAIN ? THREAD_POOL_UNFOLD_FROM : THREAD_POOL_FROM;
	if (thread_pool_wants(r->worker, len, least))
		return begin(r, t, len * (THREAD_POOL_FROM / least));
	convert(t);
	keep(t);
	r->entry = take(&t->result);
	task_finish(t);
	return STEP_DELIVER;
}

enum step request_convert(struct request *r)
{
	struct task t = task_of(r);
	t.keep = true;
	t.origin = take(&r->entry);
	return make(r, &t, t.origin->form, event_log_decoded_bytes(t.origin->log));
}

enum step request_convert_flight(struct request *r, const struct flight_news *news)
{
	struct task t = task_of(r);
	if (news->torn || news->unread != news->total ||
	    news->total > r->worker->config->cache.max_entry)
		return STEP_DELIVER;
	t.text_options = (struct entry_options){
	    .key = r->cache_key,
	    .form = flight_form(r->reader.flight),
	    .content_type = "",
	    .token_usage = {-1, -1},
	};
	if (!request_take_memory(r, news->total))
		return request_refuse_memory(r);
	t.text = buf_make(news->total);
	if (!buf_reserve(&t.text, news->total))
		return STEP_DELIVER;
	t.text.len = flight_copy(&r->reader, t.text.at, news->total);
	return make(r, &t, t.text_options.form, news->total);
}
