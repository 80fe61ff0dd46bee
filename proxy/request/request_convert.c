/* Converts an answer to another wire form when that is first needed. A helper converts a large one
 * while the connection sleeps. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "base/memory.h"
#include "proxy/request/conversion.h"
#include "proxy/thread_pool.h"

#include <stdlib.h>

/* How many times cache.max_entry a converted entry may have; past cache.max_entry it is not kept.
 */
enum { CONVERTED_TIMES = 4 };

struct conversion {
	struct cache *cache;
	const struct endpoint *endpoint;
	struct entry *origin;		   /* NULL: convert the text */
	struct buf text;		   /* read from a flight */
	struct entry_options text_options; /* its form and so on */
	bool keep;			   /* keep the result in the cache, beside the origin */
	enum wire_form form;
	struct conversion_options options;
	struct entry *result; /* NULL: conversion failed */
};

static void conversion_finish(struct conversion *c)
{
	entry_unref(&c->origin);
	buf_finish(&c->text);
	entry_unref(&c->result);
}

/* Returns an entry with the text, which is in no cache. NULL: no memory. */
static struct entry *entry_of_text(struct conversion *c)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(2 * c->text.len);
	if (!event_log_append(log, buf_slice(&c->text)))
		return NULL;
	event_log_seal(log);
	buf_finish(&c->text);
	return entry_create(&c->text_options, &log);
}

static void convert(struct conversion *c)
{
	if (!c->origin)
		c->origin = entry_of_text(c);
	if (c->origin)
		c->result = conversion_make(c->endpoint, c->origin, c->form, &c->options);
}

/* Looks up the result: another request may have converted the same entry meanwhile. */
static struct entry *find_result(const struct conversion *c)
{
	struct reader nobody = {0};
	struct entry *found = NULL;
	struct cache_question question = {
	    .name = c->origin->name,
	    .form = c->form,
	    .exact = true,
	    .max_age_ms = -1,
	    .only_cached = true,
	};
	bool hit = cache_open(c->cache, &question, &nobody, clock_ms(), &found) == CACHE_HIT;
	return hit ? found : NULL;
}

static void keep(struct conversion *c)
{
	if (!c->keep || !c->result)
		return;
	struct entry *kept = entry_ref(c->result);
	cache_keep(c->cache, c->origin, &kept);
}

static struct conversion conversion_of(const struct request *r)
{
	const struct config *c = r->worker->config;
	return (struct conversion){
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
	struct conversion it;
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
	conversion_finish(&x->it);
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

static enum step begin(struct request *r, const struct conversion *c, size_t bytes)
{
	struct converting *x = memory_new(struct converting);
	x->job = (struct job){.work = work, .done = done, .bytes = bytes, .worker = r->worker};
	x->request = r;
	x->it = *c;
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

static enum step make(struct request *r, struct conversion *c, enum wire_form from, size_t len)
{
	size_t least = from == WIRE_PLAIN ? THREAD_POOL_UNFOLD_FROM : THREAD_POOL_FROM;
	if (thread_pool_wants(r->worker, len, least))
		return begin(r, c, len * (THREAD_POOL_FROM / least));
	convert(c);
	keep(c);
	r->entry = take(&c->result);
	conversion_finish(c);
	return STEP_DELIVER;
}

enum step request_convert(struct request *r)
{
	struct conversion c = conversion_of(r);
	c.keep = true;
	c.origin = take(&r->entry);
	return make(r, &c, c.origin->form, event_log_decoded_bytes(c.origin->log));
}

enum step request_convert_flight(struct request *r, const struct flight_news *news)
{
	struct conversion c = conversion_of(r);
	if (news->torn || news->unread != news->total ||
	    news->total > r->worker->config->cache.max_entry)
		return STEP_DELIVER;
	c.text_options = (struct entry_options){
	    .name = r->name,
	    .form = flight_form(r->reader.flight),
	    .content_type = "",
	    .token_usage = {-1, -1},
	};
	if (!request_take_memory(r, news->total))
		return request_refuse_memory(r);
	c.text = buf_make(news->total);
	if (!buf_reserve(&c.text, news->total))
		return STEP_DELIVER;
	c.text.len = flight_copy(&r->reader, c.text.at, news->total);
	return make(r, &c, c.text_options.form, news->total);
}
