#include "proxy/openai/wire/usage_filter.h"

#include "base/memory.h"
#include "proxy/openai/wire/json_tree.h"
#include "proxy/openai/wire/sse.h"

#include <stdlib.h>

struct usage_filter {
	struct buf *out; /* the caller's, during a call */
	size_t limit;
	struct sse sse;
	struct buf held;    /* the held frame of a chunk that ends a choice; empty: none */
	struct buf written; /* scratch buffer for a rewritten frame */
	bool failed;	    /* *out was full, or there was no memory */
};

/* Chunks with usage or a finish reason are small. Buffering and parsing longer frames for each
 * reader would delay the worker's other connections. */
enum { PARSED_MOST = 256 << 10 };

struct usage_filter *usage_filter_create(size_t limit_bytes)
{
	if (limit_bytes > PARSED_MOST)
		limit_bytes = PARSED_MOST;
	struct usage_filter *f = memory_new(struct usage_filter);
	f->limit = limit_bytes;
	f->sse = sse_make(limit_bytes);
	/* Members that move into a chunk make it longer. */
	f->held = f->written = buf_make(2 * limit_bytes);
	return f;
}

void usage_filter_destroy(struct usage_filter **filter)
{
	struct usage_filter *f = take(filter);
	if (!f)
		return;
	sse_finish(&f->sse);
	buf_finish(&f->held);
	buf_finish(&f->written);
	free(f);
}

static void pass(struct usage_filter *f, struct slice bytes)
{
	f->failed = f->failed || !buf_append_slice(f->out, bytes);
}

static void pass_held(struct usage_filter *f)
{
	pass(f, buf_slice(&f->held));
	buf_clear(&f->held);
}

/* ## Inspecting a chunk */

/* Creates a tree with room for a chunk and for the held one. */
static struct json_tree *json_tree_for(const struct usage_filter *f, size_t len)
{
	enum { TIMES = 64, LEAST = 16 << 10 };
	return json_tree_create(TIMES * (len + f->held.len) + LEAST);
}

/* Returns the text after the first occurrence of `part`; at == NULL: there is none. */
static struct slice text_after(struct slice text, const char *part)
{
	const char *found = memmem(text.at, text.len, part, strlen(part));
	return found ? slice_after(text, (size_t)(found - text.at) + strlen(part))
		     : slice_make(NULL, 0);
}

/* Whether the data certainly has no usage and ends no choice, as most chunks; these pass without
 * being parsed. Quotes inside a string are escaped, so a match is a member or a string of that
 * name. */
static bool is_unaffected(struct slice data)
{
	static const struct slice null = SLICE("null");
	if (text_after(data, "\"usage\"").at)
		return false;
	for (struct slice rest = data; (rest = text_after(rest, "\"finish_reason\"")).at;) {
		struct slice value = rest;
		slice_cut(&value, ':');
		if (!slice_starts(slice_trim(value), null))
			return false;
	}
	return true;
}

static bool ends_choice(const struct json_node *chunk)
{
	const struct json_node *choices = json_node_value(chunk, "choices");
	if (!choices || choices->kind != JSON_ARRAY_OPEN)
		return false;
	for (const struct json_node *choice = choices->first; choice; choice = choice->next)
		if (json_node_value(choice, "finish_reason"))
			return true;
	return false;
}

static bool is_usage_chunk(const struct json_node *chunk)
{
	const struct json_node *choices = json_node_value(chunk, "choices");
	return choices && choices->kind == JSON_ARRAY_OPEN && !choices->first &&
	       json_node_value(chunk, "usage");
}

/* ## Rewriting */

/* Appends a chunk as a frame. */
static bool write_frame(struct usage_filter *f, const struct json_node *chunk, struct buf *out)
{
	return buf_append_text(out, "data: ") && json_node_write(chunk, out) &&
	       buf_append_text(out, "\n\n");
}

static struct json_node *read_held(struct usage_filter *f, struct json_tree *tree)
{
	struct sse sse = sse_make(2 * f->limit);
	struct sse_frame frame;
	struct json_node *chunk = NULL;
	if (sse_feed(&sse, buf_slice(&f->held)) && sse_next(&sse, &frame) && frame.has_data) {
		char *copy = json_tree_bytes(tree, frame.data.len);
		if (copy) {
			memcpy(copy, frame.data.at, frame.data.len);
			chunk = json_tree_read(tree, slice_make(copy, frame.data.len));
		}
	}
	sse_finish(&sse);
	return chunk;
}

