#include "proxy/request/embeddings/batch_fetch.h"

#include "base/clock.h"
#include "base/memory.h"
#include "proxy/header/header_fields.h"
#include "proxy/request/embeddings/batch_unpack.h"

#include <stdatomic.h>
#include <stdlib.h>

struct output {
	struct batch_fetch *owner;
	struct cache_key key;
	struct flight *flight; /* NULL: none */
	struct producer producer;
};

struct batch_fetch {
	unsigned refs; /* its own until it ends, the request's, and one while unpacking */
	struct context *worker;
	struct list link; /* in worker->batch_fetches until it ends */
	struct message message;
	struct reader reader; /* of the private flight */
	struct output *outputs;
	size_t count;
	size_t *lengths; /* of the inputs */
	int64_t ttl_ms;
	int64_t begun_ms;
	struct digest asked;
	size_t flights;		 /* number of outputs with a flight */
	atomic_size_t abandoned; /* number of flights without readers */
	void (*on_over)(void *context);
	void *context;
	struct buf body;
	size_t reserved; /* bytes of the cache's memory, for the body */
	struct batch_unpack unpacking;
	size_t delivered; /* number of outputs that have got their item */
	struct batch_end end;
};

static void unref(struct batch_fetch **fetch)
{
	struct batch_fetch *f = take(fetch);
	if (--f->refs > 0)
		return;
	cache_leave(f->worker->cache, &f->reader, clock_ms());
	batch_unpack_finish(f->worker, &f->unpacking);
	buf_finish(&f->body);
	cache_release(f->worker->cache, f->reserved);
	free(f->outputs);
	free(f->lengths);
	free(f);
}

/* ## The end */

static void detach(struct batch_fetch *f)
{
	for (size_t i = 0; i < f->count; i++) {
		if (f->outputs[i].flight)
			flight_produce(f->outputs[i].flight, NULL);
		flight_unref(&f->outputs[i].flight);
	}
	mailbox_cancel(f->worker->mailbox, &f->message);
	list_remove(&f->link);
}

static void end_fetch(struct batch_fetch *f)
{
	detach(f);
	f->end.over = true;
	if (f->on_over)
		f->on_over(f->context);
	unref(&f);
}

static void fail(struct batch_fetch *f, enum failure why, const char *reason)
{
	metrics_failed(&f->worker->metrics, why);
	for (size_t i = f->delivered; i < f->count; i++)
		if (f->outputs[i].flight)
			cache_fail(f->worker->cache, f->outputs[i].flight, (int)why, reason);
	end_fetch(f);
}

/* There was a response, but the flights cannot use it. */
static void fail_unusable(struct batch_fetch *f)
{
	fail(f, FAILURE_NONE, "the response to a batch of inputs could not be used");
}

/* ## Items */

static struct batch_head *head_of(const struct batch_fetch *f)
{
	return batch_head_create(f->reader.flight, f->end.head, &f->asked, buf_slice(&f->body));
}

/* A flight that the item outgrows is not unshared, since it ends here. */
static void write_flight(struct cache *cache, struct flight *flight, struct slice packed,
			 struct cache_ending *end)
{
	bool outgrown;
	if (flight_append(flight, packed, &outgrown)) {
		cache_finish(cache, flight, end);
		return;
	}
	end->reason_code = VERDICT_NO_ROOM;
	cache_fail(cache, flight, FAILURE_NO_MEMORY, "no memory for an embedding");
}

/* Writes the item to its flight and to the cache. FINE: it was stored. */
static enum verdict deliver(struct batch_fetch *f, struct output *o,
			    const struct embedding_item *item, struct buf *out, const char *type)
{
	scoped(event_log_destroy) struct event_log *log =
	    event_log_create(f->worker->config->cache.max_entry);
	buf_clear(out);
	bool fits = embedding_item_pack(item, out) && event_log_append(log, buf_slice(out));
	if (!fits)
		event_log_destroy(&log);
	struct cache_ending end = {
	    .content_type = type,
	    .log = &log,
	    .reason_code = f->ttl_ms == 0 ? VERDICT_TTL_ZERO : VERDICT_FINE,
	    .outdated_code = VERDICT_OUTDATED,
	    .full_code = VERDICT_NO_ROOM,
	    .ttl_ms = f->ttl_ms,
	    .token_usage = {.prompt = item->prompt, .completion = -1},
	    .begun_ms = f->begun_ms,
	    .now_ms = clock_ms(),
	};
	if (o->flight)
		write_flight(f->worker->cache, o->flight, buf_slice(out), &end);
	else
		cache_store(f->worker->cache, &o->key, WIRE_PLAIN, &end);
	return fits ? (enum verdict)end.reason_code : VERDICT_TOO_LARGE;
}

