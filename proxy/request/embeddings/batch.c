#include "proxy/request/embeddings/batch_internal.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>

static void part_finish(struct part *p)
{
	cache_leave(p->batch->request->worker->cache, &p->reader, clock_ms());
	entry_unref(&p->entry);
	buf_finish(&p->bytes);
}

void batch_destroy(struct batch **batch)
{
	struct batch *b = take(batch);
	if (!b)
		return;
	for (size_t i = 0; i < b->part_count; i++)
		part_finish(&b->parts[i]);
	for (size_t i = 0; i < BATCH_ROUNDS; i++)
		batch_fetch_leave(&b->fetches[i]);
	embedding_inputs_destroy(&b->inputs);
	buf_finish(&b->piece);
	free(b->parts);
	free(b->order);
	free(b);
}

/* ## OPEN: for each part, finds an entry, joins a flight or leads one */

static void on_over(void *context)
{
	struct request *r = context;
	connection_wake(r->http.connection);
}

/* False: the part is not cached, and the request is only-if-cached. */
static bool open_part(struct part *p, int64_t now_ms)
{
	struct request *r = p->batch->request;
	struct cache_question question = {
	    .key = p->key,
	    .form = WIRE_PLAIN,
	    .asks = WIRE_PLAIN,
	    .max_age_ms = r->cache_control.max_age_ms,
	    .only_cached = r->cache_control.only_if_cached,
	    .branch = r->branch,
	};
	p->round = (unsigned char)p->batch->round;
	switch (cache_open(r->worker->cache, &question, &p->reader, now_ms, &p->entry)) {
	case CACHE_HIT:
		p->state = PART_CACHED;
		return true;
	case CACHE_JOINED:
		request_note_retry(r, &p->reader);
		p->state = PART_JOINED;
		return true;
	case CACHE_ALONE:
		cache_leave(r->worker->cache, &p->reader, now_ms);
		p->state = PART_LED;
		return true;
	case CACHE_LED:
		request_note_retry(r, &p->reader);
		p->state = PART_LED;
		return true;
	case CACHE_ABSENT:
		break;
	}
	return false;
}

/* A request for a fresh answer fetches all parts, without flights that others could join. */
static bool open_parts(struct batch *b)
{
	bool fresh = b->request->cache_control.no_cache;
	int64_t now_ms = clock_ms();
	for (size_t i = 0; i < b->part_count; i++) {
		struct part *p = &b->parts[i];
		if (p->state != PART_WANTED)
			continue;
		if (fresh)
			p->state = PART_LED;
		else if (!open_part(p, now_ms))
			return false;
	}
	return true;
}

static bool is_led_now(const struct part *p)
{
	return p->state == PART_LED && p->round == p->batch->round;
}

static bool write_body(struct batch *b, size_t led, struct buf *out)
{
	struct slice own = buf_slice(&b->request->body->held);
	b->whole = led == embedding_inputs_count(b->inputs);
	if (b->whole)
		return buf_append_slice(out, own);
	uint32_t *which = memory_zeroed(led * sizeof *which);
	size_t count = 0;
	for (size_t i = 0; i < b->part_count; i++)
		if (is_led_now(&b->parts[i]))
			which[count++] = b->parts[i].input;
	bool fine = embedding_inputs_body(b->inputs, which, count, out);
	free(which);
	return fine;
}

/* Returns the body of the batch fetch: the inputs that are led, or a copy of the client's own body
 * if all are; a copy, since the request's own may have to be sent later. NULL: no memory. */
static struct request_body *body_of(struct batch *b, size_t led)
{
	/* A list in place of a single text needs two brackets. A content coding may have made the
	 * body longer than the decoded text. */
	size_t text = request_body_text(b->request).len + 2;
	size_t own = b->request->body->held.len;
	size_t size = own > text ? own : text;
	struct request_body *body = request_body_create(&(struct request_body_options){
	    .limit = size,
	    .quota = &b->request->worker->quota,
	});
	if (request_body_reserve(body, size) && write_body(b, led, &body->held))
		request_body_end(body, false);
	else
		request_body_unref(&body);
	return body;
}

