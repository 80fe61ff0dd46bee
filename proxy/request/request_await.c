/* AWAIT: until there is a head to show, and where a clean answer or error is to be had by it, until
 * the whole answer is there. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "proxy/header/cors.h"
#include "proxy/openai/media_type.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/upstream/shareable.h"

/* Its flight is of no use to it. What was noted of that is not its own. */
static enum step open_again(struct request *r)
{
	cache_leave(r->worker->cache, &r->reader, clock_ms());
	r->headed_us = 0;
	return STEP_OPEN;
}

/* Whether what came is for who joined, too. */
static bool is_for_joiner(struct request *r, const struct head *head)
{
	if (request_heeds(r) && shareable_verdict(r->worker->headers, head) != VERDICT_FINE)
		return false;
	bool accepts = request_accepts(r, head->status, &head->asked);
	if (!accepts)
		request_refused(r);
	return accepts;
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
	bool wants_stream = r->parsed.form != WIRE_PLAIN;
	return r->cache_status == CACHE_STATUS_JOIN && head->status == 200 &&
	       wants_stream != (flight_form(r->reader.flight) != WIRE_PLAIN);
}

/* What was said is made into ours where it is not stored. */
static enum step derive_flight(struct request *r, const struct flight_news *news)
{
	if (r->converting)
		return request_converted(r);
	return news->stored ? STEP_DELIVER : request_convert_flight(r, news);
}

/* An answer to a request of another origin, of which it is not known whether this page may read it;
 * or a refusal that may be that origin's own, as servers give that permit some (403). */
static bool is_for_another_page(const struct request *r, const struct head *head)
{
	if (slice_equal(slice_of(head->origin ? head->origin : ""), r->cors.origin))
		return false;
	return head->status == 403 ||
	       (head->status < 300 && !cors_find(r->worker->cors, &r->cors).known);
}

/* The upstream refused to tell a stream's usage when it was joined already. */
static bool lacks_usage(const struct request *r)
{
	return r->parsed.form == WIRE_STREAM_USAGE && flight_form(r->reader.flight) == WIRE_STREAM;
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
		cache_leave(r->worker->cache, &r->reader, clock_ms());
		return request_give_entry(r);
	}
	r->waited = true;
	r->exact = !news.stored;
	return open_again(r);
}

enum step step_await(struct request *r)
{
	if (r->intake != INTAKE_WHOLE)
		return STEP_WAIT;
	if (r->failure != FAILURE_NONE)
		return STEP_REFUSE;
	if (r->converting)
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
		      (r->parsed.kind == ANSWER_AUDIO && head->status == 200);
	if (news.torn || (r->cache_status == CACHE_STATUS_JOIN && !is_for_joiner(r, head)))
		return open_again(r);
	if (r->cache_status == CACHE_STATUS_JOIN && is_for_another_page(r, head)) {
		r->apart = true;
		return open_again(r);
	}
	if (r->cache_status == CACHE_STATUS_JOIN && lacks_usage(r)) {
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
