/* AWAIT: waits for the head of the response; and for its end, too, if the flight can be joined and
 * the response is not a stream, so that a failure can still become a clean error. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "proxy/header/cors.h"
#include "proxy/openai/media_type.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/upstream/shareable.h"

/* The flight is useless for this request: leaves it and opens again. */
static enum step open_again(struct request *r)
{
	cache_leave(r->worker->cache, &r->reader, clock_ms());
	r->headed_us = 0;
	return STEP_OPEN;
}

/* Whether the response may be given to a request that joined. */
static bool is_for_joiner(struct request *r, const struct head *head)
{
	if (request_heeds(r) && shareable_verdict(r->worker->headers, head) != VERDICT_FINE)
		return false;
	bool accepts = request_accepts(r, head->status, &head->asked);
	if (!accepts)
		request_refused(r);
	return accepts;
}

/* The flight's reason names addresses of the upstream, so it goes only to the log. */
static enum step fail_with(struct request *r, const struct flight_news *news)
{
	r->verdict = VERDICT_UPSTREAM_FAILED;
	return refuse(r, (enum failure)news->reason_code, NULL);
}

/* Whether a joined answer is plain and this client wants a stream, or vice versa. An error is the
 * same in all forms. A client that wants the form of the flight takes whatever came. */
static bool is_in_other_form(const struct request *r, const struct head *head)
{
	bool wants_stream = r->parsed.form != WIRE_PLAIN;
	return r->cache_status == CACHE_STATUS_JOIN && head->status == 200 &&
	       wants_stream != (flight_form(r->reader.flight) != WIRE_PLAIN);
}

/* Converts what was read from the flight if it was not stored. */
static enum step convert_flight(struct request *r, const struct flight_news *news)
{
	if (r->converting)
		return request_converted(r);
	return news->stored ? STEP_DELIVER : request_convert_flight(r, news);
}

/* Whether a joined response is to a request of another origin and we do not know whether this page
 * may read it; or it is a 403, which may have been meant for that origin. */
static bool is_for_another_page(const struct request *r, const struct head *head)
{
	if (slice_equal(slice_of(head->origin ? head->origin : ""), r->cors.origin))
		return false;
	return head->status == 403 ||
	       (head->status < 300 && !cors_find(r->worker->cors, &r->cors).known);
}

/* Whether the upstream refused to send the stream's token usage after this request had joined. */
static bool lacks_usage(const struct request *r)
{
	return r->parsed.form == WIRE_STREAM_USAGE && flight_form(r->reader.flight) == WIRE_STREAM;
}

/* Waits for the end of a flight in another form. If the answer was stored, opens again to convert
 * its entry; if not, converts what the flight holds. If that fails or the flight cannot be joined
 * any more, opens again for the exact form. */
static enum step await_entry(struct request *r)
{
	struct flight_news news = flight_look(&r->reader, AWAITS_END);
	if (!news.arrived)
		return request_sleep(r);
	if (news.state == FLIGHT_FAILED)
		return fail_with(r, &news);
	if (news.state == FLIGHT_DONE) {
		enum step next = convert_flight(r, &news);
		if (next != STEP_DELIVER)
			return next;
	}
	if (r->entry) {
		cache_leave(r->worker->cache, &r->reader, clock_ms());
		return request_prepare_hit(r);
	}
	r->waited = true;
	r->exact = !news.stored;
	return open_again(r);
}

enum step step_await(struct request *r)
{
	if (r->arrived != ARRIVED_ALL)
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
		r->must_lead_private = true;
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
	/* Nothing was sent yet, so what broke after its head can become a clean error. */
	if (news.state == FLIGHT_FAILED)
		return fail_with(r, &news);
	if (!request_has_room(r, head))
		return refuse(r, FAILURE_TORN, "its head does not fit into limits.headers");
	return STEP_DELIVER;
}