static size_t list_led(struct batch *b, struct batch_input *inputs)
{
	size_t count = 0;
	for (size_t i = 0; i < b->part_count; i++) {
		struct part *p = &b->parts[i];
		if (!is_led_now(p))
			continue;
		p->index = (uint32_t)count;
		inputs[count++] = (struct batch_input){
		    .key = p->key,
		    .flight = p->reader.flight,
		    .length = embedding_inputs_length(b->inputs, p->input),
		};
	}
	return count;
}

/* Starts the batch fetch, or fails all flights that are led. */
static enum step start(struct batch *b, struct batch_input *inputs, size_t led)
{
	struct request *r = b->request;
	scoped(buf_finish) struct buf lines = {0};
	scoped(request_body_unref) struct request_body *body = body_of(b, led);
	const struct digest *digest = request_digest(r);
	if (!digest || !body || !request_lines(r, !b->whole, &lines)) {
		for (size_t i = 0; i < led; i++)
			if (inputs[i].flight)
				cache_fail(r->worker->cache, inputs[i].flight, FAILURE_NO_MEMORY,
					   "no memory for the batch");
		return refuse(r, FAILURE_NO_MEMORY, NULL);
	}
	r->opened_us = clock_us();
	b->fetches[b->round] =
	    batch_fetch_start(r->worker, &(struct batch_order){
					     .target = slice_of(r->target),
					     .lines = buf_slice(&lines),
					     .body = body,
					     .cors = r->cors,
					     .lesson = request_lesson(r),
					     .inputs = inputs,
					     .count = led,
					     .tokens = embedding_inputs_are_tokens(b->inputs),
					     .ttl_ms = request_ttl_ms(r),
					     .asked = *digest,
					     .on_over = on_over,
					     .context = r,
					 });
	return STEP_AWAIT;
}

static enum step start_led(struct batch *b)
{
	struct batch_input *inputs = memory_zeroed(b->part_count * sizeof *inputs);
	size_t led = list_led(b, inputs);
	enum step next = led ? start(b, inputs, led) : STEP_AWAIT;
	free(inputs);
	return next;
}

static bool has_any(const struct batch *b, enum part_state state)
{
	for (size_t i = 0; i < b->part_count; i++)
		if (b->parts[i].state == state)
			return true;
	return false;
}

static enum cache_status status_of(const struct batch *b)
{
	if (b->request->cache_control.no_cache)
		return CACHE_STATUS_BYPASS;
	if (has_any(b, PART_LED))
		return CACHE_STATUS_MISS;
	return has_any(b, PART_JOINED) ? CACHE_STATUS_JOIN : CACHE_STATUS_HIT;
}

/* Gives up the batch: sends the client's whole body by a private flight. */
static enum step fetch_whole(struct request *r)
{
	if (r->cache_control.only_if_cached)
		return refuse(r, FAILURE_NOT_CACHED, NULL);
	batch_destroy(&r->batch);
	r->cache_status = CACHE_STATUS_MISS;
	r->keyed = false; /* only the parts have cache keys */
	return request_fetch_private(r);
}

/* All parts have arrived. Vectors of different lengths come from different models with the same
 * name and must not be combined. */
static enum step deliver(struct batch *b)
{
	size_t length = 0;
	for (size_t i = 0; i < b->part_count; i++) {
		struct embedding_item item = part_item(&b->parts[i]);
		if (item.text)
			continue;
		if (length && item.vector.len != length)
			return fetch_whole(b->request);
		length = item.vector.len;
	}
	return STEP_DELIVER;
}

enum step batch_open(struct request *r)
{
	if (r->cache_control.no_cache && r->cache_control.only_if_cached)
		return refuse(r, FAILURE_NOT_CACHED, NULL);
	if (!open_parts(r->batch))
		return refuse(r, FAILURE_NOT_CACHED, NULL);
	r->cache_status = status_of(r->batch);
	return r->cache_status == CACHE_STATUS_HIT ? deliver(r->batch) : start_led(r->batch);
}

/* ## AWAIT: waits until all parts have arrived */