static bool has_member(const struct json_node *object, struct slice name)
{
	for (const struct json_node *member = object->first; member; member = member->next)
		if (slice_equal(member->name, name))
			return true;
	return false;
}

/* Moves members of the usage chunk that the held chunk does not have to the held chunk. */
static void move_members(struct usage_filter *f, struct json_tree *tree,
			 struct json_node *usage_chunk)
{
	struct json_node *held = f->held.len ? read_held(f, tree) : NULL;
	struct json_node *usage = json_node_take(usage_chunk, "usage");
	bool moved = false;
	if (!held || !usage)
		return;
	for (struct json_node *member; (member = json_node_shift(usage_chunk));) {
		if (has_member(held, member->name))
			continue;
		json_node_adopt(held, member);
		moved = true;
	}
	buf_clear(&f->written);
	if (!moved || json_tree_failed(tree) || !write_frame(f, held, &f->written))
		return;
	struct buf before = f->held;
	f->held = f->written;
	f->written = before;
}

/* ## Frames */

static void pass_frame(struct usage_filter *f, struct slice bytes)
{
	pass_held(f);
	pass(f, bytes);
}

static void hold(struct usage_filter *f, struct slice bytes)
{
	pass_held(f);
	if (!buf_append_slice(&f->held, bytes))
		pass(f, bytes);
}

static void filter_chunk(struct usage_filter *f, const struct sse_frame *frame)
{
	scoped(json_tree_destroy) struct json_tree *tree = json_tree_for(f, frame->data.len);
	struct json_node *chunk = json_tree_read(tree, frame->data);
	struct slice bytes = frame->bytes;
	if (!chunk || chunk->kind != JSON_OBJECT_OPEN) {
		pass_frame(f, bytes);
		return;
	}
	if (is_usage_chunk(chunk)) {
		move_members(f, tree, chunk);
		return;
	}
	const struct json_node *usage = json_node_member(chunk, "usage");
	buf_clear(&f->written);
	if (usage && usage->kind == JSON_NULL) {
		json_node_take(chunk, "usage");
		if (write_frame(f, chunk, &f->written))
			bytes = buf_slice(&f->written);
	}
	if (ends_choice(chunk))
		hold(f, bytes);
	else
		pass_frame(f, bytes);
}

static void filter_frame(struct usage_filter *f, const struct sse_frame *frame)
{
	if (frame->bare)
		pass(f, frame->bytes);
	else if (frame->bytes.len > f->limit || !frame->has_data || frame->event.len ||
		 is_unaffected(frame->data))
		pass_frame(f, frame->bytes);
	else
		filter_chunk(f, frame);
}

static void filter_frames(struct usage_filter *f)
{
	struct sse_frame frame;
	while (!f->failed && sse_next(&f->sse, &frame))
		filter_frame(f, &frame);
}

static size_t unread(const struct usage_filter *f)
{
	return f->sse.held.len - f->sse.start;
}

/* The rest of a frame that was passed in part passes at once. */
bool usage_filter_feed(struct usage_filter *f, struct slice bytes, struct buf *out)
{
	f->out = out;
	if (!sse_feed(&f->sse, bytes)) {
		f->failed = true;
		return false;
	}
	filter_frames(f);
	if (unread(f) > f->limit || f->sse.cut)
		return usage_filter_cut(f, out);
	return !f->failed;
}

bool usage_filter_cut(struct usage_filter *f, struct buf *out)
{
	f->out = out;
	pass_held(f);
	pass(f, sse_cut(&f->sse));
	sse_tidy(&f->sse);
	buf_finish(&f->written);
	buf_finish(&f->held);
	return !f->failed;
}

size_t usage_filter_bytes(const struct usage_filter *f)
{
	return unread(f) + f->held.len;
}

/* Also passes what is left in the splitter. */
bool usage_filter_end(struct usage_filter *f, struct buf *out)
{
	f->out = out;
	sse_end(&f->sse);
	filter_frames(f);
	pass_held(f);
	pass(f, slice_after(buf_slice(&f->sse.held), f->sse.start));
	sse_finish(&f->sse);
	return !f->failed;
}
