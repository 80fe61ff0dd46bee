#include "proxy/upstream/judging.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>

/* What is held is paid for in such steps once it is more than one of them. */
enum { STEP = 64 << 10 };

struct judging {
	struct job job;
	struct kit *kit;
	/* a helper's, while it is busy */
	struct judge *judge;
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
	const struct judging *j = context;
	return event_log_append(j->log, event);
}

static void work(struct job *job);
static void done(struct job *job);

struct judging *judging_create(struct kit *kit, const struct judge_options *options,
			       void (*on_done)(void *context), void *context)
{
	struct judging *j = memory_new(struct judging);
	struct judge_options own = *options;
	own.on_event = on_event;
	own.context = j;
	j->kit = kit;
	j->judge = judge_create(&own);
	j->log = event_log_create(options->limit_bytes);
	j->on_done = on_done;
	j->context = context;
	return j;
}

void judging_destroy(struct judging **judging)
{
	struct judging *j = take(judging);
	if (!j)
		return;
	if (j->busy) {
		offload_give_up(&j->job); /* done comes, and does this */
		return;
	}
	judge_destroy(&j->judge);
	event_log_destroy(&j->log);
	allowance_give(&j->kit->allowance, j->held_bytes);
	free(j);
}

/* ## By a helper */

static void work(struct job *job)
{
	struct judging *j = container_of(job, struct judging, job);
	if (!j->ending) {
		judge_read(j->judge);
		return;
	}
	j->verdict = judge_finish(j->judge);
	if (j->verdict == VERDICT_FINE)
		event_log_seal(j->log);
}

static void done(struct job *job)
{
	struct judging *j = container_of(job, struct judging, job);
	j->busy = false;
	j->held_bytes += job->billed;
	job->billed = 0;
	if (job->given_up) {
		judging_destroy(&j);
		return;
	}
	j->judged = j->ending;
	if (job->found_no_memory && j->judged && j->verdict != VERDICT_FINE)
		j->verdict = VERDICT_NO_ROOM;
	else if (job->found_no_memory && !j->judged)
		judging_refuse(j, VERDICT_NO_ROOM);
	j->on_done(j->context);
}

static enum judging_state start(struct judging *j, size_t bytes, bool ending)
{
	j->job = (struct job){.work = work, .done = done, .bytes = bytes};
	j->busy = true;
	j->ending = ending;
	offload_start(j->kit, &j->job);
	return JUDGING_BUSY;
}

bool judging_is_busy(const struct judging *j)
{
	return j && j->busy;
}

/* ## The answer */

void judging_head(struct judging *j, const struct head *head, bool delimited)
{
	judge_head(j->judge, head->status, head_content_type(head),
		   fields_first(&head->fields, slice_of("Content-Encoding")));
	if (!delimited)
		judge_undelimited(j->judge);
}

enum verdict judging_refusal(const struct judging *j)
{
	return judge_refusal(j->judge);
}

void judging_refuse(struct judging *j, enum verdict why)
{
	ensure(!j->busy);
	judge_refuse(j->judge, why);
	event_log_destroy(&j->log);
}

static void pay(struct judging *j)
{
	size_t held = judge_memory_bytes(j->judge) + event_log_memory_bytes(j->log);
	if (held <= j->held_bytes)
		return;
	size_t more = held - j->held_bytes + (held > STEP ? STEP : 0);
	if (allowance_take(&j->kit->allowance, more, BUDGET_WHOLE)) {
		j->held_bytes += more;
		return;
	}
	budget_refused(j->kit->allowance.budget);
	judging_refuse(j, VERDICT_NO_ROOM);
}

enum judging_state judging_feed(struct judging *j, struct slice bytes)
{
	ensure(!j->busy);
	if (!j->log)
		return JUDGING_READY;
	bool unread = judge_take(j->judge, bytes);
	pay(j);
	if (!unread || !j->log)
		return JUDGING_READY;
	size_t size = judge_unread_bytes(j->judge, false);
	if (offload_wants(j->kit, size, OFFLOAD_FROM))
		return start(j, size, false);
	judge_read(j->judge);
	return JUDGING_READY;
}

enum judging_state judging_end(struct judging *j, enum verdict *ret_verdict)
{
	if (j->busy)
		return JUDGING_BUSY;
	/* Sealing the log copies it. */
	size_t size = judge_unread_bytes(j->judge, true);
	if (j->log)
		size += event_log_memory_bytes(j->log);
	if (!j->judged && j->log && offload_wants(j->kit, size, OFFLOAD_FROM))
		return start(j, size, true);
	if (!j->judged)
		j->verdict = judge_finish(j->judge);
	j->judged = true;
	*ret_verdict = j->verdict;
	return JUDGING_READY;
}

struct event_log **judging_log(struct judging *j)
{
	return &j->log;
}

struct spend judging_spend(const struct judging *j)
{
	return judge_spend(j->judge);
}

uint64_t judging_id(const struct judging *j)
{
	return judge_id(j->judge);
}
