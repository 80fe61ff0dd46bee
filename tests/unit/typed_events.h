/* For tests of the families whose streams are typed events: checks what fold and unfold must
 * preserve, and reads a stream event by event like a client. */
#pragma once

#include "proxy/openai/wire/sse.h"

#include "tests/unit/json_equal.h"
#include "tests/unit/main.h"
#include "tests/unit/trace.h"
#include "tests/unit/wire_forms.h"

enum { NODES_MOST = 512 << 20 };

/* ## Comparing */

static inline struct json_node *read_document(struct json_tree *t, struct slice text)
{
	struct json_node *n = json_tree_read(t, text);
	ck_assert_msg(n, "no JSON: %.*s", SLICE_FMT(text));
	return n;
}

/* Removes the member at a path: "id", or "output[].id" from each element. */
static inline void forget(struct json_node *object, const char *path)
{
	const char *bracket = strchr(path, '[');
	char name[64];
	snprintf(name, sizeof(name), "%.*s", bracket ? (int)(bracket - path) : 64, path);
	struct json_node *list = bracket ? json_node_value(object, name) : NULL;
	if (!bracket)
		json_node_take(object, name);
	for (struct json_node *n = list ? list->first : NULL; n; n = n->next)
		forget(n, bracket + strlen("[]."));
}

static inline struct buf text_of(const struct json_node *n)
{
	struct buf text = buf_make(WIRE_FORMS_LIMIT);
	ck_assert(json_node_write(n, &text));
	return text;
}

static inline struct buf text_without(struct slice text, const char *const *paths)
{
	struct json_tree *t = json_tree_create(NODES_MOST);
	struct json_node *n = read_document(t, text);
	for (; *paths; paths++)
		forget(n, *paths);
	struct buf rest = text_of(n);
	json_tree_destroy(&t);
	return rest;
}

static inline void assert_same(struct slice a, struct slice b)
{
	ck_assert_msg(json_equal(a, b), "%.*s\n%.*s", SLICE_FMT(a), SLICE_FMT(b));
}

static inline void assert_same_but(struct slice a, struct slice b, const char *const *paths)
{
	struct buf x = text_without(a, paths), y = text_without(b, paths);
	assert_same(buf_slice(&x), buf_slice(&y));
	buf_finish(&x);
	buf_finish(&y);
}

/* Like assert_same; strings of the nodes may consist of pieces. */
static inline void assert_same_nodes(const struct json_node *a, const struct json_node *b)
{
	struct buf x = text_of(a), y = text_of(b);
	assert_same(buf_slice(&x), buf_slice(&y));
	buf_finish(&x);
	buf_finish(&y);
}

/* ## Folding and unfolding */

/* Checks that the object, unfolded in pieces of several sizes and folded again, is unchanged. */
static inline void assert_lossless(enum endpoint_family family, struct slice object)
{
	for (size_t piece = 0; piece < 50; piece = piece * 7 + 1) {
		struct buf stream = unfolded(family, object, true, piece);
		ck_assert_msg(stream.len, "%.*s", SLICE_FMT(object));
		struct buf back = folded(family, buf_slice(&stream));
		ck_assert_msg(back.len, "%.*s", SLICE_FMT(buf_slice(&stream)));
		assert_same(buf_slice(&back), object);
		buf_finish(&stream);
		buf_finish(&back);
	}
}

static inline void assert_refused(enum endpoint_family family, const char *stream)
{
	struct buf object = folded(family, slice_of(stream));
	ck_assert_msg(object.len == 0, "%s", stream);
	buf_finish(&object);
}

static inline void assert_not_unfolded(enum endpoint_family family, const char *object)
{
	struct buf stream = unfolded(family, slice_of(object), true, 0);
	ck_assert_msg(stream.len == 0, "%s", object);
	buf_finish(&stream);
}

/* Checks that a recorded plain answer and stream are equal except at the paths `but`. */
static inline void assert_recorded(enum endpoint_family family, const char *plain,
				   const char *stream, const char *const *but)
{
	struct trace a = trace_open(plain), b = trace_open(stream);
	struct buf object = folded(family, buf_slice(&b.body));
	ck_assert_msg(object.len, "%s", stream);
	assert_same_but(buf_slice(&object), buf_slice(&a.body), but);
	assert_lossless(family, buf_slice(&a.body));
	assert_lossless(family, buf_slice(&object));
	buf_finish(&object);
	trace_close(&a);
	trace_close(&b);
}

/* ## Reading a stream */

/* Calls `visit` for each event and checks that it has a type that is also its event name. */
static inline void each_typed_event(struct json_tree *t, struct slice stream,
				    void (*visit)(void *context, struct json_node *event),
				    void *context)
{
	struct sse sse = sse_make(WIRE_FORMS_LIMIT);
	struct sse_frame frame;
	ck_assert(sse_feed(&sse, stream));
	sse_end(&sse);
	while (sse_next(&sse, &frame)) {
		char *data = json_tree_bytes(t, frame.data.len);
		ck_assert_ptr_nonnull(data);
		memcpy(data, frame.data.at, frame.data.len);
		struct json_node *event = read_document(t, slice_make(data, frame.data.len));
		const struct json_node *type = json_node_value(event, "type");
		ck_assert(type && slice_equal(type->text, frame.event));
		visit(context, event);
	}
	ck_assert(!sse_torn(&sse));
	sse_finish(&sse);
}

static inline struct json_node *element(const struct json_node *array,
					const struct json_node *index)
{
	int64_t at = json_node_number(index);
	ck_assert_int_ge(at, 0);
	struct json_node *n = array->first;
	while (n && at-- > 0)
		n = n->next;
	ck_assert_ptr_nonnull(n);
	return n;
}

/* ## Random documents */

static inline void add(struct buf *out, const char *text)
{
	ck_assert(buf_append_text(out, text));
}

/* Adds the content of a string: words, escapes, characters of all lengths. */
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

/* Adds a member with a random string. */
static inline void add_random_member(struct buf *out, const char *name, uint32_t *seed)
{
	ck_assert(buf_printf(out, "\"%s\":\"", name));
	add_random_text(out, seed);
	add(out, "\"");
}

/* Adds a random value. */
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
