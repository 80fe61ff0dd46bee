#include "proxy/openai/embeddings/embedding_inputs.h"

#include "base/memory.h"

#include <stdlib.h>

const char *const embedding_inputs_left_out[] = {"input", "encoding_format", NULL};

struct embedding_inputs {
	struct slice body;
	struct slice value; /* of `input`, in the body */
	struct buf at;	    // struct slice: the inputs in the body, as spelled
	enum coding coding;
};

void embedding_inputs_destroy(struct embedding_inputs **inputs)
{
	struct embedding_inputs *gone = take(inputs);
	if (!gone)
		return;
	buf_finish(&gone->at);
	free(gone);
}

size_t embedding_inputs_count(const struct embedding_inputs *inputs)
{
	return inputs->at.len / sizeof(struct slice);
}

static struct slice input_at(const struct embedding_inputs *inputs, size_t index)
{
	return ((const struct slice *)(const void *)inputs->at.at)[index];
}

enum coding embedding_inputs_coding(const struct embedding_inputs *inputs)
{
	return inputs->coding;
}

bool embedding_inputs_are_tokens(const struct embedding_inputs *inputs)
{
	return *input_at(inputs, 0).at == '[';
}

static size_t text_length(struct slice text)
{
	if (!memchr(text.at, '\\', text.len))
		return text.len;
	scoped(buf_finish) struct buf decoded = buf_make(text.len);
	return buf_reserve(&decoded, text.len) ? json_decode(text, decoded.at) : 0;
}

/* The brackets contain at least one number (read_tokens). */
static size_t token_count(struct slice list)
{
	size_t count = 1;
	for (size_t i = 0; i < list.len; i++)
		count += list.at[i] == ',';
	return count;
}

size_t embedding_inputs_length(const struct embedding_inputs *inputs, size_t index)
{
	struct slice spelled = input_at(inputs, index);
	if (*spelled.at == '[')
		return token_count(spelled);
	return text_length(slice_make(spelled.at + 1, spelled.len - 2));
}

/* ## Reading */

/* Members of vLLM, Voyage, Mistral, Jina and llama.cpp that change the type of numbers, or make
 * vectors depend on the whole batch. */
static const struct slice unsplittable[] = {
    SLICE("content"),	    SLICE("embed_dtype"),    SLICE("endianness"),
    SLICE("output_dtype"),  SLICE("embedding_type"), SLICE("embedding_types"),
    SLICE("late_chunking"), SLICE("messages"),
};

static bool is_unsplittable(struct slice key)
{
	for (size_t i = 0; i < sizeof unsplittable / sizeof *unsplittable; i++)
		if (slice_equal(key, unsplittable[i]))
			return true;
	return false;
}

/* Returns the spelling of the value that begins with t; at == NULL: it does not end. */
static struct slice value_at(struct json_scan *scan, const struct json_token *t)
{
	const char *start = t->kind == JSON_STRING ? t->text.at - 1 : t->text.at;
	struct json_token last = *t;
	bool open = t->kind == JSON_OBJECT_OPEN || t->kind == JSON_ARRAY_OPEN;
	while (open && json_scan_next(scan, &last))
		open = last.depth != t->depth;
	return open ? slice_make(NULL, 0) : slice_make(start, (size_t)(scan->at - start));
}

static bool add(struct embedding_inputs *inputs, struct slice spelled)
{
	return spelled.at && buf_append(&inputs->at, &spelled, sizeof spelled);
}

/* Reads the rest of a list of tokens, whose bracket or first token was read. */
static bool read_tokens(struct json_scan *scan, bool empty)
{
	struct json_token t;
	for (; json_scan_next(scan, &t); empty = false) {
		if (t.kind == JSON_ARRAY_CLOSE)
			return !empty;
		if (t.kind != JSON_NUMBER)
			return false;
	}
	return false;
}

static bool read_element(struct embedding_inputs *inputs, struct json_scan *scan,
			 const struct json_token *t)
{
	const char *start = t->text.at;
	if (t->kind == JSON_STRING)
		return add(inputs, value_at(scan, t));
	return read_tokens(scan, true) &&
	       add(inputs, slice_make(start, (size_t)(scan->at - start)));
}

/* Reads a list after its opening bracket. A list with elements of different kinds is one input for
 * llama.cpp and invalid for other servers. */
