#include "proxy/upstream/fetch.h"

#include "base/clock.h"
#include "base/memory.h"
#include "cache/cache.h"
#include "proxy/upstream/fetch_internal.h"
#include "proxy/upstream/pool.h"

#include <stdlib.h>

#define LOG_MODULE "fetch"
#include "base/log.h"

/* Notifications from other threads. */
enum {
	NEWS_PASSED = 1, /* the transfer limit gave us a pass */
	NEWS_ROOM = 2,	 /* the flight has room again */
	NEWS_ABANDONED = 4,
};

static const struct transfer_callbacks callbacks;

static void post_news(struct fetch *f, unsigned news)
{
	atomic_fetch_or(&f->news, news);
	mailbox_post(f->worker->mailbox, &f->message);
}

static void on_room(struct producer *p)
{
	post_news(container_of(p, struct fetch, producer), NEWS_ROOM);
}

static void on_abandoned(struct producer *p)
{
	post_news(container_of(p, struct fetch, producer), NEWS_ABANDONED);
}

static void on_pass(struct transfer_limit_pass *pass)
{
	post_news(container_of(pass, struct fetch, pass), NEWS_PASSED);
}

static void fetch_destroy(struct fetch **f)
{
	struct fetch *gone = take(f);
	flight_produce(gone->flight, NULL);
	transfer_limit_leave(pool_upstream(gone->worker->pool)->limit, &gone->pass);
	mailbox_cancel(gone->worker->mailbox, &gone->message);
	list_remove(&gone->link);
	transfer_destroy(&gone->transfer);
	fetch_request_finish(&gone->request);
	storable_check_destroy(&gone->check);
	head_destroy(&gone->head);
	flight_unref(&gone->flight);
	free(gone->content_type);
	free(gone);
}

void fetch_expect(struct fetch *f, int64_t now_ms)
{
	const struct config *c = f->worker->config;
	f->deadline_ms =
	    now_ms + (f->begun ? c->upstream.idle_timeout_ms : c->upstream.head_timeout_ms);
}

void fetch_fail(struct fetch *f, enum failure why, const char *reason)
{
	if (f->check)
		metrics_failed(&f->worker->metrics, why);
	if (why != FAILURE_CANCELLED)
		fetch_request_log(&f->request, f->worker, why, flight_readers(f->flight), reason);
	cache_fail(f->worker->cache, f->flight, (int)why, reason);
	fetch_destroy(&f);
}

static void begin(struct fetch *f)
{
	fetch_expect(f, clock_ms());
	struct transfer_request request = fetch_request_transfer(&f->request, f->retried);
	request.callbacks = &callbacks;
	request.context = f;
	f->transfer = transfer_start(f->worker->pool, &request);
	if (!f->transfer)
		fetch_fail(f, FAILURE_NO_MEMORY, "the transfer could not be set up");
}

/* After TRANSFER_PAUSE. */
static void resume(struct fetch *f)
{
	f->paused = false;
	fetch_expect(f, clock_ms());
	transfer_resume(f->transfer);
}

static void on_news(struct message *message)
{
	struct fetch *f = container_of(message, struct fetch, message);
	unsigned news = atomic_exchange(&f->news, 0);
	if (news & NEWS_ABANDONED) {
		fetch_fail(f, FAILURE_CANCELLED, "no reader was left");
		return;
	}
	if (news & NEWS_ROOM && f->paused)
		resume(f);
	if (news & NEWS_PASSED && !f->transfer)
		begin(f);
}

/* ## From the transfer */

static long read_body(void *context, char *at, size_t room)
{
	struct fetch *f = context;
	/* While a server slowly receives a long body, its response is not late. */
	fetch_expect(f, clock_ms());
	struct request_body *body = f->request.body;
	long got = body ? request_body_get(body, at, room) : 0;
	return got == REQUEST_BODY_LATER    ? TRANSFER_BODY_LATER
	       : got == REQUEST_BODY_BROKEN ? TRANSFER_BODY_BROKEN
					    : got;
}

static void on_status(void *context, unsigned status)
{
	struct fetch *f = context;
	head_destroy(&f->head);
	f->head = head_create(status);
}

static bool on_field(void *context, struct slice name, struct slice value)
{
	struct fetch *f = context;
	return head_add(f->head, name, value);
}

