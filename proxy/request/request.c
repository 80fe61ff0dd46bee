#include "proxy/request/request.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/request/api_keys.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/header/cors_fields.h"
#include "proxy/http/early_error.h"
#include "proxy/request/request_steps.h"

#include <stdlib.h>

#define LOG_MODULE "request"
#include "base/log.h"

/* Its client does not read, and others have waited for it long enough. */
static bool is_torn_off(struct request *r)
{
	return r->step == STEP_DELIVER && !r->http.client->asleep && flight_is_torn(&r->reader);
}

static void on_letter(struct letter *letter)
{
	struct request *r = container_of(letter, struct request, letter);
	if (is_torn_off(r)) {
		r->follow.torn = r->follow.lagged = true;
		client_cut(r->http.client);
	}
	client_wake(r->http.client);
}

static void on_memory(struct memory_wait *w)
{
	struct request *r = container_of(w, struct request, memory);
	client_wake(r->http.client);
}

/* Any thread, the flight locked. */
static void on_wake(struct reader *reader)
{
	struct request *r = container_of(reader, struct request, reader);
	mailbox_post(r->kit->mailbox, &r->letter);
}

static struct request *request_of(struct http_request *http)
{
	return container_of(http, struct request, http);
}

static struct http_request *create(struct kit *kit, struct client *client, const char *target)
{
	/* Only as much as has to be is zeroed: the fields are 4 KiB, and hits are quick. */
	struct request *r = malloc(sizeof *r);
	ensure(r != NULL);
	memset(r, 0, offsetof(struct request, http.fields.at));
	r->kit = kit;
	r->http.client = client;
	r->target = memory_text(target);
	r->begun_us = clock_us();
	r->reader.wake = on_wake;
	letter_init(&r->letter, on_letter);
	memory_wait_init(&r->memory, kit->config->limits.body_time_ms, on_memory);
	list_append(&kit->requests, &r->link);
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
	r->intake = INTAKE_HEAD;
	return step(r);
}

static bool run(struct http_request *http)
{
	struct request *r = request_of(http);
	r->intake = INTAKE_WHOLE;
	if (r->gone)
		return false;
	if (r->upload)
		upload_end(r->upload, false);
	return step(r);
}

/* ## The body */

static void cut(struct http_request *http, enum failure failure)
{
	struct request *r = request_of(http);
	if (r->failure == FAILURE_NONE)
		r->failure = failure;
	upload_end(r->upload, true);
	r->status = failure_row(r->failure)->status;
	r->first_us = clock_us();
	struct cors_grant grant = cors_for_error(r->kit->cors, &r->cors);
	r->bytes_out = refusal_write(r->http.client->fd, endpoint_error_shape(r->path), r->failure,
				     &grant, !slice_is(r->http.method, "HEAD"));
	r->gone = true;
}

static long refuse_body(struct request *r, enum failure failure)
{
	cut(&r->http, failure);
	return -1;
}

/* Waits until others have given memory back, but not for ever. */
static long wait_for_memory(struct request *r)
{
	struct kit *kit = r->kit;
	if (r->memory.over) {
		budget_refused(kit->allowance.budget);
		return refuse_body(r, FAILURE_MEMORY_LIMIT);
	}
	/* Who goes ahead waits for any memory, and not behind those that wait for its end. */
	bool ahead = budget_is_ahead(kit->allowance.budget, r->upload);
	allowance_wait(&kit->allowance, &r->memory, ahead ? BUDGET_WHOLE : upload_reach(r->upload),
		       clock_ms());
	return client_sleep(r->http.client) ? 0 : -1;
}

/* Who needs more memory while others wait for some waits behind them, unless it goes ahead. */
static bool has_to_queue(const struct request *r, size_t len)
{
	const struct upload *u = r->upload;
	const struct allowance *a = &r->kit->allowance;
	return len > u->held.limit - u->held.len &&
	       allowance_has_queue(a, &r->memory, upload_reach(u)) &&
	       !budget_is_ahead(a->budget, u);
}

static size_t put(struct request *r, const char *at, size_t len)
{
	struct allowance *a = &r->kit->allowance;
	if (has_to_queue(r, len)) {
		r->upload->poor = true;
		return 0;
	}
	size_t taken = upload_put(r->upload, at, len);
	if (!r->upload->poor)
		allowance_leave(a, &r->memory, clock_ms());
	return taken;
}

static long body(struct http_request *http, const char *at, size_t len)
{
	struct request *r = request_of(http);
	r->intake = INTAKE_BODY;
	if (r->gone)
		return -1;
	bool fits = r->http.received + len <= r->kit->config->limits.body;
	bool wanted = fits && r->failure == FAILURE_NONE;
	size_t taken = wanted ? put(r, at, len) : len;
	r->http.received += taken;
	if (!fits)
		return refuse_body(r, FAILURE_BODY_TOO_LARGE);
	if (taken == len)
		return (long)taken;
	if (r->upload->poor)
		return wait_for_memory(r);
	if (!r->upload->piped)
		return refuse_body(r, FAILURE_NO_MEMORY);
	return client_sleep(r->http.client) ? (long)taken : -1;
}

