/* Responses: typed and numbered events, each with the position it belongs to, and the whole object
 * in the last one (https://platform.openai.com/docs/api-reference/responses-streaming). The events
 * are OpenAI's, more than llama.cpp sends, because the accumulators of OpenAI's clients use the
 * indexes and check each item_id. So an item without an id is not understood if its type is sent in
 * pieces. */
#include "proxy/openai/wire/unfold_typed.h"

#include <stdio.h>

/* ## Tables */

/* Lists of parts in items. */
static const struct list {
	const char *item; /* type of the item */
	const char *member;
	const char *index; /* name of the part's index in events */
	const char *added;
	const char *done;
	bool others; /* parts without a row in strings are sent whole; else not understood */
} lists[] = {
    {"message", "content", "content_index", "response.content_part.added",
     "response.content_part.done", true},
    {"reasoning", "summary", "summary_index", "response.reasoning_summary_part.added",
     "response.reasoning_summary_part.done", true},
    {"reasoning", "content", "content_index", "response.content_part.added",
     "response.content_part.done", false},
};

/* Strings that are sent in pieces. */
static const struct string {
	const struct list *list; /* NULL: a member of the item itself */
	const char *type;	 /* of the part or item */
	const char *member;
	const char *delta;
	const char *done;
	bool logprobs;
	bool name; /* the done event has the item's name */
} strings[] = {
    {&lists[0], "output_text", "text", "response.output_text.delta", "response.output_text.done",
     .logprobs = true},
    {&lists[0], "refusal", "refusal", "response.refusal.delta", "response.refusal.done"},
    {&lists[1], "summary_text", "text", "response.reasoning_summary_text.delta",
     "response.reasoning_summary_text.done"},
    {&lists[2], "reasoning_text", "text", "response.reasoning_text.delta",
     "response.reasoning_text.done"},
    {NULL, "function_call", "arguments", "response.function_call_arguments.delta",
     "response.function_call_arguments.done", .name = true},
    {NULL, "custom_tool_call", "input", "response.custom_tool_call_input.delta",
     "response.custom_tool_call_input.done"},
};

static const struct blank response_blanks[] = {
    {"status", "\"in_progress\""},
    {"output", "[]"},
    {"usage", "null"},
    {"completed_at", "null"},
    {"incomplete_details", "null"},
    {"output_text", "\"\""}, /* the whole text again, from some servers */
};

static const struct blank item_blanks[] = {
    {"status", "\"in_progress\""}, {"content", "[]"}, {"summary", "[]"},
    {"arguments", "\"\""},	   {"input", "\"\""},
};

static const struct blank part_blanks[] = {
    {"text", "\"\""},
    {"refusal", "\"\""},
    {"annotations", "[]"},
    {"logprobs", "[]"},
};

static const struct string *find_string(const struct list *list, const struct json_node *owner)
{
	for (size_t i = 0; i < COUNT(strings); i++)
		if (strings[i].list == list &&
		    json_node_is(json_node_value(owner, "type"), strings[i].type))
			return &strings[i];
	return NULL;
}

/* ## Events */

/* The position that an event belongs to. */
struct place {
	struct unfolding *u;
	const struct json_node *item_id; /* NULL: events have none */
	int64_t output_index;
	const struct list *list; /* NULL: the item itself */
	int64_t index;		 /* of the part in the list */
};

static struct json_node *event_of(struct unfolding *u, const char *type)
{
	struct json_node *event = json_tree_object(u->tree);
	json_node_set(event, "type", json_tree_string(u->tree, slice_of(type)));
	json_node_set(event, "sequence_number", json_tree_null(u->tree));
	return event;
}

static struct json_node *item_event(const struct place *p, const char *type)
{
	struct json_node *event = event_of(p->u, type);
	json_node_set(event, "output_index", json_tree_number(p->u->tree, p->output_index));
	return event;
}

static struct json_node *event_at(const struct place *p, const char *type)
{
	struct json_node *event = item_event(p, type);
	json_node_set(event, "item_id", json_tree_string(p->u->tree, p->item_id->text));
	if (p->list)
		json_node_set(event, p->list->index, json_tree_number(p->u->tree, p->index));
	return event;
}

