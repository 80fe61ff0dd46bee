#include "proxy/openai/embeddings/embedding_items.h"

#include "base/memory.h"
#include "cache/key/json_scan.h"
#include "proxy/openai/embeddings/embedding_vector.h"

#include <stdlib.h>

/* A part of embedding_items.bytes. */
struct span {
	size_t at;
	size_t len;
};

struct held {
	struct span members;
	struct span vector;
	bool text;
	bool tells_coding;
	int64_t prompt;
};

struct embedding_items {
	struct buf top;
	struct buf bytes; /* members and vectors */
	struct held *held;
	size_t count;
	int64_t prompt;
};

struct reading {
	struct json_scan scan;
	struct slice body;
	const struct embedding_items_options *options;
	struct embedding_items *items;
	size_t length; /* of each vector, in bytes; 0: none read yet */
	bool list, data, error;
};

/* State of the current item. */
struct embedding_item_reading {
	struct held *held;
	struct buf members;
	struct embedding_vector_value value;
	bool index, vector; /* whether they were seen */
};

void embedding_items_destroy(struct embedding_items **items)
{
	struct embedding_items *gone = take(items);
	if (!gone)
		return;
	buf_finish(&gone->top);
	buf_finish(&gone->bytes);
	free(gone->held);
	free(gone);
}

/* ## Pieces */

static bool is_whole(const struct reading *r)
{
	return r->options->expected == ITEMS_ANY;
}

static bool is_open(const struct json_token *t)
{
	return t->kind == JSON_OBJECT_OPEN || t->kind == JSON_ARRAY_OPEN;
}

/* Moves past the value that begins with t. */
static bool skip(struct json_scan *scan, const struct json_token *t)
{
	struct json_token last = *t;
	if (is_open(t))
		while (json_scan_next(scan, &last))
			if (last.depth == t->depth && last.kind != JSON_KEY)
				return true;
	return !is_open(t);
}

/* Appends a member with its original spelling, given its key and the first token of its value. */
static bool keep_member(struct reading *r, const struct json_token *key,
			const struct json_token *value, struct buf *out)
{
	const char *start = key->text.at - 1;
	if (!skip(&r->scan, value))
		return false;
	return (out->len == 0 || buf_append_byte(out, ',')) &&
	       buf_append(out, start, (size_t)(r->scan.at - start));
}

/* Reads the next member of an object: its key and its value's first token. False: the object ends
 * here (*ended is true), or there is an error. */
static bool next_member(struct reading *r, struct json_token *key, struct json_token *value,
			bool *ended)
{
	*ended = false;
	if (!json_scan_next(&r->scan, key))
		return false;
	if (key->kind == JSON_OBJECT_CLOSE) {
		*ended = true;
		return false;
	}
	return json_scan_next(&r->scan, value);
}

/* Returns an integer from 0 to 10^15 - 1; -1: the token is none. */
static int64_t whole_number(const struct json_token *t)
{
	int64_t number = 0;
	if (t->kind != JSON_NUMBER || t->text.len > 15)
		return -1;
	for (size_t i = 0; i < t->text.len; i++) {
		if (t->text.at[i] < '0' || t->text.at[i] > '9')
			return -1;
		number = number * 10 + (t->text.at[i] - '0');
	}
	return number;
}

/* ## A vector */

/* Reads a vector. If the response is split, only flat lists and base64 are accepted, and the
 * vectors are kept. */
static bool read_vector(struct reading *r, struct embedding_item_reading *i,
			const struct json_token *t)
{
	size_t start = r->items->bytes.len;
	if (i->vector || !embedding_vector_value_read(&r->scan, t, r->options->format,
						      &r->items->bytes, &i->value))
		return false;
	i->vector = true;
	/* For base64 the number of bytes; all vectors of a response have the same format. */
	bool base64 = t->kind == JSON_STRING;
	size_t length = base64 ? i->value.length : i->value.length * EMBEDDING_VECTOR_NUMBER;
	if ((r->length && length != r->length) || (i->value.nested && !is_whole(r)))
		return false;
	r->length = length;
	if (is_whole(r))
		r->items->bytes.len = start;
	i->held->vector = (struct span){start, r->items->bytes.len - start};
	return true;
}

