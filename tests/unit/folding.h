/* For the tests of fold and unfold: documents as trees, comparing them by what they mean, and
 * reading streams event by event as a client does. */
#pragma once

#include "proxy/openai/fold_internal.h"
#include "proxy/openai/sse.h"

#include "tests/unit/main.h"
#include "tests/unit/trace.h"

enum { DOCUMENT_MOST = 64 << 20, NODES_MOST = 512 << 20 };

static inline struct node *read_document(struct tree *t, struct slice text)
{
	struct node *n = tree_read(t, text);
	ck_assert_msg(n, "no JSON: %.*s", SLICE_FMT(text));
	return n;
}

/* ## What a string says */

static inline void add_decoded(const struct node *string, struct buf *out)
{
	ck_assert(buf_reserve(out, string->text.len));
	if (string->text.len)
		out->len += json_decode(string->text, out->at + out->len);
	for (const struct node *piece = string->first; piece; piece = piece->next)
		add_decoded(piece, out);
}

static inline bool same_string(const struct node *a, const struct node *b)
{
	struct buf x = buf_make(DOCUMENT_MOST), y = buf_make(DOCUMENT_MOST);
	add_decoded(a, &x);
	add_decoded(b, &y);
	bool same = slice_equal(buf_slice(&x), buf_slice(&y));
	buf_finish(&x);
	buf_finish(&y);
	return same;
}

/* ## Comparing: members in any order, numbers by their spelling, strings by what they say */

struct comparing {
	const char *const *but; /* paths that may differ, up to NULL: "id", "output[].id" */
	char path[256];		/* under way; on a difference: where */
};

static inline bool may_differ(const struct comparing *c)
{
	for (const char *const *path = c->but; path && *path; path++)
		if (strcmp(*path, c->path) == 0)
			return true;
	return false;
}

static inline bool same_value(struct comparing *c, const struct node *a, const struct node *b);

static inline bool same_at(struct comparing *c, const char *step, struct slice name,
			   const struct node *a, const struct node *b)
{
	size_t len = strlen(c->path);
	snprintf(c->path + len, sizeof(c->path) - len, "%s%.*s", len || !name.len ? step : "",
		 SLICE_FMT(name));
	if (!may_differ(c) && (!a || !b || !same_value(c, a, b)))
		return false;
	c->path[len] = '\0';
	return true;
}

static inline const struct node *member_called(const struct node *object, struct slice name)
{
	const struct node *m = object->first;
	while (m && !slice_equal(m->name, name))
		m = m->next;
	return m;
}

static inline bool same_object(struct comparing *c, const struct node *a, const struct node *b)
{
	for (const struct node *m = a->first; m; m = m->next)
		if (!same_at(c, ".", m->name, m, member_called(b, m->name)))
			return false;
	for (const struct node *m = b->first; m; m = m->next)
		if (!member_called(a, m->name) && !same_at(c, ".", m->name, NULL, m))
			return false;
	return true;
}

static inline bool same_array(struct comparing *c, const struct node *a, const struct node *b)
{
	static const struct slice nothing = {"", 0};
	const struct node *y = b->first;
	for (const struct node *x = a->first; x || y; x = x ? x->next : x, y = y ? y->next : y)
		if (!same_at(c, "[]", nothing, x, y))
			return false;
	return true;
}

static inline bool same_value(struct comparing *c, const struct node *a, const struct node *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == JSON_OBJECT_OPEN)
		return same_object(c, a, b);
	if (a->kind == JSON_ARRAY_OPEN)
		return same_array(c, a, b);
	return a->kind == JSON_STRING ? same_string(a, b) : slice_equal(a->text, b->text);
}

static inline void assert_same(const struct node *a, const struct node *b, const char *const *but)
{
	struct comparing c = {.but = but};
	ck_assert_msg(same_value(&c, a, b), "they differ at %s", c.path[0] ? c.path : "the top");
}

static inline void assert_same_text(struct slice a, struct slice b, const char *const *but)
{
	struct tree *t = tree_create(NODES_MOST);
	struct comparing c = {.but = but};
	ck_assert_msg(same_value(&c, read_document(t, a), read_document(t, b)),
		      "they differ at %s:\n%.*s\n%.*s", c.path, SLICE_FMT(a), SLICE_FMT(b));
	tree_destroy(&t);
}

/* ## Folding and unfolding */

static inline bool keep_event(void *context, struct slice event)
{
	return buf_append_slice(context, event);
}

/* Appends the stream to *out. */
static inline bool unfold_into(enum endpoint_family family, struct slice object, size_t piece,
			       struct buf *out)
{
	struct unfold_options options = {
	    .usage = true, .piece = piece, .on_event = keep_event, .context = out};
	return unfold(family, object, &options);
}