/* Sends an event under its type, which is a literal, with the next number. An event may be sent
 * several times. */
static void send(struct unfolding *u, struct json_node *event)
{
	struct json_node *number = json_node_member(event, "sequence_number");
	int len = snprintf(u->digits, sizeof(u->digits), "%u", u->sequence++);
	number->kind = JSON_NUMBER;
	number->text = slice_make(u->digits, (size_t)len);
	unfold_send(u, json_node_member(event, "type")->text.at, event);
}

/* Sends the event with a part of the object as a member. */
static void send_with(struct unfolding *u, struct json_node *event, const char *name,
		      struct json_node *part)
{
	json_node_set(event, name, part);
	send(u, event);
	json_node_take(event, name);
}

/* ## Strings */

/* All logprobs go with the first piece, as nothing tells which token belongs to which piece. */
static void send_pieces(struct unfolding *u, struct json_node *event, struct slice text,
			struct json_node *logprobs)
{
	struct json_node *leaf = json_tree_string(u->tree, text);
	json_node_set(event, "delta", leaf);
	for (bool first = true; text.len && !u->failed; first = false) {
		leaf->text = unfold_piece(&text, u->options->piece);
		if (logprobs && first)
			send_with(u, event, "logprobs", logprobs);
		else
			send(u, event);
		if (logprobs && first)
			json_node_set(event, "logprobs", json_tree_array(u->tree));
	}
}

static void send_string_done(const struct place *p, const struct string *row,
			     const struct json_node *owner, struct json_node *logprobs)
{
	struct json_node *event = event_at(p, row->done);
	const struct json_node *string = json_node_value(owner, row->member);
	const struct json_node *name = json_node_value(owner, "name");
	json_node_set(event, row->member, json_tree_string(p->u->tree, string->text));
	if (row->name && name && name->kind == JSON_STRING)
		json_node_set(event, "name", json_tree_string(p->u->tree, name->text));
	if (logprobs)
		send_with(p->u, event, "logprobs", logprobs);
	else
		send(p->u, event);
}

/* Takes a list out of the object, leaving null in its place; NULL: the member is no list. */
static struct json_node *borrow_list(struct unfolding *u, struct json_node *object,
				     const char *name)
{
	struct json_node *list = json_node_value(object, name);
	if (!list || list->kind != JSON_ARRAY_OPEN)
		return NULL;
	json_node_set(object, name, json_tree_null(u->tree));
	return list;
}

static bool send_string(const struct place *p, const struct string *row, struct json_node *owner)
{
	const struct json_node *string = json_node_value(owner, row->member);
	if (!string || string->kind != JSON_STRING)
		return false;
	struct json_node *borrowed = row->logprobs ? borrow_list(p->u, owner, "logprobs") : NULL;
	struct json_node *logprobs =
	    borrowed || !row->logprobs ? borrowed : json_tree_array(p->u->tree);
	send_pieces(p->u, event_at(p, row->delta), string->text, logprobs);
	send_string_done(p, row, owner, logprobs);
	if (borrowed)
		json_node_set(owner, "logprobs", borrowed);
	return true;
}

/* ## Parts */

static void send_annotations(const struct place *p, struct json_node *part)
{
	struct json_node *list = json_node_value(part, "annotations");
	if (!list || list->kind != JSON_ARRAY_OPEN)
		return;
	struct json_node *event = event_at(p, "response.output_text.annotation.added");
	size_t count = json_node_count(list);
	for (size_t i = 0; i < count && !p->u->failed; i++) {
		struct json_node *annotation = json_node_shift(list);
		json_node_set(event, "annotation_index", json_tree_number(p->u->tree, (int64_t)i));
		send_with(p->u, event, "annotation", annotation);
		json_node_append(list, annotation);
	}
}