/* Delivers the next items: only some, so that a batch of thousands does not block the worker. */
static void deliver_some(struct batch_fetch *f)
{
	enum { SOME = 256 };
	size_t until = f->count - f->delivered > SOME ? f->delivered + SOME : f->count;
	struct slice type = fields_first(&f->end.head->fields, slice_of("Content-Type"));
	char *type_text = memory_copy(type.at, type.len);
	scoped(batch_head_unref) struct batch_head *h = head_of(f);
	scoped(buf_finish) struct buf packed = buf_make(BATCH_ANSWER);
	for (; f->delivered < until; f->delivered++) {
		struct output *o = &f->outputs[f->delivered];
		struct embedding_item item = embedding_items_at(f->unpacking.items, f->delivered);
		if (o->flight)
			batch_head_set(h, o->flight);
		enum verdict fate = deliver(f, o, &item, &packed, type_text);
		metrics_answer(&f->worker->metrics, fate);
		if (f->end.fate == VERDICT_FINE)
			f->end.fate = fate;
	}
	free(type_text);
	if (f->delivered < f->count)
		mailbox_post(f->worker->mailbox, &f->message);
	else
		end_fetch(f);
}

/* Gives a response that is not 200 to all flights, for readers with an identical request. */
static void deliver_refusal(struct batch_fetch *f)
{
	scoped(batch_head_unref) struct batch_head *h = head_of(f);
	if (!h) {
		fail_unusable(f);
		return;
	}
	for (size_t i = 0; i < f->count; i++) {
		struct flight *flight = f->outputs[i].flight;
		if (!flight)
			continue;
		batch_head_set(h, flight);
		cache_finish(f->worker->cache, flight,
			     &(struct cache_ending){.reason_code = VERDICT_STATUS});
	}
	end_fetch(f);
}

/* ## The response */

static void mark_hit_for_miss(struct batch_fetch *f)
{
	int64_t until_ms = clock_ms() + FETCH_HIT_FOR_MISS_MS;
	for (size_t i = 0; i < f->count; i++)
		if (f->outputs[i].flight)
			cache_hit_for_miss(f->worker->cache, f->outputs[i].flight,
					   (int)f->end.verdict, until_ms);
}

/* Delivers the items if the verdict is FINE; otherwise handles the verdict. */
static void finish(struct batch_fetch *f)
{
	if (f->end.verdict == VERDICT_UPSTREAM_PRIVATE || f->end.verdict == VERDICT_VARY)
		mark_hit_for_miss(f);
	f->end.fate = f->end.verdict;
	if (f->end.verdict != VERDICT_FINE) {
		metrics_verdict(&f->worker->metrics, f->end.verdict);
		if (f->end.verdict == VERDICT_STATUS)
			deliver_refusal(f);
		else
			fail_unusable(f);
		return;
	}
	f->end.items = f->unpacking.items;
	deliver_some(f);
}

static void on_unpacked(struct batch_unpack *u)
{
	struct batch_fetch *f = container_of(u, struct batch_fetch, unpacking);
	if (!f->end.over) {
		f->end.verdict = u->verdict;
		finish(f);
	}
	unref(&f);
}

static void read_items(struct batch_fetch *f)
{
	f->end.verdict = batch_head_verdict(f->worker, f->end.head);
	if (f->end.verdict != VERDICT_FINE) {
		finish(f);
		return;
	}
	f->refs++;
	f->unpacking.body = buf_slice(&f->body);
	f->unpacking.count = f->count;
	f->unpacking.lengths = f->lengths;
	f->unpacking.on_done = on_unpacked;
	batch_unpack_start(f->worker, &f->unpacking);
}

/* Makes room in the body. It counts in cache.memory, so that many large ones cannot exceed it. */
static bool grow(struct batch_fetch *f)
{
	if (!buf_reserve(&f->body, 1))
		return false;
	size_t more = f->body.cap - f->reserved;
	if (!cache_reserve(f->worker->cache, more))
		return false;
	f->reserved += more;
	return true;
}

/* Reads what the flight holds. False: the response is larger than BATCH_ANSWER, or no memory. */
static bool collect(struct batch_fetch *f)
{
	for (;;) {
		if (!grow(f))
			return false;
		size_t room = f->body.cap - f->body.len;
		size_t got = flight_copy(&f->reader, f->body.at + f->body.len, room);
		f->body.len += got;
		if (got < room)
			return true;
	}
}

