#include "proxy/request/request.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/header/cors_fields.h"
#include "proxy/http/early_error.h"
#include "proxy/request/api_keys.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/request/request_steps.h"

#include <stdlib.h>

#define LOG_MODULE "request"
#include "base/log.h"

/* Whether its client does not read, and was torn off since it kept other readers waiting. */
static bool is_torn_off(struct request *r)
{
	return r->step == STEP_DELIVER && !r->http.connection->asleep && flight_is_torn(&r->reader);
}

static void on_message(struct message *message)
{
	struct request *r = container_of(message, struct request, message);
	if (is_torn_off(r)) {
		r->flight_body.torn = r->flight_body.lagged = true;
		connection_cut(r->http.connection);
	}
	connection_wake(r->http.connection);
}

static void on_memory(struct memory_wait *w)
{
	struct request *r = container_of(w, struct request, memory);
	connection_wake(r->http.connection);
}

/* In any thread, with the flight locked. */
static void on_wake(struct reader *reader)
{
	struct request *r = container_of(reader, struct request, reader);
	mailbox_post(r->worker->mailbox, &r->message);
}

static struct request *request_of(struct http_request *http)
{
	return container_of(http, struct request, http);
}

static struct http_request *create(struct context *worker, struct connection *connection,
				   const char *target)
{
	/* Does not zero the array of fields: it has 4 KiB, which would matter for hits. */
	struct request *r = take(&worker->spare_request);
	if (!r)
		r = malloc(sizeof *r);
	ensure(r != NULL);
	memset(r, 0, offsetof(struct request, http.fields.at));
	r->worker = worker;
	r->http.connection = connection;
	r->target = memory_text(target);
	r->begun_us = clock_us();
	r->reader.wake = on_wake;
	message_init(&r->message, on_message);
	memory_wait_init(&r->memory, worker->config->limits.body_time_ms, on_memory);
	list_append(&worker->requests, &r->link);
	return &r->http;
}

/* ## The runner */

static void move(struct request *r, enum step next)
{
	log_debug("request=%p %s -> %s", (void *)r, step_rows[r->step].name, step_rows[next].name);
	ensure(step_rows[r->step].may_follow & (1u << next));
	r->step = next;
}

static bool step(struct request *r)
{
	for (;;) {
		enum step next = step_rows[r->step].act(r);
		if (next == STEP_WAIT)
			return true;
		if (next == STEP_DROP)
			return false;
		move(r, next);
	}
}

static bool begin(struct http_request *http)
{
	struct request *r = request_of(http);
	r->arrived = ARRIVED_HEAD;
	return step(r);
}

static bool run(struct http_request *http)
{
	struct request *r = request_of(http);
	r->arrived = ARRIVED_ALL;
	if (r->gone)
		return false;
	if (r->body)
		request_body_end(r->body, false);
	return step(r);
}

/* ## The body */

static void cut(struct http_request *http, enum failure failure)
{
	struct request *r = request_of(http);
	if (r->failure == FAILURE_NONE)
		r->failure = failure;
	request_body_end(r->body, true);
	r->status = failure_row(r->failure)->status;
	r->first_us = clock_us();
	struct cors_grant grant = cors_fields_for_error(r->worker->cors, &r->cors);
	r->bytes_out = early_error_write(r->http.connection->fd, endpoint_error_shape(r->path),
					 r->failure, &grant, !slice_is(r->http.method, "HEAD"));
	r->gone = true;
}

static long refuse_body(struct request *r, enum failure failure)
{
	cut(&r->http, failure);
	return -1;
}

/* Waits until memory was given back, but at most limits.body_time. */
static long wait_for_memory(struct request *r)
{
	struct context *worker = r->worker;
	if (r->memory.over) {
		budget_refused(worker->quota.budget);
		return refuse_body(r, FAILURE_MEMORY_LIMIT);
	}
	/* The body that may go ahead waits for any memory, and not behind those that wait for it
	 * to end. */
	bool ahead = budget_is_ahead(worker->quota.budget, r->body);
	memory_quota_wait(&worker->quota, &r->memory,
			  ahead ? BUDGET_WHOLE : request_body_reach(r->body), clock_ms());
	return connection_sleep(r->http.connection) ? 0 : -1;
}