/* ## An item */

static bool read_item_member(struct reading *r, struct embedding_item_reading *i,
			     const struct json_token *key, const struct json_token *value)
{
	if (slice_is(key->text, r->options->member))
		return read_vector(r, i, value);
	if (slice_is(key->text, "encoding_format")) {
		i->held->tells_coding = value->kind == JSON_STRING;
		return skip(&r->scan, value);
	}
	if (!slice_is(key->text, "index"))
		return keep_member(r, key, value, &i->members);
	bool once = !i->index;
	i->index = true;
	return once && whole_number(value) == (int64_t)r->items->count;
}

/* Replaces the vector by the list's text if it does not survive, and appends the other members. */
static bool hold(struct embedding_items *items, struct embedding_item_reading *i)
{
	struct held *h = i->held;
	h->text = i->value.list.len && !i->value.survives;
	if (h->text) {
		items->bytes.len = h->vector.at;
		h->vector.len = i->value.list.len;
		if (!buf_append_slice(&items->bytes, i->value.list))
			return false;
	}
	h->members = (struct span){items->bytes.len, i->members.len};
	return buf_append_slice(&items->bytes, buf_slice(&i->members));
}

static bool read_item_members(struct reading *r, struct embedding_item_reading *i)
{
	struct json_token key, value;
	bool ended;
	while (next_member(r, &key, &value, &ended))
		if (key.escaped || !read_item_member(r, i, &key, &value))
			return false;
	if (is_whole(r))
		return ended && i->vector;
	return ended && i->index && i->vector && hold(r->items, i);
}

/* If the response is not split, all items use one struct held. */
static bool read_item(struct reading *r)
{
	struct embedding_item_reading i = {
	    .held = &r->items->held[is_whole(r) ? 0 : r->items->count],
	    .members = buf_make(r->body.len),
	};
	bool fine = read_item_members(r, &i);
	buf_finish(&i.members);
	r->items->count++;
	return fine;
}

/* ## The response */

static bool read_data(struct reading *r, const struct json_token *t)
{
	if (r->data || t->kind != JSON_ARRAY_OPEN)
		return false;
	r->data = true;
	size_t expected = r->options->expected;
	struct json_token item;
	while (json_scan_next(&r->scan, &item)) {
		if (item.kind == JSON_ARRAY_CLOSE)
			return is_whole(r) || r->items->count == expected;
		if (item.kind != JSON_OBJECT_OPEN || r->items->count == expected || !read_item(r))
			return false;
	}
	return false;
}

/* Voyage reports only the total, which is the same for embeddings. */
static bool read_usage(struct reading *r, const struct json_token *t)
{
	if (t->kind != JSON_OBJECT_OPEN)
		return skip(&r->scan, t);
	struct json_token key, value;
	bool ended;
	while (next_member(r, &key, &value, &ended)) {
		if (slice_is(key.text, "prompt_tokens") ||
		    (slice_is(key.text, "total_tokens") && r->items->prompt < 0))
			r->items->prompt = whole_number(&value);
		if (!skip(&r->scan, &value))
			return false;
	}
	return ended;
}

static bool read_top_member(struct reading *r, const struct json_token *key,
			    const struct json_token *value)
{
	if (slice_is(key->text, "data"))
		return read_data(r, value);
	if (slice_is(key->text, "usage"))
		return read_usage(r, value);
	if (slice_is(key->text, "object"))
		r->list = value->kind == JSON_STRING && slice_is(value->text, "list");
	if (slice_is(key->text, "error"))
		r->error = r->error || value->kind != JSON_NULL;
	return keep_member(r, key, value, &r->items->top);
}

static bool read_object(struct reading *r)
{
	struct json_token key, value;
	bool ended;
	while (next_member(r, &key, &value, &ended))
		if (key.escaped || !read_top_member(r, &key, &value))
			return false;
	return ended && r->list;
}