/* Handles the end of our batch fetch. STEP_AWAIT: go on with the joined parts. */
static enum step handle_fetch(struct batch *b, const struct batch_end *end)
{
	struct request *r = b->request;
	if (!r->headed_us)
		r->headed_us = clock_us();
	if (r->cache_status == CACHE_STATUS_MISS || end->failure || end->fate != VERDICT_FINE)
		r->verdict = end->failure ? VERDICT_UPSTREAM_FAILED : end->fate;
	if (end->failure)
		return refuse(r, end->failure, NULL);
	if (end->outgrown)
		return fetch_whole(r);
	if (!request_has_room(r, end->head))
		return refuse(r, FAILURE_TORN, "its head does not fit into limits.headers");
	if (b->whole || end->head->status != 200)
		return STEP_DELIVER;
	return end->verdict == VERDICT_FINE ? STEP_AWAIT : fetch_whole(r);
}

static bool read_bytes(struct part *p, size_t total)
{
	if (!buf_reserve(&p->bytes, total))
		return false;
	p->bytes.len = flight_copy(&p->reader, p->bytes.at, total);
	return p->bytes.len > 0;
}

static enum step ask_again(struct part *p)
{
	cache_leave(p->batch->request->worker->cache, &p->reader, clock_ms());
	p->state = PART_WANTED;
	return STEP_OPEN;
}

static enum step handle_response(struct part *p, const struct flight_news *news)
{
	struct request *r = p->batch->request;
	const struct batch_head *head = news->head;
	if (!request_accepts(r, head->head->status, &head->asked))
		return ask_again(p);
	if (head->head->status == 200)
		return read_bytes(p, news->total) ? STEP_AWAIT : refuse(r, FAILURE_NO_MEMORY, NULL);
	p->batch->refusal = head;
	return STEP_DELIVER;
}

/* Looks at a joined part. STEP_AWAIT: it has arrived. STEP_OPEN: it has to be opened again.
 * STEP_DELIVER: a response that is not 200 is the response to the batch. */
static enum step check_joined(struct part *p)
{
	struct request *r = p->batch->request;
	if (p->bytes.len)
		return STEP_AWAIT;
	struct flight_news news = flight_look(&p->reader, AWAITS_END);
	if (!news.arrived)
		return STEP_WAIT;
	if (news.state == FLIGHT_DONE)
		return handle_response(p, &news);
	if (news.reason_code == FAILURE_NONE)
		return ask_again(p);
	r->verdict = VERDICT_UPSTREAM_FAILED;
	/* The flight's reason goes only to the log. */
	return refuse(r, (enum failure)news.reason_code, NULL);
}

/* STEP_WAIT: not all have arrived. STEP_AWAIT: all have, or have to be opened again. STEP_DELIVER:
 * as in check_joined. */
static enum step check_all_joined(struct batch *b)
{
	for (size_t i = 0; i < b->part_count; i++) {
		if (b->parts[i].state != PART_JOINED)
			continue;
		enum step next = check_joined(&b->parts[i]);
		if (next != STEP_AWAIT && next != STEP_OPEN)
			return next;
	}
	return STEP_AWAIT;
}

static enum step start_next_round(struct batch *b)
{
	struct request *r = b->request;
	if (++b->round == BATCH_ROUNDS)
		return fetch_whole(r);
	request_refused(r);
	r->headed_us = 0;
	open_parts(b);
	r->cache_status = status_of(b);
	return start_led(b);
}

/* STEP_AWAIT: call again. */
static enum step await_round(struct batch *b)
{
	struct request *r = b->request;
	struct batch_fetch *fetch = b->fetches[b->round];
	if (fetch) {
		struct batch_end end = batch_fetch_end(fetch);
		enum step next = end.over ? handle_fetch(b, &end) : request_sleep(r);
		if (next != STEP_AWAIT || r->batch != b)
			return next;
	}
	enum step next = check_all_joined(b);
	if (next == STEP_WAIT)
		return request_sleep(r);
	if (next != STEP_AWAIT)
		return next;
	return has_any(b, PART_WANTED) ? start_next_round(b) : deliver(b);
}

enum step batch_await(struct request *r)
{
	enum step next = STEP_AWAIT;
	while (r->batch && next == STEP_AWAIT)
		next = await_round(r->batch);
	return next;
}
