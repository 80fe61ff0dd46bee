#include "proxy/request/embeddings/batch_internal.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/request/response_fields.h"

/* A response up to about AT_ONCE bytes is composed at once, with a Content-Length. A larger one is
 * composed as the client reads it, so that neither the memory nor the time to print a million
 * numbers is needed at once. */
enum { AT_ONCE = 256 << 10, PIECE = 64 << 10 };

/* ## Parts */

struct embedding_item part_item(const struct part *p)
{
	struct slice packed;
	switch (p->state) {
	case PART_LED:
		return embedding_items_at(batch_fetch_end(p->batch->fetches[p->round]).items,
					  p->index);
	case PART_CACHED:
		ensure(event_log_whole(p->entry->log, &packed));
		return embedding_item_unpack(packed);
	case PART_JOINED:
	case PART_WANTED:
		break;
	}
	return embedding_item_unpack(buf_slice(&p->bytes));
}

static struct embedding_item embedding_item_of(const struct batch *b, size_t input)
{
	return part_item(&b->parts[b->order[input]]);
}

/* The last batch fetch of this request. NULL: none. */
static struct batch_fetch *last_fetch(const struct batch *b)
{
	for (size_t i = BATCH_ROUNDS; i > 0; i--)
		if (b->fetches[i - 1])
			return b->fetches[i - 1];
	return NULL;
}

/* The prompt tokens of all inputs, repeated ones included. -1: unknown for all of them. */
static int64_t prompt_of(const struct batch *b)
{
	int64_t sum = -1;
	for (size_t i = 0; i < embedding_inputs_count(b->inputs); i++) {
		int64_t prompt = embedding_item_of(b, i).prompt;
		if (prompt >= 0)
			sum = prompt + (sum > 0 ? sum : 0);
	}
	return sum;
}

/* Sets the ages and the saved tokens, for response_fields_add_own. */
static void note_ages(struct request *r)
{
	const struct batch *b = r->batch;
	size_t cached = 0;
	r->oldest_ms = r->first_expiry_ms = INT64_MAX;
	for (size_t i = 0; i < b->part_count; i++) {
		const struct entry *e = b->parts[i].entry;
		if (!e)
			continue;
		cached++;
		r->oldest_ms = e->created_ms < r->oldest_ms ? e->created_ms : r->oldest_ms;
		r->first_expiry_ms =
		    e->expires_ms < r->first_expiry_ms ? e->expires_ms : r->first_expiry_ms;
	}
	r->partial = cached > 0 && cached < b->part_count;
	int64_t prompt = r->cache_status == CACHE_STATUS_HIT ? prompt_of(b) : -1;
	r->saved = (struct token_usage){.prompt = prompt, .completion = -1};
}

/* ## Composed responses */

/* The item whose top-level members are used: of the last fetch, or else of the first input. */
static struct embedding_item item_for_top(const struct batch *b)
{
	struct batch_fetch *fetch = last_fetch(b);
	return fetch ? embedding_items_at(batch_fetch_end(fetch).items, 0)
		     : embedding_item_of(b, 0);
}

/* Writes the top-level members, rewritten if necessary. */
static bool write_top(struct batch *b)
{
	struct embedding_item item = item_for_top(b);
	if (!request_rewrites(b->request))
		return embedding_item_begin(&item, &b->piece);
	scoped(buf_finish) struct buf object = buf_make(item.top.len + 2);
	scoped(buf_finish) struct buf rewritten = buf_make(SIZE_MAX / 2);
	if (!buf_append_byte(&object, '{') || !buf_append_slice(&object, item.top) ||
	    !buf_append_byte(&object, '}') ||
	    !request_rewrite(b->request, WIRE_PLAIN, buf_slice(&object), &rewritten))
		return false;
	item.top = slice_make(rewritten.at + 1, rewritten.len - 2);
	return embedding_item_begin(&item, &b->piece);
}

static bool is_written(const struct batch *b)
{
	return b->next > embedding_inputs_count(b->inputs);
}

static bool write_next(struct batch *b)
{
	struct request *r = b->request;
	size_t i = b->next++;
	bool zero_usage =
	    request_rewrites(r) && r->worker->config->replay.usage == CONFIG_USAGE_ZERO;
	if (i == embedding_inputs_count(b->inputs)) {
		int64_t prompt = zero_usage ? 0 : prompt_of(b);
		return embedding_item_end(prompt > 0 ? prompt : 0, &b->piece);
	}
	if (i == 0 ? !write_top(b) : !buf_append_byte(&b->piece, ','))
		return false;
	struct embedding_item item = embedding_item_of(b, i);
	return embedding_item_write(&item, embedding_inputs_coding(b->inputs), i, &b->piece);
}

/* Writes until piece has `most` bytes, or everything is written. */
static bool write_some(struct batch *b, size_t most)
{
	while (!is_written(b) && b->piece.len < most)
		if (!write_next(b))
			return false;
	return true;
}

