/* Messages (Anthropic): message_start has the message without its content. Then come the blocks,
 * each with a start, deltas and a stop. message_delta has the values known only at the end
 * (https://docs.anthropic.com/en/docs/build-with-claude/streaming).
 *
 * Blocks begin in the order of their index, in which clients put them together. llama.cpp stops all
 * blocks at the end, so a delta may belong to any of them. */
#include "proxy/openai/wire/fold_internal.h"

struct fold_block {
	struct json_node *content;
	struct json_node *json; /* `input` as a string with JSON text; NULL: none came */
	bool stopped;
};

/* ## Blocks */

static bool add_block(struct folding *f, struct json_node *content)
{
	enum { ROOM_FIRST = 8 };
	if (f->block_count == f->block_room) {
		size_t room = f->block_room ? 2 * f->block_room : ROOM_FIRST;
		void *blocks = json_tree_bytes(f->tree, room * sizeof(*f->blocks));
		if (!blocks)
			return false;
		if (f->block_count)
			memcpy(blocks, f->blocks, f->block_count * sizeof(*f->blocks));
		f->blocks = blocks;
		f->block_room = room;
	}
	f->blocks[f->block_count++] = (struct fold_block){.content = content};
	return true;
}

/* Returns the event's block, if it is not stopped; else NULL. */
static struct fold_block *find_block(struct folding *f, const struct json_node *event)
{
	int64_t index = json_node_number(json_node_value(event, "index"));
	if (index < 0 || (size_t)index >= f->block_count || f->blocks[index].stopped)
		return NULL;
	return &f->blocks[index];
}

static bool begin_block(struct folding *f, struct json_node *event)
{
	struct json_node *content = json_node_take(event, "content_block");
	bool next = json_node_number(json_node_value(event, "index")) == (int64_t)f->block_count;
	return next && content && content->kind == JSON_OBJECT_OPEN && add_block(f, content);
}

static bool stop_block(struct folding *f, struct json_node *event)
{
	struct fold_block *block = find_block(f, event);
	if (!block)
		return false;
	block->stopped = true;
	return true;
}

/* ## Deltas */

static bool continue_string(struct json_node *string, struct json_node *piece)
{
	if (!string || string->kind != JSON_STRING || piece->kind != JSON_STRING)
		return false;
	json_node_append(string, piece);
	return true;
}

static bool add_text(struct folding *f, struct fold_block *block, struct json_node *piece)
{
	return continue_string(json_node_value(block->content, "text"), piece);
}

static bool add_thinking(struct folding *f, struct fold_block *block, struct json_node *piece)
{
	return continue_string(json_node_value(block->content, "thinking"), piece);
}

/* The signature comes whole and replaces none or an empty one; a second one has no defined
 * meaning. */
static bool set_signature(struct folding *f, struct fold_block *block, struct json_node *signature)
{
	const struct json_node *known = json_node_value(block->content, "signature");
	if ((known && !json_node_is_empty_string(known)) || signature->kind != JSON_STRING)
		return false;
	json_node_set(block->content, "signature", signature);
	return true;
}

static bool add_json(struct folding *f, struct fold_block *block, struct json_node *piece)
{
	if (!block->json)
		block->json = json_tree_string(f->tree, (struct slice){"", 0});
	return continue_string(block->json, piece);
}

static bool add_citation(struct folding *f, struct fold_block *block, struct json_node *citation)
{
	struct json_node *list = json_node_value(block->content, "citations");
	if (list && list->kind != JSON_ARRAY_OPEN)
		return false;
	if (!list) {
		list = json_tree_array(f->tree);
		json_node_set(block->content, "citations", list);
	}
	json_node_append(list, citation);
	return true;
}

/* The member of each delta type, and how to add it. */
static const struct delta {
	const char *type;
	const char *member;
	bool (*add)(struct folding *f, struct fold_block *block, struct json_node *value);
} deltas[] = {
    {"citations_delta", "citation", add_citation},   {"input_json_delta", "partial_json", add_json},
    {"signature_delta", "signature", set_signature}, {"text_delta", "text", add_text},
    {"thinking_delta", "thinking", add_thinking},
};

/* Whether only the type is left (and estimated_tokens, which is only progress for clients that wait
 * for the thinking). */
static bool has_only_type(const struct json_node *delta)
{
	for (const struct json_node *member = delta->first; member; member = member->next)
		if (!slice_is(member->name, "type") && !slice_is(member->name, "estimated_tokens"))
			return false;
	return true;
}

static bool fold_delta(struct folding *f, struct json_node *event)
{
	struct fold_block *block = find_block(f, event);
	struct json_node *delta = json_node_value(event, "delta");
	if (!block || !delta)
		return false;
	for (size_t i = 0; i < sizeof(deltas) / sizeof(deltas[0]); i++) {
		if (!json_node_is(json_node_value(delta, "type"), deltas[i].type))
			continue;
		struct json_node *value = json_node_take(delta, deltas[i].member);
		return value && deltas[i].add(f, block, value) && has_only_type(delta);
	}
	return false;
}

/* ## The message */

/* Checks a member with a constant value, or adds it: vLLM has it only in plain responses. */
static bool set_constant(struct folding *f, struct json_node *message, const char *member,
			 const char *always)
{
	const struct json_node *known = json_node_member(message, member);
	if (!known)
		json_node_set(message, member, json_tree_string(f->tree, slice_of(always)));
	return !known || json_node_is(known, always);
}

