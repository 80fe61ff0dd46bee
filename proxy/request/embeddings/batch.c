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

/* ## OPEN: an entry, somebody's flight, or one of our own for each part */

static void on_over(void *context)
{
	struct request *r = context;
	connection_wake(r->http.connection);
}

/* False: it is not in the cache, and nothing else is asked for. */
static bool open_part(struct part *p, int64_t now_ms)
{
	struct request *r = p->batch->request;
	struct cache_question question = {
	    .name = p->name,
	    .form = WIRE_PLAIN,
	    .asks = WIRE_PLAIN,
	    .max_age_ms = r->cache_control.max_age_ms,
	    .only_cached = r->cache_control.only_if_cached,
	    .branch = r->branch,
	};
	p->round = (unsigned char)p->batch->round;
	switch (cache_open(r->worker->cache, &question, &p->reader, now_ms, &p->entry)) {
	case CACHE_HIT:
		p->state = STATE_KNOWN;
		return true;
	case CACHE_JOINED:
		request_want(r, &p->reader);
		p->state = STATE_JOINED;
		return true;
	case CACHE_ALONE:
		cache_leave(r->worker->cache, &p->reader, now_ms);
		p->state = STATE_LED;
		return true;
	case CACHE_LED:
		request_want(r, &p->reader);
		p->state = STATE_LED;
		return true;
	case CACHE_ABSENT:
		break;
	}
	return false;
}

/* For who wants a fresh answer all parts are to be asked for, and nobody joins. */
static bool open_parts(struct batch *b)
{
	bool fresh = b->request->cache_control.no_cache;
	int64_t now_ms = clock_ms();
	for (size_t i = 0; i < b->part_count; i++) {
		struct part *p = &b->parts[i];
		if (p->state != STATE_WANTED)
			continue;
		if (fresh)
			p->state = STATE_LED;
		else if (!open_part(p, now_ms))
			return false;
	}
	return true;
}

static bool is_led_now(const struct part *p)
{
	return p->state == STATE_LED && p->round == p->batch->round;
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

/* The client's own body, when all of it is to be asked for; in an upload of its own, since the
 * request's may have to be sent later. NULL: memory. */
static struct request_body *request_body_of(struct batch *b, size_t led)
{
	/* A list in place of one text has two brackets more; and a content coding may have made the
	 * body longer than what it says. */
	size_t text = request_body_text(b->request).len + 2;
	size_t own = b->request->body->held.len;
	size_t size = own > text ? own : text;
	struct request_body *u = request_body_create(&(struct request_body_options){
	    .limit = size,
	    .quota = &b->request->worker->quota,
	});
	if (request_body_reserve(u, size) && write_body(b, led, &u->held))
		request_body_end(u, false);
	else
		request_body_unref(&u);
	return u;
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
		    .name = p->name,
		    .flight = p->reader.flight,
		    .length = embedding_inputs_length(b->inputs, p->input),
		};
	}
	return count;
}