/* llama.cpp's own shape is a bare list. */
static bool read_answer(struct reading *r)
{
	struct json_token t;
	if (!json_scan_next(&r->scan, &t))
		return false;
	bool bare = t.kind == JSON_ARRAY_OPEN && is_whole(r);
	if (bare ? !read_data(r, &t) : t.kind != JSON_OBJECT_OPEN || !read_object(r))
		return false;
	/* Nothing may follow. */
	return !json_scan_next(&r->scan, &t) && !r->scan.fault && r->data;
}

enum verdict embedding_items_read(struct slice body, const struct embedding_items_options *options,
				  struct embedding_items **ret_items)
{
	scoped(embedding_items_destroy) struct embedding_items *items =
	    memory_new(struct embedding_items);
	size_t places = options->expected == ITEMS_ANY ? 1 : options->expected + 1;
	/* A number takes four bytes, no more than twice its digit and comma. */
	items->top = buf_make(body.len);
	items->bytes = buf_make(2 * body.len + EMBEDDING_VECTOR_NUMBER);
	items->held = memory_zeroed(places * sizeof *items->held);
	items->prompt = -1;
	struct reading r = {
	    .scan = json_scan_start(body),
	    .body = body,
	    .options = options,
	    .items = items,
	};
	bool fine = read_answer(&r);
	if (r.scan.fault)
		return VERDICT_INVALID_ANSWER;
	if (r.error)
		return VERDICT_ERROR_INSIDE;
	if (!fine || items->count == 0)
		return VERDICT_UNEXPECTED_SHAPE;
	for (size_t i = 0; i < places; i++)
		items->held[i].prompt = items->count == 1 ? items->prompt : -1;
	*ret_items = take(&items);
	return VERDICT_FINE;
}

/* Adds to each item its share of `sum`, in proportion to the weights. Rounding errors carry over to
 * later items, so that the shares add up. */
static void share_by_weight(struct embedding_items *items, const size_t *weights, int64_t sum)
{
	double total = 0;
	double reached = 0;
	int64_t given = 0;
	for (size_t i = 0; i < items->count; i++)
		total += (double)weights[i];
	for (size_t i = 0; i < items->count; i++) {
		reached += (double)weights[i];
		bool last = i + 1 == items->count;
		double part = total > 0 ? reached / total : (double)(i + 1) / (double)items->count;
		int64_t up_to = last ? sum : (int64_t)(part * (double)sum);
		items->held[i].prompt += up_to - given;
		given = up_to;
	}
}

static void share_evenly(struct embedding_items *items, int64_t sum)
{
	int64_t count = (int64_t)items->count;
	for (int64_t i = 0; i < count; i++)
		items->held[i].prompt += sum / count + (i < sum % count);
}

/* A server may add tokens of its own to each list. */
void embedding_items_share(struct embedding_items *items, const size_t *weights, bool tokens)
{
	int64_t own = 0;
	if (items->prompt < 0)
		return;
	for (size_t i = 0; i < items->count; i++)
		own += (int64_t)weights[i];
	bool exact = tokens && own <= items->prompt;
	for (size_t i = 0; i < items->count; i++)
		items->held[i].prompt = exact ? (int64_t)weights[i] : 0;
	if (exact)
		share_evenly(items, items->prompt - own);
	else
		share_by_weight(items, weights, items->prompt);
}

static struct slice bytes_of(const struct embedding_items *items, struct span span)
{
	return slice_make(items->bytes.at + span.at, span.len);
}

struct embedding_item embedding_items_at(const struct embedding_items *items, size_t index)
{
	const struct held *h = &items->held[index];
	return (struct embedding_item){
	    .text = h->text,
	    .tells_coding = h->tells_coding,
	    .prompt = h->prompt,
	    .top = buf_slice(&items->top),
	    .members = bytes_of(items, h->members),
	    .vector = bytes_of(items, h->vector),
	};
}

int64_t embedding_items_prompt(const struct embedding_items *items)
{
	return items->prompt;
}

size_t embedding_items_count(const struct embedding_items *items)
{
	return items->count;
}
