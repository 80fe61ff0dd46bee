#include "proxy/request_steps.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "proxy/answer_fields.h"
#include "proxy/batch.h"
#include "proxy/openai/error.h"
#include "proxy/openai/media_type.h"
#include "proxy/openai/replay.h"

#include <stdio.h>
#include <sys/random.h>

/* An error's JSON: a message of 1 KiB, every byte of it escaped at the worst. */
enum { ERROR_BODY = 8 << 10 };

/* How much longer an answer may get by fresh ids; and up to where a hit with one is made in one go,
 * and tells its length. */
enum { REPLAY_TIMES = 32, REPLAYED_AT_ONCE = 256 << 10 };

/* ## DELIVER */

static long pull(void *context, char *at, size_t room)
{
	struct request *r = context;
	if (r->gone)
		return PULL_TORN;
	long got = follow_pull(&r->follow, at, room);
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

enum step request_send_off(struct request *r, unsigned status, struct answer **a)
{
	r->status = status;
	return reply_send(&r->reply, status, a) ? STEP_WAIT : STEP_DROP;
}

/* Letters and digits, as ids have them. */
static void draw_id(char *at, size_t len)
{
	static const char signs[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	ensure(getrandom(at, len, 0) == (ssize_t)len);
	for (size_t i = 0; i < len; i++)
		at[i] = signs[(unsigned char)at[i] % (sizeof signs - 1)];
}

bool request_retells(const struct request *r)
{
	const struct config *c = r->kit->config;
	return r->part == PART_HIT &&
	       (c->replay.usage != CONFIG_USAGE_ORIGINAL || c->replay.ids != CONFIG_IDS_ORIGINAL);
}

/* What replay.usage and replay.ids want. The id is drawn into `id`. */
static struct replay_options replay_options_of(const struct request *r, char id[RETELLING_ID])
{
	const struct config *c = r->kit->config;
	draw_id(id, RETELLING_ID);
	return (struct replay_options){
	    .zero_usage = c->replay.usage == CONFIG_USAGE_ZERO,
	    .fresh_id = c->replay.ids == CONFIG_IDS_FRESH,
	    .id = slice_make(id, RETELLING_ID),
	    .created = clock_wall_ms() / 1000,
	};
}

bool request_retell(const struct request *r, enum wire_form form, struct slice answer,
		    struct buf *out)
{
	char id[RETELLING_ID];
	struct replay_options options = replay_options_of(r, id);
	return replay(form, answer, &options, out);
}

static struct answer *replay_at_once(struct request *r)
{
	size_t len = event_log_decoded_bytes(r->entry->log);
	scoped(buf_finish) struct buf stored = buf_make(len);
	scoped(buf_finish) struct buf told = buf_make(REPLAY_TIMES * len + RETELLING_ID);
	if (!buf_reserve(&stored, len))
		return NULL;
	event_log_decode(r->entry->log, stored.at);
	if (!request_retell(r, r->entry->form, slice_make(stored.at, len), &told))
		return NULL;
	r->bytes_out = told.len;
	size_t told_len = told.len;
	return answer_of_bytes(buf_take(&told), told_len);
}

static long pull_retelling(void *context, char *at, size_t room)
{
	struct request *r = context;
	if (r->gone)
		return PULL_TORN;
	long got = retelling_pull(&r->retelling, at, room);
	if (got > 0)
		r->bytes_out += (uint64_t)got;
	r->follow.torn = got == PULL_TORN;
	return got;
}

static struct answer *replay_by_and_by(struct request *r)
{
	char id[RETELLING_ID];
	struct replay_options options = replay_options_of(r, id);
	if (!retelling_begin(&r->retelling, r->entry, &options))
		return NULL;
	return answer_of_stream(&r->reply, -1, pull_retelling, r);
}

static struct answer *answer_of_replay(struct request *r)
{
	bool large = r->entry->form != WIRE_PLAIN &&
		     event_log_decoded_bytes(r->entry->log) > REPLAYED_AT_ONCE;
	return large ? replay_by_and_by(r) : replay_at_once(r);
}

/* What is no JSON says nothing of itself. */
static bool is_retold(const struct request *r)
{
	bool json = r->entry->form != WIRE_PLAIN ||
		    media_type_is(slice_of(r->entry->content_type), "application/json");
	return json && request_retells(r);
}

static struct answer *answer_of_hit(struct request *r)
{
	if (is_retold(r))
		return answer_of_replay(r);
	r->bytes_out = event_log_decoded_bytes(r->entry->log);
	return answer_of_entry(r->entry);
}

static enum step deliver_entry(struct request *r)
{
	struct answer *a = answer_of_hit(r);
	if (!a)
		return drop_for_memory(r);
	r->first_us = clock_us();
	r->unbuffered = r->entry->form != WIRE_PLAIN;
	answer_field(a, slice_of("Content-Type"), slice_of(r->entry->content_type));
	answer_own_fields(a, r, FATE_UNKNOWN, clock_ms());
	return request_send_off(r, 200, &a);
}

/* The stream was asked for its usage, and this client did not want to know. */
static bool tells_too_much(const struct request *r, const struct head *head)
{
	bool tells = (r->edited && !head->unedited) ||
		     (r->part == PART_JOIN && flight_form(r->reader.flight) == WIRE_STREAM_USAGE);
	return tells && r->streamed && r->ask.form == WIRE_STREAM;
}

/* It comes bit by bit, whatever it says it is; or it did, and is there by now. */
static bool is_stream(const struct request *r, const struct head *head)
{
	static const char *const types[] = {"application/x-ndjson", "application/ndjson",
					    "application/jsonl", "application/stream+json"};
	struct slice type = fields_first(&head->fields, slice_of("Content-Type"));
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (media_type_is(type, types[i]))
			return true;
	return r->ask.form != WIRE_PLAIN && head->status == 200 && head->content_length < 0;
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
	r->follow =
	    follow_make(&r->reader, tells_too_much(r, head), r->kit->config->cache.max_entry);
	r->unbuffered = r->streamed || size < 0 || is_stream(r, head);
	return answer_of_stream(&r->reply, r->follow.filter ? -1 : size, pull, r);
}

/* A plain answer is whole by now. A stream has only begun; but what is parted will not be stored.
 */
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
	struct answer *a = answer_of_flight(r, &news);
	if (!a)
		return drop_for_memory(r);
	answer_head_fields(a, r, head);
	answer_own_fields(a, r, fate_of(&news), clock_ms());
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
	answer_own_fields(a, r, FATE_UNKNOWN, clock_ms());
	return request_send_off(r, failure_row(r->failure)->status, &a);
}
