/* IDENTIFY: what is asked, and what it is called. A large body is read and named by a helper, while
 * the connection sleeps. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "base/memory.h"
#include "cache/key/canonical.h"
#include "proxy/observe/header_watch.h"
#include "proxy/request/api_keys.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/request/identification.h"
#include "proxy/openai/parse/deletion.h"
#include "proxy/request/key_scope.h"
#include "proxy/thread_pool.h"
#include "proxy/upstream/pool.h"
#include "proxy/upstream/usage_refusals.h"

#include <stdlib.h>

/* What a worker keeps of a canonical form's memory from request to request. */
enum { FORM_KEPT = 1 << 20 };

bool request_scope(struct request *r)
{
	struct kit *kit = r->kit;
	const struct config *c = kit->config;
	struct scope_options options = {
	    .space = key_space(r->key, c->cache.namespace),
	    .asked_space = controls_space(&r->controls),
	    .everyone = r->policy.everyone,
	    .upstream = pool_upstream(kit->pool)->name,
	    .tenant = r->tenant,
	    .forwarded = c->upstream.forwarded == CONFIG_FORWARDED_ON,
	    .ignored_cookies = &c->cache.ignore_cookies,
	};
	struct scope_route route = {
	    .path = r->path,
	    .query = r->query,
	    .fields = &r->http.fields,
	    .marks = &r->marks,
	    .form = r->endpoint->body == BODY_FORM,
	};
	buf_clear(&kit->scope);
	return scope_append(&options, &route, kit->namer, &kit->scope);
}

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
	const struct kit *kit = r->kit;
	bool more = r->named && !r->coded && !r->controls.no_store && r->ask.tell_usage.text &&
		    kit->config->upstream.ask_usage &&
		    !usage_refusals_has(kit->usage_refusals, pool_upstream(kit->pool)->name,
					slice_make(r->ask.model, r->ask.model_len), clock_ms());
	return more ? WIRE_STREAM_USAGE : r->ask.form;
}

static void bury(void *context, struct slice id)
{
	const struct request *r = context;
	cache_bury(r->kit->cache, tombstone_of(id), clock_ms());
}

/* What the upstream is told to delete is not handed out from here on, whatever it answers. */
static void note_deletion(struct request *r)
{
	bool whole = r->upload && !r->upload->piped && !r->unreadable;
	deletion_read(r->http.method, r->path, whole ? request_body_text(r) : slice_of(""), bury,
		      r);
}

static enum step conclude(struct request *r, enum verdict verdict)
{
	r->verdict = verdict;
	if (r->named)
		header_watch_note(r->kit->watch, &r->http.fields, &r->marks);
	r->exact = r->ask.expects.one_form;
	if (!r->endpoint)
		note_deletion(r);
	if (r->controls.no_store)
		r->verdict = VERDICT_REQUEST_NO_STORE;
	else if (r->controls.no_cache && r->verdict == VERDICT_FINE)
		r->verdict = VERDICT_REQUEST_NO_CACHE;
	metrics_verdict(&r->kit->metrics, r->verdict);
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
	    .config = r->kit->config,
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
	i->batch = batch && !r->controls.no_store;
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
	struct kit *kit = r->kit;
	enum verdict verdict;
	enum next next;
	i->canonical = kit->canonical;
	i->namer = kit->namer;
	i->form = &kit->form;
	i->ask = &r->ask;
	do {
		identification_read(i);
		next = settle(r, i, &verdict);
		if (next == NEXT_NAME)
			identification_name(i, buf_slice(&kit->scope));
		/* Inputs that cannot be named one by one have a name together. */
		if (next == NEXT_NAME && !i->named && i->batch) {
			i->batch = false;
			next = NEXT_READ;
		}
	} while (next == NEXT_READ);
	adopt(r, i);
	identification_finish(i);
	buf_recycle(&kit->form, FORM_KEPT);
	return i->named ? VERDICT_FINE : verdict;
}

/* ## By a helper */

/* What it works with, which is all its own. */
struct identifying {
	struct job job;
	struct request *request;
	struct upload *upload;
	char *deployment;
	char *content_type;
	struct buf decoded;   /* the request's, which has ended */
	size_t decoded_bytes; /* of limits.memory, for that */
	struct identification it;
	struct ask ask;
	struct buf form;
	struct buf scope;
	bool to_name; /* it was read, and is to be named */
	bool over;    /* the helper is through with what it was told */
};

static void destroy(struct identifying *x)
{
	allowance_give(&x->job.kit->allowance, x->job.billed);
	identification_finish(&x->it);
	canonical_destroy(&x->it.canonical);
	namer_destroy(&x->it.namer);
	buf_finish(&x->form);
	buf_finish(&x->scope);
	upload_unref(&x->upload);
	buf_finish(&x->decoded);
	allowance_give(&x->job.kit->allowance, x->decoded_bytes);
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
		budget_refused(job->kit->allowance.budget);
	x->over = true;
	client_wake(x->request->http.client);
}

static enum step order(struct identifying *x)
{
	struct request *r = x->request;
	x->over = !client_sleep(r->http.client);
	if (x->over)
		return STEP_DROP;
	offload_start(r->kit, &x->job);
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
	x->job = (struct job){.work = work, .done = done, .bytes = i->body.len, .kit = r->kit};
	x->request = r;
	x->upload = upload_ref(r->upload);
	x->it = *i;
	take_texts(x);
	x->it.canonical = canonical_create();
	x->it.namer = namer_create();
	x->form = buf_make(r->kit->form.limit);
	x->scope = buf_make(r->kit->scope.limit);
	x->it.form = &x->form;
	x->it.ask = &x->ask;
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
	size_t own = r->upload->held.limit + r->decoded_bytes + job->billed;
	return job->found_no_memory && job->beside > own + r->kit->config->limits.memory / MUCH;
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
		return client_sleep(r->http.client) ? STEP_WAIT : STEP_DROP;
	if (others_have_memory(r, &x->job))
		return refuse_memory(r);
	if (x->to_name) {
		if (x->it.named || !x->it.batch)
			return end(r, verdict);
		x->it.batch = x->to_name = false;
		return order(x);
	}
	r->ask = x->ask;
	enum next next = settle(r, &x->it, &verdict);
	if (next == NEXT_NOTHING)
		return end(r, verdict);
	if (next == NEXT_NAME) {
		x->to_name = buf_append_slice(&x->scope, buf_slice(&r->kit->scope));
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
	offload_give_up(&x->job);
}

/* ## The step */

static void read_head(struct request *r)
{
	const struct kit *kit = r->kit;
	r->controls = controls_read(&r->http.fields, kit->config->compat.headers);
	controls_bound(&r->controls, kit->config->cache.client_control);
	header_table_mark(kit->headers, &r->http.fields, &r->marks);
	r->unseen_origin = r->cors.origin.len && !cors_find(kit->cors, &r->cors).known;
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
	if (offload_wants(r->kit, i.body.len, OFFLOAD_FROM))
		return begin(r, &i);
	return conclude(r, identify_here(r, &i));
}
