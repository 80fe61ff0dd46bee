#include "proxy/openai/items.h"

#include "base/memory.h"
#include "cache/json_scan.h"
#include "proxy/openai/vector.h"

#include <stdlib.h>

/* Where in `bytes` something lies. */
struct span {
	size_t at;
	size_t len;
};

struct held {
	struct span members;
	struct span vector;
	bool text;
	bool tells_coding;
};

struct items {
	struct buf top;
	struct buf bytes; /* members and vectors */
	struct held *held;
	size_t count;
	int64_t prompt;
};

struct reading {
	struct json_scan scan;
	struct slice body;
	struct items *items;
	size_t expected;
	size_t numbers; /* in each vector; 0: none was read yet */
	bool list, data, error;
};

/* Of the item that is being read. */
struct item_reading {
	struct held *held;
	struct buf members;
	struct slice list;  /* the vector's text, with its brackets; empty: it came in base64 */
	bool survives;	    /* the list does */
	bool index, vector; /* were seen */
};

void items_destroy(struct items **items)
{
	struct items *gone = take(items);
	if (!gone)
		return;
	buf_finish(&gone->top);
	buf_finish(&gone->bytes);
	free(gone->held);
	free(gone);
}

/* ## Pieces */

static bool is_open(const struct json_token *t)
{
	return t->kind == JSON_OBJECT_OPEN || t->kind == JSON_ARRAY_OPEN;
}

/* Moves past the value that begins with t, which is all of a scalar. */
static bool skip(struct json_scan *scan, const struct json_token *t)
{
	struct json_token last = *t;
	if (is_open(t))
		while (json_scan_next(scan, &last))
			if (last.depth == t->depth && last.kind != JSON_KEY)
				return true;
	return !is_open(t);
}

/* Appends a member whose key and first token these are, as it is spelled. */
static bool keep_member(struct reading *r, const struct json_token *key,
			const struct json_token *value, struct buf *out)
{
	const char *start = key->text.at - 1;
	if (!skip(&r->scan, value))
		return false;
	return (out->len == 0 || buf_append_byte(out, ',')) &&
	       buf_append(out, start, (size_t)(r->scan.at - start));
}

/* The next member of an object: its key, and its value's first token. False: the object ends here,
 * or something is wrong; then *ended tells. */
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

/* A whole number from 0 to 10^15 less one; -1: it is none. */
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

/* Leaves the scan at the closing bracket, as if nothing stood before it. */
static bool read_list(struct reading *r, struct item_reading *i)
{
	const char *start = r->scan.at;
	struct slice rest = slice_make(start, (size_t)(r->scan.end - start));
	long len = vector_read_list(rest, &r->items->bytes, &i->survives);
	if (len < 0)
		return false;
	i->list = slice_make(start - 1, (size_t)len + 2);
	r->scan.at += len;
	struct json_token close;
	return json_scan_next(&r->scan, &close) && close.kind == JSON_ARRAY_CLOSE;
}

static bool read_base64(struct reading *r, const struct json_token *t)
{
	if (!t->escaped)
		return vector_read_base64(t->text, &r->items->bytes);
	scoped(buf_finish) struct buf decoded = buf_make(t->text.len);
	if (!buf_reserve(&decoded, t->text.len))
		return false;
	decoded.len = json_decode(t->text, decoded.at);
	return vector_read_base64(buf_slice(&decoded), &r->items->bytes);
}

static bool read_vector(struct reading *r, struct item_reading *i, const struct json_token *t)
{
	if (i->vector)
		return false;
	i->vector = true;
	size_t start = r->items->bytes.len;
	if (t->kind == JSON_ARRAY_OPEN ? !read_list(r, i)
				       : t->kind != JSON_STRING || !read_base64(r, t))
		return false;
	size_t numbers = (r->items->bytes.len - start) / VECTOR_NUMBER;
	if (r->numbers && numbers != r->numbers)
		return false;
	r->numbers = numbers;
	i->held->vector = (struct span){start, r->items->bytes.len - start};
	return true;
}