static bool begin_message(struct folding *f, struct json_node *event)
{
	struct json_node *message = json_node_take(event, "message");
	const struct json_node *content = json_node_value(message, "content");
	bool bare = content && content->kind == JSON_ARRAY_OPEN && !content->first;
	if (f->answer || !bare || !set_constant(f, message, "type", "message") ||
	    !set_constant(f, message, "role", "assistant"))
		return false;
	f->answer = message;
	return true;
}

static bool is_empty(const struct json_node *n)
{
	bool container = n->kind == JSON_OBJECT_OPEN || n->kind == JSON_ARRAY_OPEN;
	return n->kind == JSON_NULL || json_node_is_empty_string(n) || (container && !n->first);
}

/* Sets a member; null only if it is absent. `counts`: the value may replace a different one. False:
 * it differs from the present one, and may not. */
static bool set_newer(struct json_node *object, struct json_node *value, bool counts)
{
	struct json_node *known = object->first;
	while (known && !slice_equal(known->name, value->name))
		known = known->next;
	if (!known) {
		json_node_adopt(object, value);
	} else if (value->kind != JSON_NULL && (counts || is_empty(known))) {
		known->kind = value->kind;
		known->text = value->text;
		known->first = value->first;
		known->last = value->last;
	} else if (!is_empty(value)) {
		return known->kind == value->kind && !value->first &&
		       slice_equal(known->text, value->text);
	}
	return true;
}

/* The search is linear, so too many members would be slow; a message has a dozen. */
static bool set_all_newer(struct json_node *object, struct json_node *from, bool counts)
{
	if (!object || object->kind != JSON_OBJECT_OPEN || from->kind != JSON_OBJECT_OPEN ||
	    json_node_count(from) > FOLD_MEMBERS)
		return false;
	for (struct json_node *value; (value = json_node_shift(from));)
		if (!set_newer(object, value, counts))
			return false;
	return true;
}

/* Usage is cumulative, so the newer number is the total. */
static bool fold_message_delta(struct folding *f, struct json_node *event)
{
	struct json_node *delta = json_node_take(event, "delta");
	struct json_node *usage = json_node_value(event, "usage");
	json_node_take(event, "usage");
	json_node_take(event, "type");
	if (delta && !set_all_newer(f->answer, delta, false))
		return false;
	if (usage && !set_all_newer(json_node_value(f->answer, "usage"), usage, true))
		return false;
	f->counted = f->counted || usage;
	return set_all_newer(f->answer, event,
			     false); /* other members of the event: context_management */
}

static bool end_message(struct folding *f, struct json_node *event)
{
	f->ended = true;
	return true;
}

/* ## Events */

static const struct row {
	const char *type;
	bool (*fold)(struct folding *f, struct json_node *event);
	/* number of members the event must have, since others would have an unknown meaning; 0:
	 * any */
	unsigned members;
} rows[] = {
    {"content_block_delta", fold_delta, 3}, {"content_block_start", begin_block, 3},
    {"content_block_stop", stop_block, 2},  {"message_delta", fold_message_delta, 0},
    {"message_start", begin_message, 2},    {"message_stop", end_message, 1},
};

static bool fold_event(struct folding *f, struct json_node *event)
{
	const struct json_node *type = json_node_value(event, "type");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		if (!json_node_is(type, row->type))
			continue;
		bool in_order = (f->answer || row->fold == begin_message);
		bool known = row->members == 0 || json_node_count(event) == row->members;
		return in_order && known && row->fold(f, event);
	}
	return false;
}

/* ## The end */

/* Decodes the pieces of `input` and sets it to the JSON they spell. Without pieces it stays as in
 * content_block_start, which llama.cpp sends without it. */
static bool read_json(struct folding *f, struct fold_block *block)
{
	if (!block->json || json_node_is_empty_string(block->json))
		return !json_node_is(json_node_value(block->content, "type"), "tool_use") ||
		       json_node_value(block->content, "input");
	size_t len = 0;
	for (const struct json_node *piece = block->json->first; piece; piece = piece->next)
		len += piece->text.len;
	char *text = json_tree_bytes(f->tree, len);
	if (!text)
		return false;
	size_t used = 0;
	for (const struct json_node *piece = block->json->first; piece; piece = piece->next)
		used += json_decode(piece->text, text + used);
	struct json_node *input = json_tree_read(f->tree, slice_make(text, used));
	if (!input || input->kind != JSON_OBJECT_OPEN)
		return false;
	json_node_set(block->content, "input", input);
	return true;
}

static bool fold_end(struct folding *f)
{
	if (!f->ended || !f->counted || !json_node_value(f->answer, "stop_reason"))
		return false;
	struct json_node *content = json_node_member(f->answer, "content");
	if (!content || content->kind != JSON_ARRAY_OPEN || content->first)
		return false; /* overwritten by message_delta */
	for (size_t i = 0; i < f->block_count; i++) {
		struct fold_block *block = &f->blocks[i];
		if (!block->stopped || !read_json(f, block))
			return false;
		json_node_append(content, block->content);
	}
	return true;
}

const struct folder folder_messages = {fold_event, fold_end};