/* Unfolded in pieces of several sizes and folded again, it is what it was. */
static inline void assert_lossless(enum endpoint_family family, struct slice object)
{
	struct buf stream = buf_make(DOCUMENT_MOST), folded = buf_make(DOCUMENT_MOST);
	for (size_t piece = 0; piece < 50; piece = piece * 7 + 1) {
		buf_clear(&stream);
		buf_clear(&folded);
		ck_assert_msg(unfold_into(family, object, piece, &stream), "%.*s",
			      SLICE_FMT(object));
		ck_assert_msg(fold(family, buf_slice(&stream), &folded), "%.*s",
			      SLICE_FMT(buf_slice(&stream)));
		assert_same_text(buf_slice(&folded), object, NULL);
	}
	buf_finish(&stream);
	buf_finish(&folded);
}

static inline void assert_refused(enum endpoint_family family, const char *stream)
{
	struct buf out = buf_make(DOCUMENT_MOST);
	ck_assert_msg(!fold(family, slice_of(stream), &out), "%s", stream);
	ck_assert_uint_eq(out.len, 0);
	buf_finish(&out);
}

static inline void assert_not_unfolded(enum endpoint_family family, const char *object)
{
	struct buf out = buf_make(DOCUMENT_MOST);
	ck_assert_msg(!unfold_into(family, slice_of(object), 0, &out), "%s", object);
	buf_finish(&out);
}

/* The recorded plain answer and stream mean the same but for some paths. */
static inline void assert_recorded(enum endpoint_family family, const char *plain,
				   const char *stream, const char *const *but)
{
	struct trace a = trace_open(plain), b = trace_open(stream);
	struct buf folded = buf_make(DOCUMENT_MOST);
	ck_assert_msg(fold(family, buf_slice(&b.body), &folded), "%s", stream);
	assert_same_text(buf_slice(&folded), buf_slice(&a.body), but);
	assert_lossless(family, buf_slice(&a.body));
	assert_lossless(family, buf_slice(&folded));
	buf_finish(&folded);
	trace_close(&a);
	trace_close(&b);
}

/* ## Reading a stream */

/* Calls `visit` with each event, which has a type and goes by the name of it. */
static inline void each_typed_event(struct tree *t, struct slice stream,
				    void (*visit)(void *context, struct node *event), void *context)
{
	struct sse sse = sse_make(DOCUMENT_MOST);
	struct sse_frame frame;
	ck_assert(sse_feed(&sse, stream));
	sse_end(&sse);
	while (sse_next(&sse, &frame)) {
		char *data = tree_bytes(t, frame.data.len);
		ck_assert_ptr_nonnull(data);
		memcpy(data, frame.data.at, frame.data.len);
		struct node *event = read_document(t, slice_make(data, frame.data.len));
		const struct node *type = node_value(event, "type");
		ck_assert(type && slice_equal(type->text, frame.event));
		visit(context, event);
	}
	ck_assert(!sse_torn(&sse));
	sse_finish(&sse);
}

static inline struct node *element(const struct node *array, const struct node *index)
{
	int64_t at = node_number(index);
	ck_assert_int_ge(at, 0);
	struct node *n = array->first;
	while (n && at-- > 0)
		n = n->next;
	ck_assert_ptr_nonnull(n);
	return n;
}

/* ## Making up */

static inline void add(struct buf *out, const char *text)
{
	ck_assert(buf_append_text(out, text));
}

/* What stands between the quotes of a string: words, escapes, characters of all lengths. */
static inline void add_random_text(struct buf *out, uint32_t *seed)
{
	static const char *const texts[] = {"a",	"word ",	" ",
					    "\\n",	"\\\"",		"\\\\",
					    "\\u0000",	"\\/",		"\\ud83d\\ude00",
					    "\xc3\xa9", "\xe6\x98\xaf", "\xf0\x9f\x98\x80",
					    "{",	"\\u4e2d",	"]}",
					    "data: "};
	for (unsigned left = trace_random(seed) % 12; left; left--)
		add(out, texts[trace_random(seed) % (sizeof(texts) / sizeof(texts[0]))]);
}

/* A member whose value is any string. */
static inline void add_random_member(struct buf *out, const char *name, uint32_t *seed)
{
	ck_assert(buf_printf(out, "\"%s\":\"", name));
	add_random_text(out, seed);
	add(out, "\"");
}

/* Any value. */
static inline void add_random_value(struct buf *out, uint32_t *seed, unsigned depth)
{
	static const char *const values[] = {"null",  "true", "1",  "-0.0",
					     "1e400", "{}",   "[]", "9007199254740993"};
	unsigned choice = trace_random(seed) % (depth ? 11 : 9);
	if (choice < 8) {
		add(out, values[choice]);
	} else if (choice == 8) {
		add(out, "\"");
		add_random_text(out, seed);
		add(out, "\"");
	} else {
		add(out, choice == 9 ? "[" : "{\"k\\u0065y\":");
		add_random_value(out, seed, depth - 1);
		add(out, choice == 9 ? ",2]" : ",\"b\":[{}]}");
	}
}