static void drop(struct request *r)
{
	r->gone = true;
	client_wake(r->http.client);
}

static bool awaits_body(const struct http_request *http)
{
	const struct request *r = container_of(http, const struct request, http);
	return r->upload && !r->status;
}

static void spoil(struct http_request *http, enum failure failure, const char *why)
{
	request_spoil(request_of(http), failure, why);
}

static void hangup(struct http_request *http)
{
	if (http->client->asleep)
		drop(request_of(http));
}

/* ## Clients of which only silence is heard */

enum { EARLY_MS = 1000 };

/* Whoever shuts its side does so with the request or right behind it; whoever gives up does so
 * later. */
static bool ended_early(const struct request *r, int64_t ended_ms)
{
	int64_t asked_us = r->slept_us ? r->slept_us : r->begun_us;
	return ended_ms <= asked_us / 1000 + EARLY_MS;
}

static void probe(struct http_request *http, int64_t ended_ms)
{
	struct request *r = request_of(http);
	/* What is written shows it anyway; and where the body is not read to its end, that is
	 * looked for first. */
	if (!r->http.client->asleep || r->intake == INTAKE_BODY)
		return;
	bool possible =
	    !slice_is(r->http.version, "HTTP/1.0") && client_probe(r->http.client, r->status != 0);
	if (!possible && !ended_early(r, ended_ms))
		drop(r);
}

/* ## The end */

static int64_t span(int64_t from_us, int64_t to_us)
{
	return from_us && to_us ? to_us - from_us : -1;
}

/* Whether the client did not have all of its answer by a fault of its own. */
static bool is_lost(const struct request *r, enum delivery delivery)
{
	return delivery != DELIVERED && !r->follow.torn && !r->dropped &&
	       r->failure == FAILURE_NONE;
}

static const char *outcome(const struct request *r, enum delivery delivery)
{
	if (r->follow.lagged)
		return "lagged";
	if (r->follow.torn)
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
	    .cache = cache_part_name(r->part),
	    .endpoint = r->endpoint ? r->endpoint->name : "-",
	    .verdict = outcome(r, delivery),
	    .tenant = r->tenant,
	    .bytes_in = r->http.received,
	    .bytes_out = r->bytes_out,
	    .first_us = span(r->begun_us, r->first_us),
	    .total_us = span(r->begun_us, clock_us()),
	    .upstream_us = span(r->opened_us, r->headed_us),
	};
	access_log_add(&r->kit->access, &a);
}

static void count(struct request *r, enum delivery delivery)
{
	struct metrics *m = &r->kit->metrics;
	metrics_request(m, r->endpoint, r->part);
	metrics_failure(m, r->failure);
	if (r->follow.torn)
		metrics_torn(m);
	if (is_lost(r, delivery))
		metrics_aborted(m);
	if (r->part == PART_HIT)
		metrics_saved(m, r->entry ? &r->entry->spend : &r->saved);
}

/* Who led or joined tells in the log what became of the answer; so does who wanted a fresh one,
 * where nothing came of that. */
static void note_verdict(struct request *r)
{
	bool fresh = r->verdict == VERDICT_REQUEST_NO_CACHE;
	bool shared = r->part == PART_MISS || r->part == PART_JOIN;
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
	if (r->step == STEP_DELIVER || r->step == STEP_REFUSE)
		move(r, STEP_FINISH);
	note_verdict(r);
	key_leave(r->key);
	request_identify_leave(r);
	request_derive_leave(r);
	request_retell_leave(r);
	batch_destroy(&r->batch);
	cache_leave(r->kit->cache, &r->reader, clock_ms());
	mailbox_cancel(r->kit->mailbox, &r->letter);
	allowance_leave(&r->kit->allowance, &r->memory, 0);
	allowance_give(&r->kit->allowance, r->held_bytes);
	if (r->upload) {
		r->upload->on_room = NULL;
		upload_end(r->upload, true);
	}
	upload_unref(&r->upload);
	request_decode_leave(r);
	if (r->http.method.at) {
		count(r, delivery);
		write_access(r, delivery);
	}
	follow_finish(&r->follow);
	retelling_finish(&r->retelling);
	entry_unref(&r->entry);
	list_remove(&r->link);
	free(r->target);
	free(r->authority);
	free(r);
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

void request_drop_all(struct kit *kit)
{
	list_each (link, &kit->requests) {
		struct request *r = container_of(link, struct request, link);
		r->dropped = true;
		drop(r);
	}
}