static long pull(void *context, char *at, size_t room)
{
	struct request *r = context;
	struct batch *b = r->batch;
	if (b->piece_sent == b->piece.len) {
		buf_clear(&b->piece);
		b->piece_sent = 0;
		r->flight_body.torn = !write_some(b, PIECE);
	}
	if (r->flight_body.torn || r->gone)
		return PULL_TORN;
	size_t left = b->piece.len - b->piece_sent;
	size_t taken = left < room ? left : room;
	if (taken == 0)
		return PULL_END;
	memcpy(at, b->piece.at + b->piece_sent, taken);
	b->piece_sent += taken;
	r->bytes_out += taken;
	return (long)taken;
}

/* Estimates the size: floats print as about three times their bytes, base64 as less than two. Stops
 * once it exceeds AT_ONCE. */
static size_t expected_size(const struct batch *b)
{
	size_t size = 0;
	size_t times = embedding_inputs_coding(b->inputs) == CODING_BASE64 ? 2 : 3;
	for (size_t i = 0; i < embedding_inputs_count(b->inputs) && size <= AT_ONCE; i++) {
		struct embedding_item item = embedding_item_of(b, i);
		size += 64 + item.members.len + times * item.vector.len;
	}
	return size;
}

/* The memory that a composed response takes until it is sent. */
static size_t composed_bytes(const struct batch *b)
{
	size_t expected = expected_size(b);
	return expected > AT_ONCE ? PIECE + RESPONSE_BLOCK : expected;
}

static struct response *compose(struct request *r)
{
	struct batch *b = r->batch;
	/* The items' size is bounded, which bounds the piece. */
	b->piece = buf_make(SIZE_MAX / 2);
	r->first_us = clock_us();
	if (expected_size(b) > AT_ONCE)
		return response_of_stream(r->http.connection, -1, pull, r);
	if (!write_some(b, SIZE_MAX))
		return NULL;
	r->bytes_out = b->piece.len;
	return response_of_bytes(buf_take(&b->piece), (size_t)r->bytes_out);
}

static struct slice content_type_of(struct part *p)
{
	if (p->entry)
		return slice_of(p->entry->content_type);
	const struct batch_head *h = flight_look(&p->reader, AWAITS_HEAD).head;
	return fields_first(&h->head->fields, slice_of("Content-Type"));
}

/* ## DELIVER */

/* Whether to pass the upstream's response on unchanged: the client's own body was sent, or it is an
 * error. */
static bool is_unchanged(const struct batch *b, const struct batch_end *end)
{
	return end->over && (b->whole || end->head->status != 200);
}

static struct response *unchanged_response(struct request *r, struct batch_fetch *fetch)
{
	size_t len;
	char *body = batch_fetch_take_body(fetch, &len);
	r->bytes_out = len;
	r->first_us = clock_us();
	request_force_memory(r, len);
	return response_of_bytes(body, len);
}

static enum verdict fate_of(const struct batch_end *end)
{
	return end->over ? end->fate : FATE_UNKNOWN;
}

/* Delivers a joined response that is not 200, to an identical request. */
static enum step deliver_refusal(struct request *r)
{
	const struct batch_head *h = r->batch->refusal;
	char *body = memory_copy(h->body.at, h->body.len);
	struct response *response = response_of_bytes(body, h->body.len);
	if (!response)
		return drop_for_memory(r);
	r->cache_status = CACHE_STATUS_JOIN;
	r->verdict = VERDICT_STATUS;
	r->bytes_out = h->body.len;
	r->first_us = clock_us();
	response_fields_add_head(response, r, h->head);
	response_fields_add_own(response, r, FATE_UNKNOWN, clock_ms());
	return request_send(r, h->head->status, &response);
}

enum step batch_deliver(struct request *r)
{
	struct batch *b = r->batch;
	if (b->refusal)
		return deliver_refusal(r);
	struct batch_fetch *fetch = last_fetch(b);
	/* no finding: one or the other sets all of it */
	struct batch_end end = fetch ? batch_fetch_end(fetch) : (struct batch_end){0};
	bool unchanged = is_unchanged(b, &end);
	if (!unchanged && !request_take_memory(r, composed_bytes(b)))
		return request_refuse_memory(r);
	struct response *response = unchanged ? unchanged_response(r, fetch) : compose(r);
	if (!response)
		return drop_for_memory(r);
	if (unchanged)
		response_fields_add_head(response, r, end.head);
	else if (end.head)
		response_fields_add_composed(response, r, end.head);
	else
		response_field(response, slice_of("Content-Type"), content_type_of(b->parts));
	note_ages(r);
	response_fields_add_own(response, r, fate_of(&end), clock_ms());
	return request_send(r, end.head ? end.head->status : 200, &response);
}
