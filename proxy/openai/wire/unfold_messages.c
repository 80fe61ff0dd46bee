/* Messages (Anthropic): message_start, then each block begun, told in deltas and stopped, then
 * message_delta with what is known at the end (the API's streaming reference:
 * https://docs.anthropic.com/en/docs/build-with-claude/streaming). */
#include "proxy/openai/wire/unfold_typed.h"

/* ## Events */

static struct json_node *event_of(struct unfolding *u, const char *type)
{
	struct json_node *event = json_tree_object(u->tree);
	json_node_set(event, "type", json_tree_string(u->tree, slice_of(type)));
	return event;
}

/* Under its type, which is a literal. */
static void send(struct unfolding *u, const struct json_node *event)
{
	unfold_send(u, json_node_member(event, "type")->text.at, event);
}

static struct json_node *block_event(struct unfolding *u, const char *type, int64_t index)
{
	struct json_node *event = event_of(u, type);
	json_node_set(event, "index", json_tree_number(u->tree, index));
	return event;
}

/* An event of a delta of one member; *ret_hole is what stands in there. */
static struct json_node *delta_event(struct unfolding *u, int64_t index, const char *type,
				     const char *member, struct json_node **ret_hole)
{
	struct json_node *event = block_event(u, "content_block_delta", index);
	struct json_node *delta = event_of(u, type);
	*ret_hole = json_tree_string(u->tree, (struct slice){"", 0});
	json_node_set(delta, member, *ret_hole);
	json_node_set(event, "delta", delta);
	return event;
}

/* ## Blocks */

static void send_pieces(struct unfolding *u, const struct json_node *event, struct json_node *hole,
			struct slice text)
{
	while (text.len && !u->failed) {
		hole->text = unfold_piece(&text, u->options->piece);
		send(u, event);
	}
}

static bool tell_text(struct unfolding *u, int64_t index, struct json_node *text)
{
	struct json_node *hole;
	struct json_node *event = delta_event(u, index, "text_delta", "text", &hole);
	send_pieces(u, event, hole, text->text);
	return true;
}

static bool tell_thinking(struct unfolding *u, int64_t index, struct json_node *thinking)
{
	struct json_node *hole;
	struct json_node *event = delta_event(u, index, "thinking_delta", "thinking", &hole);
	send_pieces(u, event, hole, thinking->text);
	return true;
}

/* In one, and also when it is empty, as llama.cpp does. */
static bool tell_signature(struct unfolding *u, int64_t index, struct json_node *signature)
{
	struct json_node *hole;
	struct json_node *event = delta_event(u, index, "signature_delta", "signature", &hole);
	hole->text = signature->text;
	send(u, event);
	return true;
}

static bool tell_citations(struct unfolding *u, int64_t index, struct json_node *citations)
{
	struct json_node *event = block_event(u, "content_block_delta", index);
	struct json_node *delta = event_of(u, "citations_delta");
	json_node_set(event, "delta", delta);
	for (size_t left = json_node_count(citations); left && !u->failed; left--) {
		struct json_node *citation = json_node_shift(citations);
		json_node_set(delta, "citation", citation);
		send(u, event);
		json_node_append(citations, json_node_take(delta, "citation"));
	}
	return true;
}

/* A JSON text has no control characters and no other backslashes than its own. */
static bool escape(struct slice json, struct buf *out)
{
	while (json.len) {
		size_t plain = 0;
		while (plain < json.len && json.at[plain] != '"' && json.at[plain] != '\\')
			plain++;
		if (!buf_append(out, json.at, plain))
			return false;
		json = slice_after(json, plain);
		if (json.len && (!buf_append_byte(out, '\\') || !buf_append_byte(out, json.at[0])))
			return false;
		json = slice_after(json, json.len ? 1 : 0);
	}
	return true;
}

/* As the text of its JSON; none for {}, which content_block_start has told. */
static bool tell_input(struct unfolding *u, int64_t index, struct json_node *input)
{
	scoped(buf_finish) struct buf json = buf_make(u->frame.limit);
	scoped(buf_finish) struct buf spelled = buf_make(u->frame.limit);
	if (!input->first)
		return true;
	if (!json_node_write(input, &json) || !escape(buf_slice(&json), &spelled))
		return false;
	struct json_node *hole;
	struct json_node *event = delta_event(u, index, "input_json_delta", "partial_json", &hole);
	send_pieces(u, event, hole, buf_slice(&spelled));
	return true;
}

