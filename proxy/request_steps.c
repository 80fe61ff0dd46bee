#include "proxy/request_steps.h"

#include "base/clock.h"
#include "proxy/batch.h"
#include "proxy/guard.h"
#include "proxy/openai/deletion.h"
#include "proxy/openai/media_type.h"
#include "proxy/sharing.h"

#include <assert.h>

static_assert((int)UPLOAD_SPARE >= (int)ASK_EDIT_MOST, "an edit always fits");

/* The status line and the fields that every answer has; and those that a page gets. */
enum { OWN_FIELDS = 640, PAGE_FIELDS = CORS_ORIGIN + CORS_EXPOSE + 256 };

/* ## RECEIVE: collect the body within its bound */

static void read_target(struct request *r)
{
	if (r->target[0] != '/')
		request_relate_target(r);
	r->query = slice_of(r->target);
	r->path = slice_cut(&r->query, '?');
}

static void on_upload_room(void *context)
{
	struct request *r = context;
	reply_wake(&r->reply);
}

/* A body of an endpoint that we understand is read before anything is decided; any other goes
 * through as it comes, unless it is small enough to be sent again if need be. */
static void open_upload(struct request *r)
{
	bool small = r->body_bytes >= 0 && r->body_bytes <= UPLOAD_WINDOW;
	r->upload = upload_create(&(struct upload_options){
	    .piped = !r->endpoint && !small && !deletion_has_body(r->method, r->path),
	    .limit = r->kit->config->limits.body + UPLOAD_SPARE,
	    .expected = r->body_bytes > 0 ? (size_t)r->body_bytes : 0,
	    .allowance = &r->kit->allowance,
	});
	r->upload->on_room = on_upload_room;
	r->upload->room_context = r;
}

/* The list of models has no body, and is remembered where that is wanted. */
static void find_endpoint(struct request *r, bool has_body)
{
	struct endpoint_route route = request_route(r, r->method);
	bool models = route.endpoint && route.endpoint->family == FAMILY_MODELS;
	bool known = !models || (!has_body && r->kit->config->cache.models_ttl_ms > 0);
	r->endpoint = known ? route.endpoint : NULL;
	r->deployment = route.deployment;
}

/* Whose it is, where keys are asked for, and whether the key has room for it. */
static enum failure admit(struct request *r)
{
	struct kit *kit = r->kit;
	if (!kit->keyring || r->preflight)
		return FAILURE_NONE;
	struct key *key = keyring_find(kit->keyring, kit->namer, &r->fields);
	if (!key)
		return FAILURE_UNAUTHORIZED;
	r->tenant = key_tenant(key);
	enum failure refused = key_enter(key, clock_ms(), &r->retry_ms);
	r->key = refused == FAILURE_NONE ? key : NULL;
	return refused;
}

static enum step receive_head(struct request *r)
{
	r->cors = cors_request(r->path, &r->fields);
	const char *fault = guard_refusal(&r->fields);
	if (r->failure == FAILURE_NONE && fault)
		request_spoil(r, FAILURE_FRAMING, fault);
	if (r->failure != FAILURE_NONE)
		return STEP_REFUSE;
	r->body_bytes = fields_body_length(&r->fields);
	bool has_body =
	    r->body_bytes >= 0 || fields_count(&r->fields, slice_of("Transfer-Encoding")) > 0;
	find_endpoint(r, has_body);
	r->preflight = !has_body && request_is_preflight(r);
	enum failure refused = admit(r);
	if (refused == FAILURE_NONE)
		refused = request_reach(r);
	if (refused != FAILURE_NONE)
		return refuse(r, refused, NULL);
	if (r->body_bytes > (int64_t)r->kit->config->limits.body)
		return refuse(r, FAILURE_BODY_TOO_LARGE, NULL);
	if (has_body)
		open_upload(r);
	return r->upload && r->upload->piped ? STEP_IDENTIFY : STEP_WAIT;
}

static enum step receive(struct request *r)
{
	if (r->intake == INTAKE_HEAD) {
		read_target(r);
		return receive_head(r);
	}
	return r->failure == FAILURE_NONE ? STEP_IDENTIFY : STEP_REFUSE;
}

/* What libmicrohttpd needs for a field, its bookkeeping included. */
static size_t field_bytes(const struct field *f)
{
	enum { BOOKKEEPING = 64 };
	return f->name.len + f->value.len + BOOKKEEPING;
}

/* ## AWAIT: until there is a head to show, and where a clean answer or error is to be had by it,
 * until the whole answer is there */

enum step request_sleep(struct request *r)
{
	if (!r->slept_us)
		r->slept_us = clock_us();
	return reply_sleep(&r->reply) ? STEP_WAIT : STEP_DROP;
}

/* Its flight is of no use to it. What was noted of that is not its own. */
static enum step open_again(struct request *r)
{
	cache_leave(r->kit->cache, &r->reader, clock_ms());
	r->headed_us = 0;
	return STEP_OPEN;
}

/* Whether what came is for who joined, too. */
static bool is_for_joiner(struct request *r, const struct head *head)
{
	if (request_heeds(r) && sharing_verdict(r->kit->headers, head) != VERDICT_FINE)
		return false;
	bool accepts = request_accepts(r, head->status, &head->asked);
	if (!accepts)
		request_refused(r);
	return accepts;
}

