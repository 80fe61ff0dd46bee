#include "proxy/upstream/storable_check.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/thread_pool.h"

#include <stdlib.h>

/* Memory is taken from the quota in steps of this size once more than one step is held. */
enum { STEP = 64 << 10 };

struct storable_check {
	struct job job;
	struct context *worker;
	/* the helper's while busy */
	struct storable *storable;
	struct event_log *log; /* NULL: refused */
	enum verdict verdict;
	/* the worker's */
	bool busy;
	bool ending;  /* the helper works on storable_check_end */
	bool checked; /* the verdict is known */
	size_t held_bytes;
	void (*on_done)(void *context);
	void *context;
};

static bool on_event(void *context, struct slice event)
{
	const struct storable_check *c = context;
	return event_log_append(c->log, event);
}

static void work(struct job *job);
static void done(struct job *job);

struct storable_check *storable_check_create(struct context *worker,
					     const struct storable_options *options,
					     void (*on_done)(void *context), void *context)
{
	struct storable_check *c = memory_new(struct storable_check);
	struct storable_options own = *options;
	own.on_event = on_event;
	own.context = c;
	c->worker = worker;
	c->storable = storable_create(&own);
	c->log = event_log_create(options->limit_bytes);
	c->on_done = on_done;
	c->context = context;
	return c;
}

void storable_check_destroy(struct storable_check **check)
{
	struct storable_check *c = take(check);
	if (!c)
		return;
	if (c->busy) {
		thread_pool_give_up(&c->job); /* done will be called and destroy it */
		return;
	}
	storable_destroy(&c->storable);
	event_log_destroy(&c->log);
	memory_quota_give(&c->worker->quota, c->held_bytes);
	free(c);
}

/* ## In a helper thread */

static void work(struct job *job)
{
	struct storable_check *c = container_of(job, struct storable_check, job);
	if (!c->ending) {
		storable_read(c->storable);
		return;
	}
	c->verdict = storable_finish(c->storable);
	if (c->verdict == VERDICT_FINE)
		event_log_seal(c->log);
}

static void done(struct job *job)
{
	struct storable_check *c = container_of(job, struct storable_check, job);
	c->busy = false;
	c->held_bytes += job->billed;
	job->billed = 0;
	if (job->given_up) {
		storable_check_destroy(&c);
		return;
	}
	c->checked = c->ending;
	if (job->found_no_memory && c->checked && c->verdict != VERDICT_FINE)
		c->verdict = VERDICT_NO_ROOM;
	else if (job->found_no_memory && !c->checked)
		storable_check_refuse(c, VERDICT_NO_ROOM);
	c->on_done(c->context);
}

static enum storable_check_state start(struct storable_check *c, size_t bytes, bool ending)
{
	c->job = (struct job){.work = work, .done = done, .bytes = bytes};
	c->busy = true;
	c->ending = ending;
	thread_pool_start(c->worker, &c->job);
	return STORABLE_CHECK_BUSY;
}

bool storable_check_is_busy(const struct storable_check *c)
{
	return c && c->busy;
}

/* ## The answer */

void storable_check_head(struct storable_check *c, const struct head *head, bool delimited)
{
	storable_head(c->storable, head->status, head_content_type(head),
		      fields_first(&head->fields, slice_of("Content-Encoding")));
	if (!delimited)
		storable_undelimited(c->storable);
}

enum verdict storable_check_refusal(const struct storable_check *c)
{
	return storable_refusal(c->storable);
}

void storable_check_refuse(struct storable_check *c, enum verdict why)
{
	ensure(!c->busy);
	storable_refuse(c->storable, why);
	event_log_destroy(&c->log);
}

static void take_memory(struct storable_check *c)
{
	size_t held = storable_memory_bytes(c->storable) + event_log_memory_bytes(c->log);
	if (held <= c->held_bytes)
		return;
	size_t more = held - c->held_bytes + (held > STEP ? STEP : 0);
	if (memory_quota_take(&c->worker->quota, more, BUDGET_WHOLE)) {
		c->held_bytes += more;
		return;
	}
	budget_refused(c->worker->quota.budget);
	storable_check_refuse(c, VERDICT_NO_ROOM);
}

enum storable_check_state storable_check_feed(struct storable_check *c, struct slice bytes)
{
	ensure(!c->busy);
	if (!c->log)
		return STORABLE_CHECK_READY;
	bool unread = storable_take(c->storable, bytes);
	take_memory(c);
	if (!unread || !c->log)
		return STORABLE_CHECK_READY;
	size_t size = storable_unread_bytes(c->storable, false);
	if (thread_pool_wants(c->worker, size, THREAD_POOL_FROM))
		return start(c, size, false);
	storable_read(c->storable);
	return STORABLE_CHECK_READY;
}

enum storable_check_state storable_check_end(struct storable_check *c, enum verdict *ret_verdict)
{
	if (c->busy)
		return STORABLE_CHECK_BUSY;
	/* Sealing the log copies it. */
	size_t size = storable_unread_bytes(c->storable, true);
	if (c->log)
		size += event_log_memory_bytes(c->log);
	if (!c->checked && c->log && thread_pool_wants(c->worker, size, THREAD_POOL_FROM))
		return start(c, size, true);
	if (!c->checked)
		c->verdict = storable_finish(c->storable);
	c->checked = true;
	*ret_verdict = c->verdict;
	return STORABLE_CHECK_READY;
}

struct event_log **storable_check_log(struct storable_check *c)
{
	return &c->log;
}

struct token_usage storable_check_token_usage(const struct storable_check *c)
{
	return storable_token_usage(c->storable);
}

uint64_t storable_check_id(const struct storable_check *c)
{
	return storable_id(c->storable);
}