/* Whether a body that needs more memory has to queue behind others that wait for some; not if it is
 * the one that may go ahead. */
static bool has_to_queue(const struct request *r, size_t len)
{
	const struct request_body *b = r->body;
	const struct memory_quota *q = &r->worker->quota;
	return len > b->held.limit - b->held.len &&
	       memory_quota_has_queue(q, &r->memory, request_body_reach(b)) &&
	       !budget_is_ahead(q->budget, b);
}

static size_t put(struct request *r, const char *at, size_t len)
{
	struct memory_quota *q = &r->worker->quota;
	if (has_to_queue(r, len)) {
		r->body->no_memory = true;
		return 0;
	}
	size_t taken = request_body_put(r->body, at, len);
	if (!r->body->no_memory)
		memory_quota_leave(q, &r->memory, clock_ms());
	return taken;
}

static long body(struct http_request *http, const char *at, size_t len)
{
	struct request *r = request_of(http);
	r->arrived = ARRIVED_PART;
	if (r->gone)
		return -1;
	bool fits = r->http.received + len <= r->worker->config->limits.body;
	bool wanted = fits && r->failure == FAILURE_NONE;
	size_t taken = wanted ? put(r, at, len) : len;
	r->http.received += taken;
	if (!fits)
		return refuse_body(r, FAILURE_BODY_TOO_LARGE);
	if (taken == len)
		return (long)taken;
	if (r->body->no_memory)
		return wait_for_memory(r);
	if (!r->body->piped)
		return refuse_body(r, FAILURE_NO_MEMORY);
	return connection_sleep(r->http.connection) ? (long)taken : -1;
}

static void drop(struct request *r)
{
	r->gone = true;
	connection_wake(r->http.connection);
}

static bool awaits_body(const struct http_request *http)
{
	const struct request *r = container_of(http, const struct request, http);
	return r->body && !r->status;
}

static void spoil(struct http_request *http, enum failure failure, const char *why)
{
	request_spoil(request_of(http), failure, why);
}

static void hangup(struct http_request *http)
{
	if (http->connection->asleep)
		drop(request_of(http));
}

/* ## Clients whose stream has ended */

enum { EARLY_MS = 1000 };

/* Whether the client's stream ended with the request or shortly after it: then it shut down its
 * sending side. A client that gives up closes later. */
static bool ended_early(const struct request *r, int64_t ended_ms)
{
	int64_t asked_us = r->slept_us ? r->slept_us : r->begun_us;
	return ended_ms <= asked_us / 1000 + EARLY_MS;
}

static void probe(struct http_request *http, int64_t ended_ms)
{
	struct request *r = request_of(http);
	/* While awake, a write will show whether the client is gone. While a part of the body is
	 * unread, the server reads that first. */
	if (!r->http.connection->asleep || r->arrived == ARRIVED_PART)
		return;
	bool possible = !slice_is(r->http.version, "HTTP/1.0") &&
			connection_probe(r->http.connection, r->status != 0);
	if (!possible && !ended_early(r, ended_ms))
		drop(r);
}

/* ## The end */

static int64_t span(int64_t from_us, int64_t to_us)
{
	return from_us && to_us ? to_us - from_us : -1;
}

/* Whether the client did not get the whole response through its own fault. */
static bool is_lost(const struct request *r, enum delivery delivery)
{
	return delivery != DELIVERED && !r->flight_body.torn && !r->dropped &&
	       r->failure == FAILURE_NONE;
}

static const char *outcome(const struct request *r, enum delivery delivery)
{
	if (r->flight_body.lagged)
		return "lagged";
	if (r->flight_body.torn)
		return "torn";
	if (r->failure != FAILURE_NONE)
		return failure_row(r->failure)->code;
	if (r->dropped && delivery != DELIVERED)
		return failure_row(FAILURE_SHUTDOWN)->code;
	if (is_lost(r, delivery))
		return delivery == UNREAD ? "unread" : "aborted";
	return verdict_text(r->verdict);
}