/* What is told of blocks of each type; the others are told whole when they begin. */
static const struct told {
	const char *type;
	struct blank blank; /* until it is told */
	enum json_kind kind;
	bool (*tell)(struct unfolding *u, int64_t index, struct json_node *value);
} tolds[] = {
    {"text", {"text", "\"\""}, JSON_STRING, tell_text},
    {"text", {"citations", "[]"}, JSON_ARRAY_OPEN, tell_citations},
    {"thinking", {"thinking", "\"\""}, JSON_STRING, tell_thinking},
    {"thinking", {"signature", "\"\""}, JSON_STRING, tell_signature},
    {"tool_use", {"input", "{}"}, JSON_OBJECT_OPEN, tell_input},
    {"server_tool_use", {"input", "{}"}, JSON_OBJECT_OPEN, tell_input},
    {"mcp_tool_use", {"input", "{}"}, JSON_OBJECT_OPEN, tell_input},
};

static const struct told *find_told(const struct json_node *block, const struct told *from)
{
	for (; from < tolds + COUNT(tolds); from++)
		if (json_node_is(json_node_value(block, "type"), from->type))
			return from;
	return NULL;
}

static bool tell_block(struct unfolding *u, int64_t index, const struct json_node *block)
{
	for (const struct told *t = find_told(block, tolds); t; t = find_told(block, t + 1)) {
		struct json_node *value = json_node_value(block, t->blank.name);
		if (!value && t->tell != tell_input)
			continue;
		if (!value || value->kind != t->kind || !t->tell(u, index, value))
			return false;
	}
	return true;
}

static void send_start(struct unfolding *u, int64_t index, const struct json_node *block)
{
	struct blank blanks[COUNT(tolds)];
	size_t count = 0;
	for (const struct told *t = find_told(block, tolds); t; t = find_told(block, t + 1))
		blanks[count++] = t->blank;
	struct json_node *event = block_event(u, "content_block_start", index);
	json_node_set(event, "content_block", unfold_blank(u, block, blanks, count));
	send(u, event);
}

static bool unfold_block(struct unfolding *u, int64_t index, const struct json_node *block)
{
	if (block->kind != JSON_OBJECT_OPEN)
		return false;
	struct json_tree *outer = unfold_enter(u);
	send_start(u, index, block);
	bool fine = tell_block(u, index, block);
	send(u, block_event(u, "content_block_stop", index));
	unfold_leave(u, outer);
	return fine && !u->failed;
}

/* ## The message */

/* Known at the end, in message_delta's delta (and beside it: the last one). */
static const struct blank lates[] = {
    {"stop_reason", "null"}, {"stop_sequence", "null"},	     {"stop_details", "null"},
    {"container", "null"},   {"context_management", "null"},
};
enum { BESIDE = COUNT(lates) - 1 };

static void send_message_start(struct unfolding *u, const struct json_node *message)
{
	static const struct blank content[] = {{"content", "[]"}};
	static const struct blank usage[] = {{"output_tokens", "0"}};
	struct blank blanks[COUNT(lates) + COUNT(content)];
	memcpy(blanks, lates, sizeof(lates));
	memcpy(blanks + COUNT(lates), content, sizeof(content));
	struct json_node *start = unfold_blank(u, message, blanks, COUNT(blanks));
	json_node_set(start, "usage",
		      unfold_blank(u, json_node_value(message, "usage"), usage, COUNT(usage)));
	struct json_node *event = event_of(u, "message_start");
	json_node_set(event, "message", start);
	send(u, event);
}

static void send_message_delta(struct unfolding *u, const struct json_node *message)
{
	struct json_node *event = event_of(u, "message_delta");
	struct json_node *delta = json_tree_object(u->tree);
	json_node_set(event, "delta", delta);
	json_node_set(event, "usage", json_tree_copy(u->tree, json_node_value(message, "usage")));
	for (size_t i = 0; i < COUNT(lates); i++) {
		const struct json_node *late = json_node_member(message, lates[i].name);
		if (late)
			json_node_set(i < BESIDE ? delta : event, lates[i].name,
				      json_tree_copy(u->tree, late));
	}
	send(u, event);
}

static bool is_understood(const struct json_node *message)
{
	const struct json_node *content = json_node_value(message, "content");
	const struct json_node *reason = json_node_value(message, "stop_reason");
	const struct json_node *usage = json_node_value(message, "usage");
	return json_node_is(json_node_value(message, "type"), "message") &&
	       json_node_is(json_node_value(message, "role"), "assistant") && content &&
	       content->kind == JSON_ARRAY_OPEN && reason && reason->kind == JSON_STRING && usage &&
	       usage->kind == JSON_OBJECT_OPEN && json_node_count(usage) <= FOLD_MEMBERS;
}

bool unfold_messages(struct unfolding *u, struct json_node *object)
{
	if (!is_understood(object))
		return false;
	send_message_start(u, object);
	int64_t index = 0;
	const struct json_node *content = json_node_value(object, "content");
	for (const struct json_node *block = content->first; block; block = block->next)
		if (!unfold_block(u, index++, block))
			return false;
	send_message_delta(u, object);
	send(u, event_of(u, "message_stop"));
	return true;
}
