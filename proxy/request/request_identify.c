/* IDENTIFY: parses the body and computes the cache key. A helper does this for a large body, while
 * the connection sleeps. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "base/memory.h"
#include "cache/key/canonical.h"
#include "cache/store/tombstones.h"
#include "proxy/observe/header_watch.h"
#include "proxy/openai/parse/deletion.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/request/identification.h"
#include "proxy/thread_pool.h"
#include "proxy/upstream/pool.h"
#include "proxy/upstream/usage_refusals.h"

#include <stdlib.h>

/* How much memory of the canonical form a worker keeps for the next request. */
enum { FORM_KEPT = 1 << 20 };

/* RFC 9110 §13.1, §14.2: the response may be a 304, a 412 or a part, which cannot be shared. */
static bool is_conditional(const struct fields *fields)
{
	static const struct slice names[] = {
	    SLICE("If-Match"),		SLICE("If-None-Match"),
	    SLICE("If-Modified-Since"), SLICE("If-Unmodified-Since"),
	    SLICE("If-Range"),		SLICE("Range"),
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (fields_count(fields, names[i]))
			return true;
	return false;
}

/* Why the head forbids a lookup. */
static enum verdict head_verdict(const struct request *r)
{
	if (fields_count(&r->http.fields, slice_of("X-Conversation-Id")))
		return VERDICT_CONVERSATION_ID;
	return is_conditional(&r->http.fields) ? VERDICT_CONDITIONAL_REQUEST : VERDICT_FINE;
}

/* Why the body cannot be parsed. */
static enum verdict unread_verdict(const struct request *r)
{
	if (!r->endpoint)
		return VERDICT_UNKNOWN_ENDPOINT;
	return r->unreadable ? VERDICT_REQUEST_ENCODING : VERDICT_FINE;
}

/* The Content-Type. Empty if there are several, or if it is not forwarded. */
static struct slice only_type(const struct request *r)
{
	struct slice type = slice_of("");
	size_t count = 0;
	for (size_t i = 0; i < r->http.fields.count; i++) {
		if (!slice_is_nocase(r->http.fields.at[i].name, "Content-Type"))
			continue;
		count++;
		type = r->marks.at[i].bits & HEADER_HOP ? slice_of("") : r->http.fields.at[i].value;
	}
	return count == 1 ? type : slice_of("");
}

/* The wire form to request from the upstream. Requests without a cache key, and bodies in a content
 * coding, are not edited. */
static enum wire_form asked_form(const struct request *r)
{
	const struct context *worker = r->worker;
	bool more =
	    r->keyed && !r->coded && !r->cache_control.no_store && r->parsed.tell_usage.text &&
	    worker->config->upstream.ask_usage &&
	    !usage_refusals_has(worker->usage_refusals, pool_upstream(worker->pool)->name,
				slice_make(r->parsed.model, r->parsed.model_len), clock_ms());
	return more ? WIRE_STREAM_USAGE : r->parsed.form;
}

static void bury(void *context, struct slice id)
{
	const struct request *r = context;
	cache_bury(r->worker->cache, tombstone_of(id), clock_ms());
}

/* Answers that the upstream is asked to delete are no longer served, whatever its response is. */
static void note_deletion(struct request *r)
{
	bool whole = r->body && !r->body->piped && !r->unreadable;
	deletion_read(r->http.method, r->path, whole ? request_body_text(r) : slice_of(""), bury,
		      r);
}

static enum step conclude(struct request *r, enum verdict verdict)
{
	r->verdict = verdict;
	if (r->keyed)
		header_watch_note(r->worker->watch, &r->http.fields, &r->marks);
	r->exact = r->parsed.expects.one_form;
	if (!r->endpoint)
		note_deletion(r);
	if (r->cache_control.no_store)
		r->verdict = VERDICT_REQUEST_NO_STORE;
	else if (r->cache_control.no_cache && r->verdict == VERDICT_FINE)
		r->verdict = VERDICT_REQUEST_NO_CACHE;
	metrics_verdict(&r->worker->metrics, r->verdict);
	r->asks = asked_form(r);
	/* The inputs of a batch point into it. */
	if (!r->batch)
		request_decode_leave(r);
	return STEP_OPEN;
}

static struct identification identification_of(const struct request *r)
{
	return (struct identification){
	    .endpoint = r->endpoint,
	    .config = r->worker->config,
	    .deployment = r->deployment,
	    .content_type = only_type(r),
	    .body = request_body_text(r),
	    .batch = batch_may_be(r) && head_verdict(r) == VERDICT_FINE,
	};
}

/* What to do after the body was parsed. */
enum next {
	NEXT_KEY,     /* compute the cache key; the key scope is in worker->scope */
	NEXT_READ,    /* parse again, not as a batch */
	NEXT_NOTHING, /* no cache key; see the verdict */
};

static enum next settle(struct request *r, struct identification *i, enum verdict *ret_verdict)
{
	enum verdict verdict = head_verdict(r), settled = request_settle(r);
	i->body = request_body_text(r);
	if (verdict == VERDICT_FINE)
		verdict = settled;
	*ret_verdict = verdict;
	if (verdict != VERDICT_FINE)
		return NEXT_NOTHING;
	bool batch = i->batch;
	i->batch = batch && !r->cache_control.no_store;
	if (i->inputs && !i->batch)
		return NEXT_READ;
	*ret_verdict = VERDICT_REQUEST_TOO_LARGE;
	return request_scope(r) ? NEXT_KEY : NEXT_NOTHING;
}

static void take_result(struct request *r, struct identification *i)
{
	r->keyed = i->keyed;
	r->cache_key = i->key;
	if (i->inputs && i->keyed)
		batch_adopt(r, &i->inputs, i->keys);
}

/* ## In the worker */

static enum verdict identify_here(struct request *r, struct identification *i)
{
	struct context *worker = r->worker;
	enum verdict verdict;
	enum next next;
	i->canonical = worker->canonical;
	i->hasher = worker->hasher;
	i->form = &worker->form;
	i->parsed = &r->parsed;
	do {
		identification_read(i);
		next = settle(r, i, &verdict);
		if (next == NEXT_KEY)
			identification_key(i, buf_slice(&worker->scope));
		/* If the inputs' cache keys cannot be computed, treat it as a whole. */
		if (next == NEXT_KEY && !i->keyed && i->batch) {
			i->batch = false;
			next = NEXT_READ;
		}
	} while (next == NEXT_READ);
	take_result(r, i);
	identification_finish(i);
	buf_recycle(&worker->form, FORM_KEPT);
	return i->keyed ? VERDICT_FINE : verdict;
}

/* ## In a helper thread */

/* All that the helper uses; the request may end before the helper does. */
struct identifying {
	struct job job;
	struct request *request;
	struct request_body *body;
	char *deployment;
	char *content_type;
	struct buf decoded;   /* the decoded body of a request that has ended */
	size_t decoded_bytes; /* of limits.memory, taken for decoded */
	struct identification it;
	struct parsed_request parsed;
	struct buf form;
	struct buf scope;
	bool to_key; /* the helper computes the cache key; else it parses the body */
	bool over;   /* the helper is done */
};

static void destroy(struct identifying *x)
{
	memory_quota_give(&x->job.worker->quota, x->job.billed);
	identification_finish(&x->it);
	canonical_destroy(&x->it.canonical);
	hasher_destroy(&x->it.hasher);
	buf_finish(&x->form);
	buf_finish(&x->scope);
	request_body_unref(&x->body);
	buf_finish(&x->decoded);
	memory_quota_give(&x->job.worker->quota, x->decoded_bytes);
	free(x->deployment);
	free(x->content_type);
	free(x);
}

static void work(struct job *job)
{
	struct identifying *x = container_of(job, struct identifying, job);
	if (x->to_key)
		identification_key(&x->it, buf_slice(&x->scope));
	else
		identification_read(&x->it);
}

static void done(struct job *job)
{
	struct identifying *x = container_of(job, struct identifying, job);
	if (job->given_up) {
		destroy(x);
		return;
	}
	if (job->found_no_memory)
		budget_refused(job->worker->quota.budget);
	x->over = true;
	connection_wake(x->request->http.connection);
}

static enum step start(struct identifying *x)
{
	struct request *r = x->request;
	x->over = !connection_sleep(r->http.connection);
	if (x->over)
		return STEP_DROP;
	thread_pool_start(r->worker, &x->job);
	return STEP_WAIT;
}

/* Copies texts that belong to the request. */
static void copy_texts(struct identifying *x)
{
	struct identification *i = &x->it;
	x->deployment = memory_copy(i->deployment.at, i->deployment.len);
	x->content_type = memory_copy(i->content_type.at, i->content_type.len);
	i->deployment.at = x->deployment;
	i->content_type.at = x->content_type;
}

static enum step begin(struct request *r, const struct identification *i)
{
	struct identifying *x = memory_new(struct identifying);
	x->job =
	    (struct job){.work = work, .done = done, .bytes = i->body.len, .worker = r->worker};
	x->request = r;
	x->body = request_body_ref(r->body);
	x->it = *i;
	copy_texts(x);
	x->it.canonical = canonical_create();
	x->it.hasher = hasher_create();
	x->form = buf_make(r->worker->form.limit);
	x->scope = buf_make(r->worker->scope.limit);
	x->it.form = &x->form;
	x->it.parsed = &x->parsed;
	r->identifying = x;
	return start(x);
}

static enum step end(struct request *r, enum verdict verdict)
{
	struct identifying *x = take(&r->identifying);
	take_result(r, &x->it);
	bool keyed = x->it.keyed;
	destroy(x);
	return conclude(r, keyed ? VERDICT_FINE : verdict);
}

/* Whether the helper found no memory because other requests hold much of it. Then the request is
 * refused, since it can be cached when it is repeated later. A request that needs more than
 * limits.memory in any case bypasses the cache. */
static bool others_have_memory(const struct request *r, const struct job *job)
{
	enum { MUCH = 8 };
	size_t own = r->body->held.limit + r->decoded_bytes + job->billed;
	return job->found_no_memory && job->beside > own + r->worker->config->limits.memory / MUCH;
}

static enum step refuse_memory(struct request *r)
{
	struct identifying *x = take(&r->identifying);
	destroy(x);
	return refuse(r, FAILURE_MEMORY_LIMIT, NULL);
}

/* The helper is done: starts its next task, or ends. */
static enum step go_on(struct request *r)
{
	struct identifying *x = r->identifying;
	enum verdict verdict = VERDICT_REQUEST_TOO_LARGE;
	if (!x->over)
		return connection_sleep(r->http.connection) ? STEP_WAIT : STEP_DROP;
	if (others_have_memory(r, &x->job))
		return refuse_memory(r);
	if (x->to_key) {
		if (x->it.keyed || !x->it.batch)
			return end(r, verdict);
		x->it.batch = x->to_key = false;
		return start(x);
	}
	r->parsed = x->parsed;
	enum next next = settle(r, &x->it, &verdict);
	if (next == NEXT_NOTHING)
		return end(r, verdict);
	if (next == NEXT_KEY) {
		x->to_key = buf_append_slice(&x->scope, buf_slice(&r->worker->scope));
		if (!x->to_key)
			return end(r, verdict);
	}
	return start(x);
}

void request_identify_leave(struct request *r)
{
	struct identifying *x = take(&r->identifying);
	if (!x)
		return;
	if (x->over) {
		destroy(x);
		return;
	}
	x->decoded = r->decoded;
	x->decoded_bytes = r->decoded_bytes;
	r->decoded = buf_make(0);
	r->decoded_bytes = 0;
	thread_pool_give_up(&x->job);
}

/* ## The step */

static void read_head(struct request *r)
{
	const struct context *worker = r->worker;
	r->cache_control = cache_control_read(&r->http.fields, worker->config->compat.headers);
	cache_control_bound(&r->cache_control, worker->config->cache.client_control);
	header_table_mark(worker->headers, &r->http.fields, &r->marks);
	r->unseen_origin = r->cors.origin.len && !cors_find(worker->cors, &r->cors).known;
}

enum step step_identify(struct request *r)
{
	if (r->identifying)
		return go_on(r);
	/* Decoding comes back here after each run. */
	if (!r->decoder)
		read_head(r);
	enum step decoded = request_decode(r);
	if (decoded != STEP_IDENTIFY)
		return decoded;
	enum verdict verdict = unread_verdict(r);
	if (verdict != VERDICT_FINE)
		return conclude(r, verdict);
	struct identification i = identification_of(r);
	if (thread_pool_wants(r->worker, i.body.len, THREAD_POOL_FROM))
		return begin(r, &i);
	return conclude(r, identify_here(r, &i));
}