bool request_has_room(const struct request *r, const struct head *head)
{
	size_t need = OWN_FIELDS + strlen(r->target) + (r->cors.origin.len ? PAGE_FIELDS : 0);
	for (size_t i = 0; i < r->fields.count; i++)
		need += field_bytes(&r->fields.at[i]);
	for (size_t i = 0; i < head->fields.count; i++)
		need += field_bytes(&head->fields.at[i]);
	return need <= r->kit->config->limits.headers;
}

/* What happened in detail names our upstream's addresses, so it is for the log alone. */
static enum step fail_with(struct request *r, const struct flight_news *news)
{
	r->verdict = VERDICT_UPSTREAM_FAILED;
	return refuse(r, (enum failure)news->reason_code, NULL);
}

/* A whole answer to who asked for another form than this client. An error is the same in all; and
 * who asked for the same has to take what came, in whatever form that is. */
static bool is_in_other_form(const struct request *r, const struct head *head)
{
	bool wants_stream = r->ask.form != WIRE_PLAIN;
	return r->part == PART_JOIN && head->status == 200 &&
	       wants_stream != (flight_form(r->reader.flight) != WIRE_PLAIN);
}

/* What was said is made into ours where it is not stored. */
static enum step derive_flight(struct request *r, const struct flight_news *news)
{
	if (r->deriving)
		return request_derived(r);
	return news->stored ? STEP_DELIVER : request_derive_flight(r, news);
}

/* An answer to a request of another origin, of which it is not known whether this page may read it;
 * or a refusal that may be that origin's own, as servers give that permit some (403). */
static bool is_for_another_page(const struct request *r, const struct head *head)
{
	if (slice_equal(slice_of(head->origin ? head->origin : ""), r->cors.origin))
		return false;
	return head->status == 403 ||
	       (head->status < 300 && !cors_find(r->kit->cors, &r->cors).known);
}

/* The upstream refused to tell a stream's usage when it was joined already. */
static bool lacks_usage(const struct request *r)
{
	return r->ask.form == WIRE_STREAM_USAGE && flight_form(r->reader.flight) == WIRE_STREAM;
}

/* Its entry is made into ours; where it is not stored, what it said is. If nothing comes of that,
 * we ask ourselves. */
static enum step await_entry(struct request *r)
{
	struct flight_news news = flight_look(&r->reader, AWAITS_END);
	if (!news.arrived)
		return request_sleep(r);
	if (news.state == FLIGHT_FAILED)
		return fail_with(r, &news);
	if (news.state == FLIGHT_DONE) {
		enum step next = derive_flight(r, &news);
		if (next != STEP_DELIVER)
			return next;
	}
	if (r->entry) {
		cache_leave(r->kit->cache, &r->reader, clock_ms());
		return request_give_entry(r);
	}
	r->waited = true;
	r->exact = !news.stored;
	return open_again(r);
}

static enum step await(struct request *r)
{
	if (r->intake != INTAKE_WHOLE)
		return STEP_WAIT;
	if (r->failure != FAILURE_NONE)
		return STEP_REFUSE;
	if (r->deriving)
		return await_entry(r);
	if (r->batch) {
		enum step next = batch_await(r);
		if (next != STEP_AWAIT)
			return next;
	}
	struct flight_news news = flight_look(&r->reader, AWAITS_HEAD);
	if (!news.arrived)
		return request_sleep(r);
	if (!news.head)
		return fail_with(r, &news);
	if (!r->headed_us)
		r->headed_us = clock_us();
	const struct head *head = news.head;
	r->streamed = media_type_is(fields_first(&head->fields, slice_of("Content-Type")),
				    "text/event-stream") ||
		      (r->ask.kind == ANSWER_AUDIO && head->status == 200);
	if (news.torn || (r->part == PART_JOIN && !is_for_joiner(r, head)))
		return open_again(r);
	if (r->part == PART_JOIN && is_for_another_page(r, head)) {
		r->apart = true;
		return open_again(r);
	}
	if (r->part == PART_JOIN && lacks_usage(r)) {
		r->exact = true;
		return open_again(r);
	}
	if (is_in_other_form(r, head))
		return await_entry(r);
	if (news.joinable && !r->streamed)
		news = flight_look(&r->reader, AWAITS_END);
	if (!news.arrived)
		return request_sleep(r);
	/* Nothing went out yet, so even an answer that broke behind its head is a clean error. */
	if (news.state == FLIGHT_FAILED)
		return fail_with(r, &news);
	if (!request_has_room(r, head))
		return refuse(r, FAILURE_TORN, "its head does not fit into limits.headers");
	return STEP_DELIVER;
}

/* ## The table */

#define MAY(step) (1u << STEP_##step)

const struct step_row step_rows[STEPS] = {
    [STEP_RECEIVE] = {"receive", receive, MAY(IDENTIFY) | MAY(REFUSE)},
    [STEP_IDENTIFY] = {"identify", step_identify, MAY(OPEN) | MAY(REFUSE)},
    [STEP_OPEN] = {"open", step_open, MAY(AWAIT) | MAY(DELIVER) | MAY(REFUSE)},
    [STEP_AWAIT] = {"await", await, MAY(OPEN) | MAY(DELIVER) | MAY(REFUSE)},
    [STEP_DELIVER] = {"deliver", step_deliver, MAY(REFUSE) | MAY(FINISH)},
    [STEP_REFUSE] = {"refuse", step_refuse, MAY(FINISH)},
    [STEP_FINISH] = {"finish", NULL, 0},
};