static void write_access(struct request *r, enum delivery delivery)
{
	struct access a = {
	    .method = r->http.method,
	    .path = r->path.at ? r->path : slice_of(r->target),
	    .status = delivery == DELIVERED || r->first_us ? r->status : 0,
	    .cache = cache_status_name(r->cache_status),
	    .endpoint = r->endpoint ? r->endpoint->name : "-",
	    .verdict = outcome(r, delivery),
	    .tenant = r->tenant,
	    .bytes_in = r->http.received,
	    .bytes_out = r->bytes_out,
	    .first_us = span(r->begun_us, r->first_us),
	    .total_us = span(r->begun_us, clock_us()),
	    .upstream_us = span(r->opened_us, r->headed_us),
	};
	access_log_add(&r->worker->access, &a);
}

static void count(struct request *r, enum delivery delivery)
{
	struct metrics *m = &r->worker->metrics;
	metrics_request(m, r->endpoint, r->cache_status);
	metrics_failure(m, r->failure);
	if (r->flight_body.torn)
		metrics_torn(m);
	if (is_lost(r, delivery))
		metrics_aborted(m);
	if (r->cache_status == CACHE_STATUS_HIT)
		metrics_saved(m, r->entry ? &r->entry->token_usage : &r->saved);
}

/* Sets the verdict for the log: what became of the answer if the request led or joined a flight,
 * or if it asked for a fresh answer that was not stored. */
static void note_verdict(struct request *r)
{
	bool fresh = r->verdict == VERDICT_REQUEST_NO_CACHE;
	bool shared = r->cache_status == CACHE_STATUS_MISS || r->cache_status == CACHE_STATUS_JOIN;
	if (!r->reader.flight || (!shared && !fresh))
		return;
	struct flight_news news = flight_look(&r->reader, AWAITS_END);
	if (news.state == FLIGHT_DONE && !(fresh && news.stored))
		r->verdict = (enum verdict)news.reason_code;
	else if (news.state == FLIGHT_FAILED)
		r->verdict = VERDICT_UPSTREAM_FAILED;
}

static void finish(struct http_request *http, enum delivery delivery)
{
	struct request *r = request_of(http);
	struct context *worker = r->worker;
	if (r->step == STEP_DELIVER || r->step == STEP_REFUSE)
		move(r, STEP_FINISH);
	note_verdict(r);
	api_key_leave(r->key);
	request_identify_leave(r);
	request_convert_leave(r);
	request_rewrite_leave(r);
	batch_destroy(&r->batch);
	cache_leave(worker->cache, &r->reader, clock_ms());
	mailbox_cancel(worker->mailbox, &r->message);
	memory_quota_leave(&worker->quota, &r->memory, 0);
	memory_quota_give(&worker->quota, r->held_bytes);
	if (r->body) {
		r->body->on_room = NULL;
		request_body_end(r->body, true);
	}
	request_body_unref(&r->body);
	request_decode_leave(r);
	if (r->http.method.at) {
		count(r, delivery);
		write_access(r, delivery);
	}
	flight_body_finish(&r->flight_body);
	replay_stream_finish(&r->replay_stream);
	entry_unref(&r->entry);
	list_remove(&r->link);
	free(r->target);
	free(r->authority);
	if (worker->spare_request)
		free(r);
	else
		worker->spare_request = r;
}

const struct http_handler request_handler = {
    .create = create,
    .begin = begin,
    .spoil = spoil,
    .body = body,
    .awaits_body = awaits_body,
    .run = run,
    .cut = cut,
    .hangup = hangup,
    .probe = probe,
    .finish = finish,
};

void request_drop_all(struct context *worker)
{
	list_each (link, &worker->requests) {
		struct request *r = container_of(link, struct request, link);
		r->dropped = true;
		drop(r);
	}
}