/* Marks or unshares the flight as the head of the response requires, before any reader sees the
 * head. A response with a length is not a stream: readers hold it back until it is complete, as
 * they do with one that may be stored, so that a failure can still become a clean error. One that
 * is not 200 is unshared all the same, since it may be for some of the readers only. */
static void apply_head(struct fetch *f)
{
	enum verdict shareable =
	    f->heeds ? shareable_verdict(f->worker->headers, f->head) : VERDICT_FINE;
	if (f->check && shareable != VERDICT_FINE)
		storable_check_refuse(f->check, shareable);
	enum verdict why = f->check ? storable_check_refusal(f->check) : shareable;
	if (shareable != VERDICT_FINE)
		cache_hit_for_miss(f->worker->cache, f->flight, (int)why,
				   clock_ms() + FETCH_HIT_FOR_MISS_MS);
	else if (why != VERDICT_FINE && (f->head->status != 200 || f->head->content_length < 0))
		cache_unshare(f->worker->cache, f->flight, (int)why);
}

static void on_head(void *context)
{
	struct fetch *f = context;
	bool delimited = fields_delimit_body(&f->head->fields);
	head_complete(f->head);
	if (fetch_request_refuses(&f->request, f->head->status))
		return;
	struct slice type = head_content_type(f->head);
	f->content_type = memory_copy(type.at, type.len);
	if (f->check)
		storable_check_head(f->check, f->head, delimited);
	f->headed = true;
	f->head->asked = f->asked;
	apply_head(f);
	fetch_request_learn(&f->request, f->worker, f->head);
	flight_head(f->flight, take(&f->head), head_free);
}

/* A flight larger than cache.max_entry is neither stored nor joined, so the check ends. */
static void unshare(struct fetch *f)
{
	cache_unshare(f->worker->cache, f->flight, VERDICT_TOO_LARGE);
	f->outgrown = true;
	storable_check_destroy(&f->check);
}

static enum transfer_flow on_body(void *context, struct slice bytes)
{
	struct fetch *f = context;
	if (f->request.refused)
		return fetch_request_discard(&f->request, bytes.len) ? TRANSFER_GO : TRANSFER_STOP;
	if (storable_check_is_busy(f->check) || !flight_room(f->flight)) {
		f->paused = true;
		return TRANSFER_PAUSE;
	}
	bool outgrown = false;
	if (!flight_append(f->flight, bytes, &outgrown)) {
		f->failure = FAILURE_NO_MEMORY;
		return TRANSFER_STOP;
	}
	f->begun = true;
	fetch_expect(f, clock_ms());
	request_body_drop_sent(&f->request.body);
	if (outgrown)
		unshare(f);
	if (f->check)
		(void)storable_check_feed(f->check, bytes);
	return TRANSFER_GO;
}

/* Whether the answer may be stored. False: not known yet, since a helper is busy. */
static bool finish_check(struct fetch *f, enum verdict *ret_verdict)
{
	*ret_verdict = f->outgrown ? VERDICT_TOO_LARGE : VERDICT_ASKED_APART;
	if (f->check && storable_check_end(f->check, ret_verdict) == STORABLE_CHECK_BUSY)
		return false;
	if (*ret_verdict == VERDICT_FINE && f->ttl_ms == 0)
		*ret_verdict = VERDICT_TTL_ZERO;
	return true;
}

static void finish(struct fetch *f)
{
	enum verdict verdict;
	f->ended = true;
	if (!finish_check(f, &verdict))
		return;
	struct event_log *none = NULL, **log = f->check ? storable_check_log(f->check) : &none;
	if (verdict != VERDICT_FINE)
		event_log_destroy(log);
	struct cache_ending end = {
	    .content_type = f->content_type,
	    .log = log,
	    .reason_code = (int)verdict,
	    .outdated_code = VERDICT_OUTDATED,
	    .full_code = VERDICT_NO_ROOM,
	    .ttl_ms = f->ttl_ms,
	    .token_usage =
		f->check ? storable_check_token_usage(f->check) : (struct token_usage){-1, -1},
	    .id = f->check ? storable_check_id(f->check) : 0,
	    .begun_ms = f->begun_ms,
	    .now_ms = clock_ms(),
	};
	if (f->refreshes && *log) {
		end.reason_code = VERDICT_FINE;
		cache_store(f->worker->cache, &f->refresh, f->form, &end);
	}
	cache_finish(f->worker->cache, f->flight, &end);
	metrics_answer(&f->worker->metrics, (enum verdict)end.reason_code);
	fetch_destroy(&f);
}

