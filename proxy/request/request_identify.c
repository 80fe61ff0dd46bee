/* IDENTIFY: what is asked, and what it is called. A large body is read and named by a helper, while
 * the connection sleeps. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "base/memory.h"
#include "cache/key/canonical.h"
#include "proxy/observe/header_watch.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/request/identification.h"
#include "proxy/openai/parse/deletion.h"
#include "proxy/thread_pool.h"
#include "proxy/upstream/pool.h"
#include "proxy/upstream/usage_refusals.h"

#include <stdlib.h>

/* What a worker keeps of a canonical form's memory from request to request. */
enum { FORM_KEPT = 1 << 20 };

/* RFC 9110 §13.1, §14.2: the answer may be a 304, a 412 or a part, which is nobody else's. */
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

/* What the head says against it, though the body can be read. */
static enum verdict head_verdict(const struct request *r)
{
	if (fields_count(&r->http.fields, slice_of("X-Conversation-Id")))
		return VERDICT_CONVERSATION_ID;
	return is_conditional(&r->http.fields) ? VERDICT_CONDITIONAL_REQUEST : VERDICT_FINE;
}

/* What keeps the body from being read. */
static enum verdict unread_verdict(const struct request *r)
{
	if (!r->endpoint)
		return VERDICT_UNKNOWN_ENDPOINT;
	return r->unreadable ? VERDICT_REQUEST_ENCODING : VERDICT_FINE;
}

/* Of two types neither is the body's, and one that stays here is none. */
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

/* What is not named goes to the upstream as it is, and so does what is in a content coding. */
static enum wire_form asked_form(const struct request *r)
{
	const struct context *worker = r->worker;
	bool more =
	    r->named && !r->coded && !r->cache_control.no_store && r->parsed.tell_usage.text &&
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

/* What the upstream is told to delete is not handed out from here on, whatever it answers. */
static void note_deletion(struct request *r)
{
	bool whole = r->body && !r->body->piped && !r->unreadable;
	deletion_read(r->http.method, r->path, whole ? request_body_text(r) : slice_of(""), bury,
		      r);
}

static enum step conclude(struct request *r, enum verdict verdict)
{
	r->verdict = verdict;
	if (r->named)
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
	/* The parts of a batch are in it. */
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

/* What comes of it once it was read. */
enum next {
	NEXT_NAME,    /* the scope is written, and it is to be named */
	NEXT_READ,    /* it is to be read again, as a whole */
	NEXT_NOTHING, /* it has no name, for the verdict */
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
	return request_scope(r) ? NEXT_NAME : NEXT_NOTHING;
}

static void adopt(struct request *r, struct identification *i)
{
	r->named = i->named;
	r->name = i->name;
	if (i->inputs && i->named)
		batch_adopt(r, &i->inputs, i->names);
}

/* ## On the spot */

static enum verdict identify_here(struct request *r, struct identification *i)
{
	struct context *worker = r->worker;
	enum verdict verdict;
	enum next next;
	i->canonical = worker->canonical;
	i->namer = worker->namer;
	i->form = &worker->form;
	i->parsed = &r->parsed;
	do {
		identification_read(i);
		next = settle(r, i, &verdict);
		if (next == NEXT_NAME)
			identification_name(i, buf_slice(&worker->scope));
		/* Inputs that cannot be named one by one have a name together. */
		if (next == NEXT_NAME && !i->named && i->batch) {
			i->batch = false;
			next = NEXT_READ;
		}
	} while (next == NEXT_READ);
	adopt(r, i);
	identification_finish(i);
	buf_recycle(&worker->form, FORM_KEPT);
	return i->named ? VERDICT_FINE : verdict;
}

/* ## By a helper */

/* What it works with, which is all its own. */
struct identifying {
	struct job job;
	struct request *request;
	struct request_body *body;
	char *deployment;
	char *content_type;
	struct buf decoded;   /* the request's, which has ended */
	size_t decoded_bytes; /* of limits.memory, for that */
	struct identification it;
	struct parsed_request parsed;
	struct buf form;
	struct buf scope;
	bool to_name; /* it was read, and is to be named */
	bool over;    /* the helper is through with what it was told */
};

static void destroy(struct identifying *x)
{
	memory_quota_give(&x->job.worker->quota, x->job.billed);
	identification_finish(&x->it);
	canonical_destroy(&x->it.canonical);
	namer_destroy(&x->it.namer);
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
	if (x->to_name)
		identification_name(&x->it, buf_slice(&x->scope));
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

static enum step order(struct identifying *x)
{
	struct request *r = x->request;
	x->over = !connection_sleep(r->http.connection);
	if (x->over)
		return STEP_DROP;
	thread_pool_start(r->worker, &x->job);
	return STEP_WAIT;
}

/* The request may end before the helper does. */
static void take_texts(struct identifying *x)
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
	take_texts(x);
	x->it.canonical = canonical_create();
	x->it.namer = namer_create();
	x->form = buf_make(r->worker->form.limit);
	x->scope = buf_make(r->worker->scope.limit);
	x->it.form = &x->form;
	x->it.parsed = &x->parsed;
	r->identifying = x;
	return order(x);
}

static enum step end(struct request *r, enum verdict verdict)
{
	struct identifying *x = take(&r->identifying);
	adopt(r, &x->it);
	bool named = x->it.named;
	destroy(x);
	return conclude(r, named ? VERDICT_FINE : verdict);
}

/* Whether a helper found no memory because others have much of it. Then it can be named at another
 * time: whoever asks for it then shares an answer, and does not have it made past the cache. What
 * needs more than there ever is goes past it. */
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

/* What was read is settled; then it is named, or read again. */
static enum step go_on(struct request *r)
{
	struct identifying *x = r->identifying;
	enum verdict verdict = VERDICT_REQUEST_TOO_LARGE;
	if (!x->over)
		return connection_sleep(r->http.connection) ? STEP_WAIT : STEP_DROP;
	if (others_have_memory(r, &x->job))
		return refuse_memory(r);
	if (x->to_name) {
		if (x->it.named || !x->it.batch)
			return end(r, verdict);
		x->it.batch = x->to_name = false;
		return order(x);
	}
	r->parsed = x->parsed;
	enum next next = settle(r, &x->it, &verdict);
	if (next == NEXT_NOTHING)
		return end(r, verdict);
	if (next == NEXT_NAME) {
		x->to_name = buf_append_slice(&x->scope, buf_slice(&r->worker->scope));
		if (!x->to_name)
			return end(r, verdict);
	}
	return order(x);
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
	/* Decoding comes back here for each slice. */
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
