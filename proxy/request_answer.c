#include "proxy/request_steps.h"

#include "base/clock.h"
#include "proxy/answer_fields.h"
#include "proxy/batch.h"
#include "proxy/openai/error.h"

#include <stdio.h>

/* An error's JSON: a message of 1 KiB, every byte of it escaped at the worst. */
enum { ERROR_BODY = 8 << 10 };

/* ## DELIVER */

static long pull(void *context, char *at, size_t room)
{
	struct request *r = context;
	if (r->gone)
		return PULL_TORN;
	size_t got = flight_copy(&r->reader, at, room);
	if (got == 0) {
		struct flight_news news = flight_look(&r->reader, AWAITS_BYTES);
		if (!news.arrived)
			return PULL_LATER;
		got = flight_copy(&r->reader, at, room);
		r->torn = got == 0 && news.state == FLIGHT_FAILED;
		if (got == 0)
			return r->torn ? PULL_TORN : PULL_END;
	}
	r->bytes_out += got;
	if (!r->first_us)
		r->first_us = clock_us();
	return (long)got;
}

static bool has_no_body(unsigned status)
{
	return status == 204 || status == 304;
}

enum step request_send_off(struct request *r, unsigned status, struct answer **a)
{
	r->status = status;
	return reply_send(&r->reply, status, a) ? STEP_WAIT : STEP_DROP;
}

static enum step deliver_entry(struct request *r)
{
	struct answer *a = answer_of_entry(r->entry);
	if (!a)
		return STEP_DROP;
	r->bytes_out = event_log_decoded_bytes(r->entry->log);
	r->first_us = clock_us();
	answer_field(a, slice_of("Content-Type"), slice_of(r->entry->content_type));
	answer_own_fields(a, r, false, clock_ms());
	return request_send_off(r, 200, &a);
}

static struct answer *answer_of_flight(struct request *r, const struct flight_news *news)
{
	const struct head *head = news->head;
	if (slice_is(r->method, "HEAD"))
		return answer_of_nothing(head->content_length);
	if (has_no_body(head->status))
		return answer_of_bytes(NULL, 0);
	bool whole = news->state == FLIGHT_DONE && !r->streamed;
	int64_t size = whole ? (int64_t)news->total : head->content_length;
	return answer_of_stream(&r->reply, size, pull, r);
}

static enum step deliver_flight(struct request *r)
{
	struct flight_news news = flight_look(&r->reader, AWAITS_HEAD);
	const struct head *head = news.head;
	struct answer *a = answer_of_flight(r, &news);
	if (!a)
		return STEP_DROP;
	answer_head_fields(a, r, head);
	answer_own_fields(a, r, news.stored, clock_ms());
	return request_send_off(r, head->status, &a);
}

enum step step_deliver(struct request *r)
{
	if (r->batch)
		return batch_deliver(r);
	return r->entry ? deliver_entry(r) : deliver_flight(r);
}

/* ## REFUSE: an error of our own, in the endpoint's shape */

static bool error_text(struct request *r, struct buf *out)
{
	const struct failure_row *row = failure_row(r->failure);
	char message[1024];
	snprintf(message, sizeof message, "%s%s%s", row->sentence, r->particulars ? ": " : ".",
		 r->particulars ? r->particulars : "");
	return error_body(endpoint_error_shape(r->path), row->status, row->type, row->code, message,
			  out);
}

enum step step_refuse(struct request *r)
{
	if (r->intake == INTAKE_BODY)
		return STEP_WAIT;
	scoped(buf_finish) struct buf body = buf_make(ERROR_BODY);
	if (!error_text(r, &body))
		return STEP_DROP;
	r->bytes_out = body.len;
	r->first_us = clock_us();
	size_t len = body.len;
	struct answer *a = answer_of_bytes(buf_take(&body), len);
	if (!a)
		return STEP_DROP;
	answer_field(a, slice_of("Content-Type"), slice_of("application/json"));
	answer_own_fields(a, r, false, clock_ms());
	return request_send_off(r, failure_row(r->failure)->status, &a);
}
