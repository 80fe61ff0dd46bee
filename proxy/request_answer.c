#include "proxy/request_steps.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "proxy/answer_fields.h"
#include "proxy/batch.h"
#include "proxy/openai/error.h"
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

static bool is_retold_by_and_by(const struct request *r)
{
	return r->entry->form != WIRE_PLAIN &&
	       event_log_decoded_bytes(r->entry->log) > REPLAYED_AT_ONCE;
}

static struct answer *answer_of_replay(struct request *r)
{
	return is_retold_by_and_by(r) ? replay_by_and_by(r) : replay_at_once(r);
}

/* What a hit takes beside its entry until the client has taken it. Told in another way it is there
 * twice for a moment. */
static size_t hit_bytes(const struct request *r)
{
	if (!request_retells(r))
		return answer_of_entry_bytes(r->entry);
	return is_retold_by_and_by(r) ? RETELLING_BYTES + (size_t)ANSWER_BLOCK
				      : 2 * event_log_decoded_bytes(r->entry->log);
}

enum step request_give_entry(struct request *r)
{
	return request_take(r, hit_bytes(r)) ? STEP_DELIVER : request_refuse_memory(r);
}

bool request_take(struct request *r, size_t bytes)
{
	if (!allowance_take(&r->kit->allowance, bytes, BUDGET_WHOLE))
		return false;
	r->held_bytes += bytes;
	return true;
}

enum step request_refuse_memory(struct request *r)
{
	budget_refused(r->kit->allowance.budget);
	return refuse(r, FAILURE_MEMORY_LIMIT, NULL);
}

void request_hold(struct request *r, size_t bytes)
{
	allowance_force(&r->kit->allowance, bytes);
	r->held_bytes += bytes;
}

static struct answer *answer_of_hit(struct request *r)
{
	if (request_retells(r))
		return answer_of_replay(r);
	r->bytes_out = event_log_decoded_bytes(r->entry->log);
	return answer_of_entry(r->entry);
}

static enum step deliver_entry(struct request *r)
{
	struct answer *a = answer_of_hit(r);
	if (!a)
		return STEP_DROP;
	r->first_us = clock_us();
	answer_field(a, slice_of("Content-Type"), slice_of(r->entry->content_type));
	answer_own_fields(a, r, FATE_UNKNOWN, clock_ms());
	return request_send_off(r, 200, &a);
}

/* The stream was asked for its usage, and this client did not want to know. */
static bool tells_too_much(const struct request *r)
{
	bool tells = r->edited ||
		     (r->part == PART_JOIN && flight_form(r->reader.flight) == WIRE_STREAM_USAGE);
	return tells && r->streamed && r->ask.form == WIRE_STREAM;
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
	request_hold(r, ANSWER_BLOCK);
	r->follow = follow_make(&r->reader, tells_too_much(r), r->kit->config->cache.max_entry);
	return answer_of_stream(&r->reply, r->follow.filter ? -1 : size, pull, r);
}

/* A plain answer is whole by now, a stream has only begun. */
static enum verdict fate_of(const struct flight_news *news)
{
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
		return STEP_DROP;
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