static enum failure failure_of(const struct fetch *f, enum transfer_outcome outcome)
{
	if (f->failure)
		return f->failure;
	if (outcome == TRANSFER_UNREACHABLE)
		return FAILURE_UNREACHABLE;
	if (outcome == TRANSFER_SLOW_CONNECT)
		return FAILURE_CONNECT_TIMEOUT;
	return outcome == TRANSFER_NO_MEMORY ? FAILURE_NO_MEMORY : FAILURE_TORN;
}

/* The upstream refused the body as we edited it: sends the client's own body, so that the response
 * comes in the wire form that the client asked for. */
static void resend_unedited(struct fetch *f)
{
	transfer_destroy(&f->transfer);
	f->form = f->unedited_form;
	cache_reform(f->worker->cache, f->flight, f->form, VERDICT_ASKED_APART);
	if (fetch_request_undo(&f->request))
		begin(f);
	else
		fetch_fail(f, FAILURE_NO_MEMORY, "no memory for the client's own body");
}

static void on_end(void *context, enum transfer_outcome outcome, const char *reason)
{
	struct fetch *f = context;
	struct request_body *body = f->request.body;
	if (f->request.refused) {
		resend_unedited(f);
		return;
	}
	if (outcome == TRANSFER_STALE && !f->retried && !(body && body->piped)) {
		f->retried = true;
		transfer_destroy(&f->transfer);
		if (body)
			request_body_rewind(body);
		begin(f);
		return;
	}
	/* libcurl 7.88 continues if a callback fails while it passes on what was paused. */
	if (outcome == TRANSFER_FINE && f->headed && f->failure == FAILURE_NONE) {
		finish(f);
		return;
	}
	fetch_fail(f, failure_of(f, outcome), reason);
}

static const struct transfer_callbacks callbacks = {
    .read_body = read_body,
    .on_status = on_status,
    .on_field = on_field,
    .on_head = on_head,
    .on_body = on_body,
    .on_end = on_end,
};

/* ## From the request */

static void on_request_bytes(void *context)
{
	struct fetch *f = context;
	if (f->transfer)
		transfer_resume(f->transfer);
}

static void on_checked(void *context)
{
	struct fetch *f = context;
	if (f->ended)
		finish(f);
	else if (f->paused)
		resume(f);
}

static struct fetch *take_order(struct context *worker, const struct fetch_order *order)
{
	struct fetch *f = memory_new(struct fetch);
	f->worker = worker;
	f->flight = flight_ref(order->flight);
	fetch_request_take(&f->request, order);
	f->unedited_form = order->unedited_form;
	f->ttl_ms = order->ttl_ms;
	f->heeds = order->heeds;
	f->asked = order->asked;
	if (order->storable) {
		f->form = order->storable->form;
		f->check = storable_check_create(worker, order->storable, on_checked, f);
	}
	f->refreshes = order->refresh != NULL;
	if (f->refreshes)
		f->refresh = *order->refresh;
	if (order->body) {
		order->body->on_bytes = on_request_bytes;
		order->body->bytes_context = f;
	}
	return f;
}

void fetch_start(struct context *worker, const struct fetch_order *order)
{
	struct fetch *f = take_order(worker, order);
	f->begun_ms = clock_ms();
	fetch_expect(f, f->begun_ms);
	message_init(&f->message, on_news);
	transfer_limit_pass_init(&f->pass, on_pass);
	list_append(&worker->fetches, &f->link);
	f->producer = (struct producer){.on_room = on_room, .on_abandoned = on_abandoned};
	flight_produce(f->flight, &f->producer);
	if (transfer_limit_enter(pool_upstream(worker->pool)->limit, &f->pass))
		begin(f);
}

void fetch_fail_all(struct context *worker, enum failure why)
{
	while (!list_empty(&worker->fetches))
		fetch_fail(container_of(worker->fetches.next, struct fetch, link), why,
			   "the process ends");
}