static void read_on(struct batch_fetch *f)
{
	struct flight_news news;
	do {
		if (!collect(f)) {
			f->end.outgrown = true;
			cache_leave(f->worker->cache, &f->reader, clock_ms());
			metrics_verdict(&f->worker->metrics, VERDICT_TOO_LARGE);
			fail_unusable(f);
			return;
		}
		news = flight_look(&f->reader, AWAITS_BYTES);
	} while (news.unread);
	if (!news.arrived)
		return;
	f->end.head = news.head;
	if (news.state == FLIGHT_DONE) {
		read_items(f);
	} else {
		f->end.failure = (enum failure)news.reason_code;
		fail(f, f->end.failure, news.reason);
	}
}

static void on_message(struct message *message)
{
	struct batch_fetch *f = container_of(message, struct batch_fetch, message);
	if (f->delivered)
		deliver_some(f);
	else if (!f->on_over && atomic_load(&f->abandoned) == f->flights)
		fail(f, FAILURE_CANCELLED, "no reader was left");
	else if (!f->unpacking.busy)
		read_on(f);
}

/* ## Callbacks of flights, in any thread, with the flight locked */

static void on_wake(struct reader *reader)
{
	struct batch_fetch *f = container_of(reader, struct batch_fetch, reader);
	mailbox_post(f->worker->mailbox, &f->message);
}

static void on_abandoned(struct producer *producer)
{
	struct output *o = container_of(producer, struct output, producer);
	atomic_fetch_add(&o->owner->abandoned, 1);
	mailbox_post(o->owner->worker->mailbox, &o->owner->message);
}

/* Items are appended without waiting for room. */
static void on_room(struct producer *producer)
{
}

/* ## From the request */

static void take_inputs(struct batch_fetch *f, const struct batch_order *order)
{
	f->count = order->count;
	f->unpacking.tokens = order->tokens;
	f->outputs = memory_zeroed(order->count * sizeof *f->outputs);
	f->lengths = memory_zeroed(order->count * sizeof *f->lengths);
	for (size_t i = 0; i < order->count; i++) {
		struct output *o = &f->outputs[i];
		f->lengths[i] = order->inputs[i].length;
		*o = (struct output){
		    .owner = f,
		    .key = order->inputs[i].key,
		    .producer = {.on_room = on_room, .on_abandoned = on_abandoned},
		};
		if (!order->inputs[i].flight)
			continue;
		o->flight = flight_ref(order->inputs[i].flight);
		f->flights++;
		flight_produce(o->flight, &o->producer);
	}
}

struct batch_fetch *batch_fetch_start(struct context *worker, const struct batch_order *order)
{
	struct batch_fetch *f = memory_new(struct batch_fetch);
	f->refs = 2;
	f->worker = worker;
	f->ttl_ms = order->ttl_ms;
	f->begun_ms = clock_ms();
	f->asked = order->asked;
	f->on_over = order->on_over;
	f->context = order->context;
	f->body = buf_make(BATCH_ANSWER);
	f->reader.wake = on_wake;
	message_init(&f->message, on_message);
	list_append(&worker->batch_fetches, &f->link);
	take_inputs(f, order);
	cache_open_private(worker->cache, &f->reader);
	fetch_start(worker, &(struct fetch_order){
				.flight = f->reader.flight,
				.method = slice_of("POST"),
				.target = order->target,
				.lines = order->lines,
				.body = order->body,
				.cors = order->cors,
				.lesson = order->lesson,
			    });
	mailbox_post(worker->mailbox, &f->message);
	return f;
}

void batch_fetch_leave(struct batch_fetch **fetch)
{
	struct batch_fetch *f = *fetch;
	if (!f)
		return;
	f->on_over = NULL;
	if (!f->end.over)
		mailbox_post(f->worker->mailbox, &f->message);
	unref(fetch);
}

struct batch_end batch_fetch_end(const struct batch_fetch *f)
{
	return f->end;
}

char *batch_fetch_take_body(struct batch_fetch *f, size_t *ret_len)
{
	*ret_len = f->body.len;
	return buf_take(&f->body);
}

void batch_fetch_fail_all(struct context *worker, enum failure why)
{
	while (!list_empty(&worker->batch_fetches))
		fail(container_of(worker->batch_fetches.next, struct batch_fetch, link), why,
		     "the process ends");
}