static bool send_part(const struct place *p, struct json_node *part)
{
	const struct string *row = find_string(p->list, part);
	if (!row && !p->list->others)
		return false;
	struct json_node *added = event_at(p, p->list->added);
	if (row)
		json_node_set(added, "part",
			      unfold_blank(p->u, part, part_blanks, COUNT(part_blanks)));
	if (row)
		send(p->u, added);
	else
		send_with(p->u, added, "part", part);
	if (row && !send_string(p, row, part))
		return false;
	if (row && row->logprobs)
		send_annotations(p, part);
	send_with(p->u, event_at(p, p->list->done), "part", part);
	return true;
}

static bool send_list(struct place p, struct json_node *item)
{
	struct json_node *list = json_node_value(item, p.list->member);
	if (!list)
		return true;
	if (list->kind != JSON_ARRAY_OPEN)
		return false;
	int64_t count = (int64_t)json_node_count(list);
	for (p.index = 0; p.index < count; p.index++) {
		struct json_node *part = json_node_shift(list);
		struct json_tree *outer = unfold_enter(p.u);
		bool fine = part->kind == JSON_OBJECT_OPEN && send_part(&p, part);
		unfold_leave(p.u, outer);
		if (!fine)
			return false;
		json_node_append(list, part);
	}
	return true;
}

/* ## Items */

static bool is_sent_in_pieces(const struct json_node *item)
{
	for (size_t i = 0; i < COUNT(lists); i++)
		if (json_node_is(json_node_value(item, "type"), lists[i].item))
			return true;
	return find_string(NULL, item) != NULL;
}

static bool send_in_pieces(struct place p, struct json_node *item)
{
	p.item_id = json_node_value(item, "id");
	if (!p.item_id || p.item_id->kind != JSON_STRING || p.item_id->text.len == 0)
		return false;
	struct json_node *added = item_event(&p, "response.output_item.added");
	json_node_set(added, "item", unfold_blank(p.u, item, item_blanks, COUNT(item_blanks)));
	send(p.u, added);
	for (size_t i = 0; i < COUNT(lists); i++) {
		p.list = &lists[i];
		if (json_node_is(json_node_value(item, "type"), p.list->item) &&
		    !send_list(p, item))
			return false;
	}
	p.list = NULL;
	const struct string *own = find_string(NULL, item);
	return !own || send_string(&p, own, item);
}

static bool send_item(const struct place *p, struct json_node *item)
{
	if (item->kind != JSON_OBJECT_OPEN)
		return false;
	if (!is_sent_in_pieces(item))
		send_with(p->u, item_event(p, "response.output_item.added"), "item", item);
	else if (!send_in_pieces(*p, item))
		return false;
	send_with(p->u, item_event(p, "response.output_item.done"), "item", item);
	return !p->u->failed;
}

static bool send_output(struct unfolding *u, struct json_node *output)
{
	struct place p = {.u = u};
	int64_t count = (int64_t)json_node_count(output);
	for (p.output_index = 0; p.output_index < count; p.output_index++) {
		struct json_node *item = json_node_shift(output);
		struct json_tree *outer = unfold_enter(u);
		bool fine = send_item(&p, item);
		unfold_leave(u, outer);
		if (!fine)
			return false;
		json_node_append(output, item);
	}
	return true;
}

/* ## The response */

static void send_begin(struct unfolding *u, const struct json_node *response)
{
	struct json_node *begun =
	    unfold_blank(u, response, response_blanks, COUNT(response_blanks));
	send_with(u, event_of(u, "response.created"), "response", begun);
	send_with(u, event_of(u, "response.in_progress"), "response", begun);
}

bool unfold_responses(struct unfolding *u, struct json_node *object)
{
	const struct json_node *status = json_node_value(object, "status");
	bool cut = json_node_is(status, "incomplete");
	struct json_node *output = json_node_value(object, "output");
	if ((!cut && !json_node_is(status, "completed")) || !output ||
	    output->kind != JSON_ARRAY_OPEN || !json_node_value(object, "usage"))
		return false;
	send_begin(u, object);
	if (!send_output(u, output))
		return false;
	const char *type = cut ? "response.incomplete" : "response.completed";
	send_with(u, event_of(u, type), "response", object);
	return true;
}
