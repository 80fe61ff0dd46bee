#include "proxy/openai/wire/replay.h"

#include "cache/key/json_scan.h"

#include <inttypes.h>
#include <stdio.h>

struct editing {
	const struct replay_options *options;
	struct buf *out;
	const char *copied;   /* the text before it is in *out */
	struct slice top_key; /* the last key at depth 1 */
	struct slice key;     /* the last key at any depth outside `usage` */
	unsigned usage;	      /* depth of the members of `usage`; 0: outside */
	bool full;
};

static void put(struct editing *e, struct slice text)
{
	e->full = e->full || !buf_append_slice(e->out, text);
}

/* Replaces `old`, a slice of the text, by `text`. */
static void replace(struct editing *e, struct slice old, struct slice text)
{
	put(e, slice_make(e->copied, (size_t)(old.at - e->copied)));
	put(e, text);
	e->copied = old.at + old.len;
}

static void replace_number(struct editing *e, struct slice old, int64_t number)
{
	char text[24];
	int len = snprintf(text, sizeof text, "%" PRId64, number);
	replace(e, old, slice_make(text, (size_t)len));
}

/* Keeps the prefix, such as "chatcmpl-" or "resp_", by which clients recognize the kind of id. */
static void replace_id(struct editing *e, struct slice old)
{
	size_t prefix = 0;
	while (prefix < old.len && old.at[prefix] != '-' && old.at[prefix] != '_')
		prefix++;
	prefix = prefix < old.len ? prefix + 1 : 0;
	replace(e, slice_after(old, prefix), e->options->id);
}

static bool is_time(struct slice key)
{
	return slice_is(key, "created") || slice_is(key, "created_at") ||
	       slice_is(key, "completed_at");
}

/* Edits a member of the response's own object. */
static void edit_member(struct editing *e, const struct json_token *t)
{
	if (e->options->zero_usage && slice_is(e->key, "usage") && t->kind == JSON_OBJECT_OPEN)
		e->usage = t->depth + 1;
	if (!e->options->fresh_id)
		return;
	if (slice_is(e->key, "id") && t->kind == JSON_STRING && t->text.len && !t->escaped)
		replace_id(e, t->text);
	else if (is_time(e->key) && t->kind == JSON_NUMBER)
		replace_number(e, t->text, e->options->created);
}

static bool is_own(const struct editing *e, unsigned depth)
{
	return depth == 1 || (depth == 2 && (slice_is(e->top_key, "response") ||
					     slice_is(e->top_key, "message")));
}

static void edit_token(struct editing *e, const struct json_token *t)
{
	bool closes = t->kind == JSON_OBJECT_CLOSE || t->kind == JSON_ARRAY_CLOSE;
	if (e->usage) {
		if (t->kind == JSON_NUMBER)
			replace_number(e, t->text, 0);
		if (closes && t->depth < e->usage)
			e->usage = 0;
		return;
	}
	if (t->kind == JSON_KEY && t->depth == 1)
		e->top_key = t->text;
	if (t->kind == JSON_KEY)
		e->key = t->text;
	else if (!closes && is_own(e, t->depth))
		edit_member(e, t);
}

/* If the text turns out not to be JSON, it is appended unchanged. */
static bool edit_json(const struct replay_options *options, struct slice text, struct buf *out)
{
	struct editing e = {.options = options, .out = out, .copied = text.at};
	struct json_scan scan = json_scan_start(text);
	struct json_token t;
	size_t before = out->len;
	while (json_scan_next(&scan, &t))
		edit_token(&e, &t);
	if (scan.fault) {
		out->len = before;
		return buf_append_slice(out, text);
	}
	put(&e, slice_make(e.copied, (size_t)(text.at + text.len - e.copied)));
	return !e.full;
}

/* Data of several lines is joined elsewhere (sse.h) and stays unchanged. */
bool replay_frame(const struct replay_options *options, const struct sse_frame *frame,
		  struct buf *out)
{
	struct slice bytes = frame->bytes;
	const char *end = bytes.at + bytes.len;
	if (!frame->has_data || frame->data.at < bytes.at || frame->data.at >= end)
		return buf_append_slice(out, bytes);
	const char *behind = frame->data.at + frame->data.len;
	return buf_append(out, bytes.at, (size_t)(frame->data.at - bytes.at)) &&
	       edit_json(options, frame->data, out) &&
	       buf_append(out, behind, (size_t)(end - behind));
}

static bool edit_stream(const struct replay_options *options, struct slice stream, struct buf *out)
{
	scoped(sse_finish) struct sse sse = sse_make(stream.len);
	struct sse_frame frame;
	bool fine = sse_feed(&sse, stream);
	sse_end(&sse);
	while (fine && sse_next(&sse, &frame))
		fine = replay_frame(options, &frame, out);
	return fine && !sse_torn(&sse);
}

bool replay(enum wire_form form, struct slice answer, const struct replay_options *options,
	    struct buf *out)
{
	return form == WIRE_PLAIN ? edit_json(options, answer, out)
				  : edit_stream(options, answer, out);
}
