/* Embeddings: object list with data[].embedding, a list of numbers or a string of base64.
 * llama.cpp's own shape (/embedding, /embeddings without /v1, or a request with `content`) is a
 * bare array of objects with `embedding`.
 *
 * A batch holds a million numbers, and a tree of them costs a hundred times the text: so this
 * family walks over the tokens instead. */
#include "proxy/openai/family.h"

#include "cache/json_scan.h"

struct walk {
	bool list;	   /* object is "list" */
	bool error;	   /* an error is told */
	bool in_data;	   /* inside the member data */
	unsigned items;	   /* elements of data, */
	unsigned vectors;  /* those with something in `embedding`, */
	unsigned counted;  /* and which of them was the last one */
	unsigned item;	   /* the depth of members of an element: 3, or 2 in a bare array */
	bool after_vector; /* the token before was the opening bracket of an embedding */
	struct slice key;  /* the last one, as spelled */
};

static bool is_value(const struct json_token *t)
{
	return t->kind != JSON_KEY && t->kind != JSON_OBJECT_CLOSE && t->kind != JSON_ARRAY_CLOSE;
}

static void walk_top(struct walk *w, const struct json_token *t)
{
	w->in_data = slice_is(w->key, "data") && t->kind == JSON_ARRAY_OPEN;
	if (slice_is(w->key, "object"))
		w->list = t->kind == JSON_STRING && slice_is(t->text, "list");
	if (slice_is(w->key, "error"))
		w->error = w->error || t->kind != JSON_NULL;
}

/* A key from before does not name what is inside it. */
static void begin_item(struct walk *w)
{
	w->items++;
	w->key.len = 0;
}

static void count_vector(struct walk *w)
{
	w->vectors += w->counted != w->items;
	w->counted = w->items;
}

static void walk_item(struct walk *w, const struct json_token *t)
{
	if (!slice_is(w->key, "embedding"))
		return;
	w->after_vector = t->kind == JSON_ARRAY_OPEN;
	if (t->kind == JSON_STRING && t->text.len > 0)
		count_vector(w);
}

/* One token. The first one inside an embedding's brackets that is a value makes it a vector. */
static void walk_token(struct walk *w, const struct json_token *t)
{
	if (w->after_vector) {
		if (is_value(t))
			count_vector(w);
		w->after_vector = false;
	}
	if (t->kind == JSON_KEY)
		w->key = t->text;
	if (!is_value(t))
		return;
	if (t->depth == 1 && w->item == 3)
		walk_top(w, t);
	else if (t->depth == w->item - 1 && w->in_data)
		begin_item(w);
	else if (t->depth == w->item && w->in_data)
		walk_item(w, t);
}

static enum verdict read_body(struct evidence *a, struct slice body)
{
	struct json_scan scan = json_scan_start(body);
	struct json_token t;
	if (!json_scan_next(&scan, &t) || (t.kind != JSON_OBJECT_OPEN && t.kind != JSON_ARRAY_OPEN))
		return VERDICT_UNEXPECTED_SHAPE;
	bool bare = t.kind == JSON_ARRAY_OPEN;
	struct walk w = {.item = bare ? 2 : 3, .in_data = bare, .list = bare};
	while (json_scan_next(&scan, &t))
		walk_token(&w, &t);
	if (scan.fault)
		return VERDICT_INVALID_ANSWER;
	if (w.error)
		return VERDICT_ERROR_INSIDE;
	return w.list && w.items && w.items == w.vectors ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
}

const struct family family_embeddings = {read_body, NULL, NULL};
