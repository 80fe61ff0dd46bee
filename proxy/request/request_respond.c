/* DELIVER and REFUSE: build the response and queue it. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "proxy/openai/error.h"
#include "proxy/openai/media_type.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/request/response_fields.h"

#include <stdio.h>

/* Maximum size of an error's JSON: a message of 1 KiB with each byte escaped. */
enum { ERROR_BODY = 8 << 10 };

/* ## DELIVER */

static long pull(void *context, char *at, size_t room)
{
	struct request *r = context;
	if (r->gone)
		return PULL_TORN;
	long got = flight_body_pull(&r->flight_body, at, room);
	if (got <= 0)
		return got;
	r->bytes_out += (uint64_t)got;
	if (!r->first_us)
		r->first_us = clock_us();
	return got;
}

static bool has_no_body(unsigned status)
{
	return status == 204 || status == 304;
}

static struct response *response_of_hit(struct request *r)
{
	r->bytes_out = event_log_decoded_bytes(r->entry->log);
	return response_of_entry(r->entry);
}

static enum step deliver_entry(struct request *r)
{
	bool rewritten = request_is_rewritten(r);
	if (rewritten && request_rewrite_later(r))
		return connection_sleep(r->http.connection) ? STEP_WAIT : STEP_DROP;
	struct response *response = rewritten ? request_rewritten(r) : response_of_hit(r);
	if (!response)
		return request_refuse_memory(r);
	r->first_us = clock_us();
	r->unbuffered = r->entry->form != WIRE_PLAIN;
	response_field(response, slice_of("Content-Type"), slice_of(r->entry->content_type));
	response_fields_add_own(response, r, FATE_UNKNOWN, clock_ms());
	return request_send(r, 200, &response);
}

/* Whether the stream contains a token usage that this client did not ask for. */
static bool has_extra_usage(const struct request *r, const struct head *head)
{
	bool has_usage =
	    (r->edited && !head->unedited) || (r->cache_status == CACHE_STATUS_JOIN &&
					       flight_form(r->reader.flight) == WIRE_STREAM_USAGE);
	return has_usage && r->streamed && r->parsed.form == WIRE_STREAM;
}

/* Whether the response is a stream of another type than an event stream, or the client asked for a
 * stream and its length is unknown. */
static bool is_other_stream(const struct request *r, const struct head *head)
{
	static const char *const types[] = {"application/x-ndjson", "application/ndjson",
					    "application/jsonl", "application/stream+json"};
	struct slice type = fields_first(&head->fields, slice_of("Content-Type"));
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (media_type_is(type, types[i]))
			return true;
	return r->parsed.form != WIRE_PLAIN && head->status == 200 && head->content_length < 0;
}

/* Sets the memory taken for events that wait in the usage filter. */
static bool set_waiting_memory(struct flight_body *f, size_t bytes)
{
	struct request *r = container_of(f, struct request, flight_body);
	if (bytes > f->taken_memory && !request_take_memory(r, bytes - f->taken_memory))
		return false;
	if (bytes < f->taken_memory) {
		memory_quota_give(&r->worker->quota, f->taken_memory - bytes);
		r->held_bytes -= f->taken_memory - bytes;
	}
	f->taken_memory = bytes;
	return true;
}

static struct response *response_of_flight(struct request *r, const struct flight_news *news)
{
	const struct head *head = news->head;
	if (slice_is(r->http.method, "HEAD"))
		return response_of_nothing(head->content_length);
	if (has_no_body(head->status))
		return response_of_bytes(NULL, 0);
	bool whole = news->state == FLIGHT_DONE && !r->streamed;
	int64_t size = whole ? (int64_t)news->total : head->content_length;
	request_force_memory(r, RESPONSE_BLOCK);
	r->flight_body = flight_body_make(&r->reader, has_extra_usage(r, head),
					  r->worker->config->cache.max_entry);
	r->flight_body.take_memory = set_waiting_memory;
	r->unbuffered = r->streamed || size < 0 || is_other_stream(r, head);
	return response_of_stream(r->http.connection, r->flight_body.filter ? -1 : size, pull, r);
}

/* A plain answer is complete by now. A stream has only begun; but if its flight was unshared, there
 * is a reason why it will not be stored. */
static enum verdict fate_of(const struct flight_news *news)
{
	if (news->state == FLIGHT_HEAD && news->reason_code)
		return (enum verdict)news->reason_code;
	if (news->state != FLIGHT_DONE)
		return FATE_UNKNOWN;
	return news->stored ? FATE_STORED : (enum verdict)news->reason_code;
}

static enum step deliver_flight(struct request *r)
{
	struct flight_news news = flight_look(&r->reader, AWAITS_HEAD);
	const struct head *head = news.head;
	struct response *response = response_of_flight(r, &news);
	if (!response)
		return drop_for_memory(r);
	response_fields_add_head(response, r, head);
	response_fields_add_own(response, r, fate_of(&news), clock_ms());
	return request_send(r, head->status, &response);
}

/* Drops the reference to the body, since this request will not be sent again. */
static void release_body(struct request *r)
{
	if (!r->body || r->body->piped || r->arrived != ARRIVED_ALL)
		return;
	r->body->on_room = NULL;
	request_body_unref(&r->body);
}

enum step step_deliver(struct request *r)
{
	if (r->batch)
		return batch_deliver(r);
	release_body(r);
	return r->entry ? deliver_entry(r) : deliver_flight(r);
}

/* ## REFUSE: an error of our own, in the endpoint's shape */

static bool write_error(struct request *r, struct buf *out)
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
	if (r->arrived == ARRIVED_PART)
		return STEP_WAIT;
	scoped(buf_finish) struct buf body = buf_make(ERROR_BODY);
	if (!write_error(r, &body))
		return STEP_DROP;
	r->bytes_out = body.len;
	r->first_us = clock_us();
	size_t len = body.len;
	struct response *response = response_of_bytes(buf_take(&body), len);
	if (!response)
		return STEP_DROP;
	response_field(response, slice_of("Content-Type"), slice_of("application/json"));
	response_fields_add_own(response, r, FATE_UNKNOWN, clock_ms());
	return request_send(r, failure_row(r->failure)->status, &response);
}
