/* Iterates over the frames; the family modules interpret the events. */
#include "proxy/openai/wire/fold.h"

#include "proxy/openai/wire/fold_internal.h"
#include "proxy/openai/wire/sse.h"

enum { PORTION = 1 << 16 };

static const struct folder *folder_of(enum endpoint_family family)
{
	switch (family) {
	case FAMILY_CHAT:
		return &folder_chat;
	case FAMILY_COMPLETIONS:
		return &folder_completions;
	case FAMILY_RESPONSES:
		return &folder_responses;
	case FAMILY_MESSAGES:
		return &folder_messages;
	default:
		return NULL;
	}
}

/* Reads a text that the tree outlives. */
static struct json_node *read_copy(struct json_tree *t, struct slice text)
{
	char *copy = json_tree_bytes(t, text.len);
	if (!copy)
		return NULL;
	if (text.len)
		memcpy(copy, text.at, text.len);
	return json_tree_read(t, slice_make(copy, text.len));
}

static bool read_event(struct folding *f, const struct folder *folder, struct slice data)
{
	struct json_node *event = read_copy(f->tree, data);
	if (!event || f->ended || f->done)
		return false;
	/* llama.cpp begins a stream for several prompts with `data: null`. */
	if (event->kind == JSON_NULL)
		return true;
	if (event->kind != JSON_OBJECT_OPEN || json_node_value(event, "error"))
		return false;
	return folder->event(f, event) && !json_tree_failed(f->tree);
}

static bool read_frame(struct folding *f, const struct folder *folder,
		       const struct sse_frame *frame)
{
	if (frame->bare || slice_is(frame->event, "ping"))
		return true;
	if (slice_is(frame->event, "error"))
		return false;
	if (!frame->has_data)
		return true;
	if (!slice_is(frame->data, "[DONE]"))
		return read_event(f, folder, frame->data);
	bool first = !f->done;
	f->done = true;
	return first;
}

static bool read_frames(struct folding *f, const struct folder *folder, struct sse *sse)
{
	struct sse_frame frame;
	while (sse_next(sse, &frame))
		if (!read_frame(f, folder, &frame))
			return false;
	return true;
}

/* Feeds portions, so that the splitter need not buffer the whole stream. */
static bool read_stream(struct folding *f, const struct folder *folder, struct slice stream)
{
	scoped(sse_finish) struct sse sse = sse_make(stream.len);
	while (stream.len) {
		struct slice portion = {stream.at, stream.len < PORTION ? stream.len : PORTION};
		stream = slice_after(stream, portion.len);
		if (!sse_feed(&sse, portion) || !read_frames(f, folder, &sse))
			return false;
	}
	sse_end(&sse);
	return read_frames(f, folder, &sse) && !sse_torn(&sse);
}

bool fold(enum endpoint_family family, struct slice stream, struct buf *out)
{
	const struct folder *folder = folder_of(family);
	if (!folder)
		return false;
	scoped(json_tree_destroy) struct json_tree *tree =
	    json_tree_create(json_tree_limit(stream.len));
	struct folding f = {.tree = tree};
	return read_stream(&f, folder, stream) && folder->end(&f) && f.answer &&
	       !json_tree_failed(tree) && json_node_write(f.answer, out);
}