/* Every flight that was led has its producer from here, whatever happens. */
static enum step start(struct batch *b, struct batch_input *inputs, size_t led)
{
	struct request *r = b->request;
	scoped(buf_finish) struct buf lines = {0};
	scoped(request_body_unref) struct request_body *body = request_body_of(b, led);
	const struct digest *digest = request_digest(r);
	if (!digest || !body || !request_lines(r, !b->whole, &lines)) {
		for (size_t i = 0; i < led; i++)
			if (inputs[i].flight)
				cache_fail(r->worker->cache, inputs[i].flight, FAILURE_NO_MEMORY,
					   "a batch found no room");
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

static enum cache_status part_of(const struct batch *b)
{
	if (b->request->cache_control.no_cache)
		return CACHE_STATUS_BYPASS;
	if (has_any(b, STATE_LED))
		return CACHE_STATUS_MISS;
	return has_any(b, STATE_JOINED) ? CACHE_STATUS_JOIN : CACHE_STATUS_HIT;
}

/* The whole, for nobody else, as the upstream has it. */
static enum step parsed_request_whole(struct request *r)
{
	r->cache_status = CACHE_STATUS_REFUSED;
	if (r->cache_control.only_if_cached)
		return refuse(r, FAILURE_NOT_CACHED, NULL);
	batch_destroy(&r->batch);
	r->cache_status = CACHE_STATUS_MISS;
	r->named = false; /* the parts are, and the whole is not */
	return request_ask_whole(r);
}

/* All parts are there. Vectors of different lengths were made by different models of one name, and
 * are no answer together. */
static enum step deliver(struct batch *b)
{
	size_t length = 0;
	for (size_t i = 0; i < b->part_count; i++) {
		struct embedding_item item = part_item(&b->parts[i]);
		if (item.text)
			continue;
		if (length && item.vector.len != length)
			return parsed_request_whole(b->request);
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
	r->cache_status = part_of(r->batch);
	return r->cache_status == CACHE_STATUS_HIT ? deliver(r->batch) : start_led(r->batch);
}

/* ## AWAIT: until all parts are there */

/* What is to be done about a fetch that is over; STEP_AWAIT: go on. */
static enum step see_fetch(struct batch *b, const struct batch_end *end)
{
	struct request *r = b->request;
	if (!r->headed_us)
		r->headed_us = clock_us();
	if (r->cache_status == CACHE_STATUS_MISS || end->failure || end->fate != VERDICT_FINE)
		r->verdict = end->failure ? VERDICT_UPSTREAM_FAILED : end->fate;
	if (end->failure)
		return refuse(r, end->failure, NULL);
	if (end->outgrown)
		return parsed_request_whole(r);
	if (!request_has_room(r, end->head))
		return refuse(r, FAILURE_TORN, "its head does not fit into limits.headers");
	if (b->whole || end->head->status != 200)
		return STEP_DELIVER;
	return end->verdict == VERDICT_FINE ? STEP_AWAIT : parsed_request_whole(r);
}

static bool read_bytes(struct part *p, size_t total)
{
	if (!buf_reserve(&p->bytes, total))
		return false;
	p->bytes.len = flight_copy(&p->reader, p->bytes.at, total);
	return p->bytes.len > 0;
}

static enum step want_again(struct part *p)
{
	cache_leave(p->batch->request->worker->cache, &p->reader, clock_ms());
	p->state = STATE_WANTED;
	return STEP_OPEN;
}

static enum step see_answer(struct part *p, const struct flight_news *news)
{
	struct request *r = p->batch->request;
	const struct batch_head *head = news->head;
	if (!request_accepts(r, head->head->status, &head->asked))
		return want_again(p);
	if (head->head->status == 200)
		return read_bytes(p, news->total) ? STEP_AWAIT : refuse(r, FAILURE_NO_MEMORY, NULL);
	p->batch->refusal = head;
	return STEP_DELIVER;
}

/* What has become of a part that was joined. STEP_OPEN: it has to be asked for again. */
static enum step see_joined(struct part *p)
{
	struct request *r = p->batch->request;
	if (p->bytes.len)
		return STEP_AWAIT;
	struct flight_news news = flight_look(&p->reader, AWAITS_END);
	if (!news.arrived)
		return STEP_WAIT;
	if (news.state == FLIGHT_DONE)
		return see_answer(p, &news);
	if (news.reason_code == FAILURE_NONE)
		return want_again(p);
	r->verdict = VERDICT_UPSTREAM_FAILED;
	/* What happened in detail is for the log alone. */
	return refuse(r, (enum failure)news.reason_code, NULL);
}

/* STEP_WAIT: not all are there yet. STEP_AWAIT: all are, or to be asked for again. STEP_DELIVER:
 * what one of them got is the answer to all. */
static enum step see_all_joined(struct batch *b)
{
	for (size_t i = 0; i < b->part_count; i++) {
		if (b->parts[i].state != STATE_JOINED)
			continue;
		enum step next = see_joined(&b->parts[i]);
		if (next != STEP_AWAIT && next != STEP_OPEN)
			return next;
	}
	return STEP_AWAIT;
}

static enum step parsed_request_again(struct batch *b)
{
	struct request *r = b->request;
	if (++b->round == BATCH_ROUNDS)
		return parsed_request_whole(r);
	request_refused(r);
	r->headed_us = 0;
	open_parts(b);
	r->cache_status = part_of(b);
	return start_led(b);
}

/* STEP_AWAIT: look again. */
static enum step look_on(struct batch *b)
{
	struct request *r = b->request;
	struct batch_fetch *fetch = b->fetches[b->round];
	if (fetch) {
		struct batch_end end = batch_fetch_end(fetch);
		enum step next = end.over ? see_fetch(b, &end) : request_sleep(r);
		if (next != STEP_AWAIT || r->batch != b)
			return next;
	}
	enum step next = see_all_joined(b);
	if (next == STEP_WAIT)
		return request_sleep(r);
	if (next != STEP_AWAIT)
		return next;
	return has_any(b, STATE_WANTED) ? parsed_request_again(b) : deliver(b);
}

enum step batch_await(struct request *r)
{
	enum step next = STEP_AWAIT;
	while (r->batch && next == STEP_AWAIT)
		next = look_on(r->batch);
	return next;
}