/* ## An item */

static bool read_item_member(struct reading *r, struct item_reading *i,
			     const struct json_token *key, const struct json_token *value)
{
	if (slice_is(key->text, "embedding"))
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

/* Puts a list that does not survive, and the other members, behind the vectors. */
static bool hold(struct items *items, struct item_reading *i)
{
	struct held *h = i->held;
	h->text = i->list.len && !i->survives;
	if (h->text) {
		items->bytes.len = h->vector.at;
		h->vector.len = i->list.len;
		if (!buf_append_slice(&items->bytes, i->list))
			return false;
	}
	h->members = (struct span){items->bytes.len, i->members.len};
	return buf_append_slice(&items->bytes, buf_slice(&i->members));
}

static bool read_item_members(struct reading *r, struct item_reading *i)
{
	struct json_token key, value;
	bool ended;
	while (next_member(r, &key, &value, &ended))
		if (key.escaped || !read_item_member(r, i, &key, &value))
			return false;
	return ended && i->index && i->vector && hold(r->items, i);
}

static bool read_item(struct reading *r)
{
	struct item_reading i = {
	    .held = &r->items->held[r->items->count],
	    .members = buf_make(r->body.len),
	};
	bool fine = read_item_members(r, &i);
	buf_finish(&i.members);
	r->items->count++;
	return fine;
}

/* ## The answer */

static bool read_data(struct reading *r, const struct json_token *t)
{
	if (r->data || t->kind != JSON_ARRAY_OPEN)
		return false;
	r->data = true;
	struct json_token item;
	while (json_scan_next(&r->scan, &item)) {
		if (item.kind == JSON_ARRAY_CLOSE)
			return r->items->count == r->expected;
		if (item.kind != JSON_OBJECT_OPEN || r->items->count == r->expected ||
		    !read_item(r))
			return false;
	}
	return false;
}

/* Voyage tells the total alone; of embeddings it is the same. */
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

static bool read_answer(struct reading *r)
{
	struct json_token key, value;
	bool ended;
	if (!json_scan_next(&r->scan, &key) || key.kind != JSON_OBJECT_OPEN)
		return false;
	while (next_member(r, &key, &value, &ended))
		if (key.escaped || !read_top_member(r, &key, &value))
			return false;
	/* Nothing may stand behind it. */
	return ended && !json_scan_next(&r->scan, &key) && !r->scan.fault && r->data;
}

enum verdict items_read(struct slice body, size_t expected, struct items **ret_items)
{
	scoped(items_destroy) struct items *items = memory_new(struct items);
	/* A vector's four bytes a number are fewer than two characters and a comma, or as many. */
	items->top = buf_make(body.len);
	items->bytes = buf_make(2 * body.len + VECTOR_NUMBER);
	items->held = memory_zeroed((expected + 1) * sizeof *items->held);
	items->prompt = -1;
	struct reading r = {
	    .scan = json_scan_start(body),
	    .body = body,
	    .items = items,
	    .expected = expected,
	};
	bool fine = read_answer(&r);
	if (r.scan.fault)
		return VERDICT_INVALID_ANSWER;
	if (r.error)
		return VERDICT_ERROR_INSIDE;
	if (!fine || !r.list || items->count == 0)
		return VERDICT_UNEXPECTED_SHAPE;
	*ret_items = take(&items);
	return VERDICT_FINE;
}

static struct slice bytes_of(const struct items *items, struct span span)
{
	return slice_make(items->bytes.at + span.at, span.len);
}

struct item items_at(const struct items *items, size_t index)
{
	const struct held *h = &items->held[index];
	return (struct item){
	    .text = h->text,
	    .tells_coding = h->tells_coding,
	    .prompt = items->count == 1 ? items->prompt : -1,
	    .top = buf_slice(&items->top),
	    .members = bytes_of(items, h->members),
	    .vector = bytes_of(items, h->vector),
	};
}

int64_t items_prompt(const struct items *items)
{
	return items->prompt;
}
