#include "proxy/upstream/storable_check.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>

/* What is held is paid for in such steps once it is more than one of them. */
enum { STEP = 64 << 10 };

struct storable_check {
	struct job job;
	struct context *worker;
	/* a helper's, while it is busy */
	struct storable *storable;
	struct event_log *log; /* NULL: refused */
	enum verdict verdict;
	/* the worker's */
	bool busy;
	bool ending; /* it is busy with the end */
	bool judged; /* the verdict is there */
	size_t held_bytes;
	void (*on_done)(void *context);
	void *context;
};

static bool on_event(void *context, struct slice event)
{
	const struct storable_check *j = context;
	return event_log_append(j->log, event);
}

static void work(struct job *job);
static void done(struct job *job);

struct storable_check *storable_check_create(struct context *worker,
					     const struct storable_options *options,
					     void (*on_done)(void *context), void *context)
{
	struct storable_check *j = memory_new(struct storable_check);
	struct storable_options own = *options;
	own.on_event = on_event;
	own.context = j;
	j->worker = worker;
	j->storable = storable_create(&own);
	j->log = event_log_create(options->limit_bytes);
	j->on_done = on_done;
	j->context = context;
	return j;
}

void storable_check_destroy(struct storable_check **check)
{
	struct storable_check *j = take(check);
	if (!j)
		return;
	if (j->busy) {
		thread_pool_give_up(&j->job); /* done comes, and does this */
		return;
	}
	storable_destroy(&j->storable);
	event_log_destroy(&j->log);
	memory_quota_give(&j->worker->quota, j->held_bytes);
	free(j);
}

/* ## By a helper */

static void work(struct job *job)
{
	struct storable_check *j = container_of(job, struct storable_check, job);
	if (!j->ending) {
		storable_read(j->storable);
		return;
	}
	j->verdict = storable_finish(j->storable);
	if (j->verdict == VERDICT_FINE)
		event_log_seal(j->log);
}

static void done(struct job *job)
{
	struct storable_check *j = container_of(job, struct storable_check, job);
	j->busy = false;
	j->held_bytes += job->billed;
	job->billed = 0;
	if (job->given_up) {
		storable_check_destroy(&j);
		return;
	}
	j->judged = j->ending;
	if (job->found_no_memory && j->judged && j->verdict != VERDICT_FINE)
		j->verdict = VERDICT_NO_ROOM;
	else if (job->found_no_memory && !j->judged)
		storable_check_refuse(j, VERDICT_NO_ROOM);
	j->on_done(j->context);
}

static enum storable_check_state start(struct storable_check *j, size_t bytes, bool ending)
{
	j->job = (struct job){.work = work, .done = done, .bytes = bytes};
	j->busy = true;
	j->ending = ending;
	thread_pool_start(j->worker, &j->job);
	return STORABLE_CHECK_BUSY;
}

bool storable_check_is_busy(const struct storable_check *j)
{
	return j && j->busy;
}

/* ## The answer */

void storable_check_head(struct storable_check *j, const struct head *head, bool delimited)
{
	storable_head(j->storable, head->status, head_content_type(head),
		      fields_first(&head->fields, slice_of("Content-Encoding")));
	if (!delimited)
		storable_undelimited(j->storable);
}

enum verdict storable_check_refusal(const struct storable_check *j)
{
	return storable_refusal(j->storable);
}

void storable_check_refuse(struct storable_check *j, enum verdict why)
{
	ensure(!j->busy);
	storable_refuse(j->storable, why);
	event_log_destroy(&j->log);
}

static void pay(struct storable_check *j)
{
	size_t held = storable_memory_bytes(j->storable) + event_log_memory_bytes(j->log);
	if (held <= j->held_bytes)
		return;
	size_t more = held - j->held_bytes + (held > STEP ? STEP : 0);
	if (memory_quota_take(&j->worker->quota, more, BUDGET_WHOLE)) {
		j->held_bytes += more;
		return;
	}
	budget_refused(j->worker->quota.budget);
	storable_check_refuse(j, VERDICT_NO_ROOM);
}

enum storable_check_state storable_check_feed(struct storable_check *j, struct slice bytes)
{
	ensure(!j->busy);
	if (!j->log)
		return STORABLE_CHECK_READY;
	bool unread = storable_take(j->storable, bytes);
	pay(j);
	if (!unread || !j->log)
		return STORABLE_CHECK_READY;
	size_t size = storable_unread_bytes(j->storable, false);
	if (thread_pool_wants(j->worker, size, THREAD_POOL_FROM))
		return start(j, size, false);
	storable_read(j->storable);
	return STORABLE_CHECK_READY;
}

enum storable_check_state storable_check_end(struct storable_check *j, enum verdict *ret_verdict)
{
	if (j->busy)
		return STORABLE_CHECK_BUSY;
	/* Sealing the log copies it. */
	size_t size = storable_unread_bytes(j->storable, true);
	if (j->log)
		size += event_log_memory_bytes(j->log);
	if (!j->judged && j->log && thread_pool_wants(j->worker, size, THREAD_POOL_FROM))
		return start(j, size, true);
	if (!j->judged)
		j->verdict = storable_finish(j->storable);
	j->judged = true;
	*ret_verdict = j->verdict;
	return STORABLE_CHECK_READY;
}

struct event_log **storable_check_log(struct storable_check *j)
{
	return &j->log;
}

struct token_usage storable_check_spend(const struct storable_check *j)
{
	return storable_token_usage(j->storable);
}

uint64_t storable_check_id(const struct storable_check *j)
{
	return storable_id(j->storable);
}
