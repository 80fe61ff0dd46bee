/* Messages (Anthropic): message_start, then each block with a start, deltas and a stop, then
 * message_delta with the values known only at the end (the API's streaming reference:
 * https://docs.anthropic.com/en/docs/build-with-claude/streaming). */
#include "proxy/openai/wire/fold_internal.h"
#include "proxy/openai/wire/unfold_typed.h"

/* ## Events */

static struct json_node *event_of(struct unfolding *u, const char *type)
{
	struct json_node *event = json_tree_object(u->tree);
	json_node_set(event, "type", json_tree_string(u->tree, slice_of(type)));
	return event;
}

/* The event's name is its type, which is a literal here. */
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

/* Creates an event with a delta of one member; *ret_leaf is that member's value, to be filled
 * in. */
static struct json_node *delta_event(struct unfolding *u, int64_t index, const char *type,
				     const char *member, struct json_node **ret_leaf)
{
	struct json_node *event = block_event(u, "content_block_delta", index);
	struct json_node *delta = event_of(u, type);
	*ret_leaf = json_tree_string(u->tree, (struct slice){"", 0});
	json_node_set(delta, member, *ret_leaf);
	json_node_set(event, "delta", delta);
	return event;
}

/* ## Blocks */

static void send_pieces(struct unfolding *u, const struct json_node *event, struct json_node *leaf,
			struct slice text)
{
	while (text.len && !u->failed) {
		leaf->text = unfold_piece(&text, u->options->piece);
		send(u, event);
	}
}

static bool send_text(struct unfolding *u, int64_t index, struct json_node *text)
{
	struct json_node *leaf;
	struct json_node *event = delta_event(u, index, "text_delta", "text", &leaf);
	send_pieces(u, event, leaf, text->text);
	return true;
}

static bool send_thinking(struct unfolding *u, int64_t index, struct json_node *thinking)
{
	struct json_node *leaf;
	struct json_node *event = delta_event(u, index, "thinking_delta", "thinking", &leaf);
	send_pieces(u, event, leaf, thinking->text);
	return true;
}

/* The signature is sent in one piece, even if it is empty, as llama.cpp does. */
static bool send_signature(struct unfolding *u, int64_t index, struct json_node *signature)
{
	struct json_node *leaf;
	struct json_node *event = delta_event(u, index, "signature_delta", "signature", &leaf);
	leaf->text = signature->text;
	send(u, event);
	return true;
}

static bool send_citations(struct unfolding *u, int64_t index, struct json_node *citations)
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

/* Escapes a JSON text for use in a string. It has no control characters, so only quotes and
 * backslashes need it. */
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

/* Sends the input as JSON text in pieces; nothing for {}, which content_block_start has sent. */
static bool send_input(struct unfolding *u, int64_t index, struct json_node *input)
{
	scoped(buf_finish) struct buf json = buf_make(u->frame.limit);
	scoped(buf_finish) struct buf spelled = buf_make(u->frame.limit);
	if (!input->first)
		return true;
	if (!json_node_write(input, &json) || !escape(buf_slice(&json), &spelled))
		return false;
	struct json_node *leaf;
	struct json_node *event = delta_event(u, index, "input_json_delta", "partial_json", &leaf);
	send_pieces(u, event, leaf, buf_slice(&spelled));
	return true;
}

/* Members of blocks that are sent in deltas; other blocks are complete in content_block_start. */
static const struct delta_member {
	const char *type;
	struct blank blank; /* value in content_block_start */
	enum json_kind kind;
	bool (*send)(struct unfolding *u, int64_t index, struct json_node *value);
} delta_members[] = {
    {"text", {"text", "\"\""}, JSON_STRING, send_text},
    {"text", {"citations", "[]"}, JSON_ARRAY_OPEN, send_citations},
    {"thinking", {"thinking", "\"\""}, JSON_STRING, send_thinking},
    {"thinking", {"signature", "\"\""}, JSON_STRING, send_signature},
    {"tool_use", {"input", "{}"}, JSON_OBJECT_OPEN, send_input},
    {"server_tool_use", {"input", "{}"}, JSON_OBJECT_OPEN, send_input},
    {"mcp_tool_use", {"input", "{}"}, JSON_OBJECT_OPEN, send_input},
};

static const struct delta_member *find_delta_member(const struct json_node *block,
						    const struct delta_member *from)
{
	for (; from < delta_members + COUNT(delta_members); from++)
		if (json_node_is(json_node_value(block, "type"), from->type))
			return from;
	return NULL;
}

static bool send_deltas(struct unfolding *u, int64_t index, const struct json_node *block)
{
	for (const struct delta_member *t = find_delta_member(block, delta_members); t;
	     t = find_delta_member(block, t + 1)) {
		struct json_node *value = json_node_value(block, t->blank.name);
		if (!value && t->send != send_input)
			continue;
		if (!value || value->kind != t->kind || !t->send(u, index, value))
			return false;
	}
	return true;
}

static void send_start(struct unfolding *u, int64_t index, const struct json_node *block)
{
	struct blank blanks[COUNT(delta_members)];
	size_t count = 0;
	for (const struct delta_member *t = find_delta_member(block, delta_members); t;
	     t = find_delta_member(block, t + 1))
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
	bool fine = send_deltas(u, index, block);
	send(u, block_event(u, "content_block_stop", index));
	unfold_leave(u, outer);
	return fine && !u->failed;
}

/* ## The message */

/* Members in message_delta's delta (the last one: beside the delta). */
static const struct blank late_members[] = {
    {"stop_reason", "null"}, {"stop_sequence", "null"},	     {"stop_details", "null"},
    {"container", "null"},   {"context_management", "null"},
};
enum { BESIDE = COUNT(late_members) - 1 };

static void send_message_start(struct unfolding *u, const struct json_node *message)
{
	static const struct blank content[] = {{"content", "[]"}};
	static const struct blank usage[] = {{"output_tokens", "0"}};
	struct blank blanks[COUNT(late_members) + COUNT(content)];
	memcpy(blanks, late_members, sizeof(late_members));
	memcpy(blanks + COUNT(late_members), content, sizeof(content));
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
	for (size_t i = 0; i < COUNT(late_members); i++) {
		const struct json_node *late = json_node_member(message, late_members[i].name);
		if (late)
			json_node_set(i < BESIDE ? delta : event, late_members[i].name,
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