static bool read_list(struct embedding_inputs *inputs, struct json_scan *scan, const char *start)
{
	struct json_token t;
	if (!json_scan_next(scan, &t))
		return false;
	if (t.kind == JSON_NUMBER)
		return read_tokens(scan, false) &&
		       add(inputs, slice_make(start, (size_t)(scan->at - start)));
	enum json_kind kind = t.kind;
	if (kind != JSON_STRING && kind != JSON_ARRAY_OPEN)
		return false;
	do {
		if (t.kind == JSON_ARRAY_CLOSE)
			return true;
		if (t.kind != kind || !read_element(inputs, scan, &t))
			return false;
	} while (json_scan_next(scan, &t));
	return false;
}

static bool read_input(struct embedding_inputs *inputs, struct json_scan *scan,
		       const struct json_token *t)
{
	const char *start = t->kind == JSON_STRING ? t->text.at - 1 : t->text.at;
	if (inputs->at.len)
		return false;
	bool fine = t->kind == JSON_STRING	 ? add(inputs, value_at(scan, t))
		    : t->kind == JSON_ARRAY_OPEN ? read_list(inputs, scan, start)
						 : false;
	inputs->value = slice_make(start, (size_t)(scan->at - start));
	return fine;
}

/* Absent and null mean float. */
static bool read_coding(struct embedding_inputs *inputs, const struct json_token *t)
{
	if (t->kind == JSON_STRING && slice_is(t->text, "base64"))
		inputs->coding = CODING_BASE64;
	else
		return t->kind == JSON_NULL ||
		       (t->kind == JSON_STRING && slice_is(t->text, "float"));
	return true;
}

/* No server spells members with escapes; if a client does, the body is not split. */
static bool read_member(struct embedding_inputs *inputs, struct json_scan *scan,
			const struct json_token *key)
{
	struct json_token value;
	if (key->kind != JSON_KEY || key->escaped || !json_scan_next(scan, &value))
		return false;
	if (slice_is(key->text, "input"))
		return read_input(inputs, scan, &value);
	if (slice_is(key->text, "encoding_format"))
		return read_coding(inputs, &value);
	return !is_unsplittable(key->text) && value_at(scan, &value).at;
}

static bool read_body(struct embedding_inputs *inputs, struct json_scan *scan)
{
	struct json_token t;
	if (!json_scan_next(scan, &t) || t.kind != JSON_OBJECT_OPEN)
		return false;
	while (json_scan_next(scan, &t)) {
		if (t.kind == JSON_OBJECT_CLOSE)
			return inputs->at.len && !json_scan_next(scan, &t) && !scan->fault;
		if (!read_member(inputs, scan, &t))
			return false;
	}
	return false;
}

struct embedding_inputs *embedding_inputs_read(struct slice body)
{
	scoped(embedding_inputs_destroy) struct embedding_inputs *inputs =
	    memory_new(struct embedding_inputs);
	struct json_scan scan = json_scan_start(body);
	inputs->body = body;
	inputs->at = buf_make(INPUTS_MOST * sizeof(struct slice));
	return read_body(inputs, &scan) ? take(&inputs) : NULL;
}

/* ## Canonical forms and bodies */

bool embedding_inputs_form(const struct embedding_inputs *inputs, size_t index,
			   struct canonical *canonical, struct buf *form)
{
	static const struct canonical_rules rules = {0};
	struct slice spelled = input_at(inputs, index);
	scoped(buf_finish) struct buf alone = buf_make(spelled.len + sizeof "{\"input\":}");
	return buf_append_text(&alone, "{\"input\":") && buf_append_slice(&alone, spelled) &&
	       buf_append_byte(&alone, '}') &&
	       canonical_form(canonical, buf_slice(&alone), &rules, form) == CANONICAL_FINE;
}

static bool put_list(const struct embedding_inputs *inputs, const uint32_t *which, size_t count,
		     struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		if (!buf_append_byte(out, i ? ',' : '[') ||
		    !buf_append_slice(out, input_at(inputs, which[i])))
			return false;
	return buf_append_byte(out, ']');
}

bool embedding_inputs_body(const struct embedding_inputs *inputs, const uint32_t *which,
			   size_t count, struct buf *out)
{
	size_t front = (size_t)(inputs->value.at - inputs->body.at);
	return buf_append(out, inputs->body.at, front) && put_list(inputs, which, count, out) &&
	       buf_append_slice(out, slice_after(inputs->body, front + inputs->value.len));
}
