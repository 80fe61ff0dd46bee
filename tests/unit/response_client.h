/* Reads the stream of a response like a client: by the rules of the accumulator in OpenAI's SDK for
 * JavaScript (src/internal/responses/response-accumulator.ts). Also checks that each done event
 * equals the pieces before it. */
#pragma once

#include "tests/unit/typed_events.h"

struct response_client {
	struct json_tree *tree;
	struct json_node *response;
	int64_t sequence;
	bool ended;
};

static const struct {
	const char *prefix; /* of the events' types, before .delta and .done */
	const char *item;
	const char *list; /* NULL: the string is the item's */
	const char *index;
	const char *member;
} client_strings[] = {
    {"response.output_text", "message", "content", "content_index", "text"},
    {"response.refusal", "message", "content", "content_index", "refusal"},
    {"response.reasoning_text", "reasoning", "content", "content_index", "text"},
    {"response.reasoning_summary_text", "reasoning", "summary", "summary_index", "text"},
    {"response.function_call_arguments", "function_call", NULL, NULL, "arguments"},
    {"response.custom_tool_call_input", "custom_tool_call", NULL, NULL, "input"},
};

static inline struct json_node *item_of(struct response_client *c, struct json_node *event)
{
	struct json_node *output = json_node_value(c->response, "output");
	struct json_node *item = element(output, json_node_value(event, "output_index"));
	ck_assert_ptr_eq(item, output->last);
	assert_same_nodes(json_node_value(item, "id"), json_node_value(event, "item_id"));
	return item;
}

static inline void read_string(struct response_client *c, struct json_node *event, size_t i,
			       bool delta)
{
	struct json_node *item = item_of(c, event);
	ck_assert(json_node_is(json_node_value(item, "type"), client_strings[i].item));
	struct json_node *owner = client_strings[i].list
				      ? element(json_node_value(item, client_strings[i].list),
						json_node_value(event, client_strings[i].index))
				      : item;
	struct json_node *string = json_node_value(owner, client_strings[i].member);
	if (!delta)
		assert_same_nodes(string, json_node_value(event, client_strings[i].member));
	else
		json_node_append(string, json_node_take(event, "delta"));
	if (strcmp(client_strings[i].member, "text") != 0 ||
	    !json_node_is(json_node_value(item, "type"), "message"))
		return;
	struct json_node *logprobs = json_node_value(event, "logprobs");
	ck_assert(logprobs && logprobs->kind == JSON_ARRAY_OPEN);
	while (delta && logprobs->first)
		json_node_append(json_node_value(owner, "logprobs"), json_node_shift(logprobs));
}

static inline bool try_string(struct response_client *c, struct json_node *event, struct slice type)
{
	for (size_t i = 0; i < sizeof(client_strings) / sizeof(client_strings[0]); i++) {
		struct slice prefix = slice_of(client_strings[i].prefix);
		if (!slice_starts(type, prefix))
			continue;
		struct slice rest = slice_after(type, prefix.len);
		if (!slice_is(rest, ".delta") && !slice_is(rest, ".done"))
			continue;
		read_string(c, event, i, slice_is(rest, ".delta"));
		return true;
	}
	return false;
}

static inline void read_part(struct response_client *c, struct json_node *event,
			     const char *list_name, const char *index, bool added)
{
	struct json_node *list = json_node_value(item_of(c, event), list_name);
	int64_t at = json_node_number(json_node_value(event, index));
	ck_assert_int_eq(at + !added, json_node_count(list));
	struct json_node *part = json_node_take(event, "part");
	if (added)
		json_node_append(list, part);
	else
		assert_same_nodes(list->last, part);
}

static inline void read_annotation(struct response_client *c, struct json_node *event)
{
	struct json_node *part = element(json_node_value(item_of(c, event), "content"),
					 json_node_value(event, "content_index"));
	struct json_node *annotations = json_node_value(part, "annotations");
	ck_assert_int_eq(json_node_number(json_node_value(event, "annotation_index")),
			 json_node_count(annotations));
	json_node_append(annotations, json_node_take(event, "annotation"));
}

static inline void read_item(struct response_client *c, struct json_node *event, bool added)
{
	struct json_node *output = json_node_value(c->response, "output");
	int64_t at = json_node_number(json_node_value(event, "output_index"));
	ck_assert_int_eq(at + !added, json_node_count(output));
	struct json_node *item = json_node_take(event, "item");
	if (added) {
		json_node_append(output, item);
		return;
	}
	if (json_node_member(item, "status")) /* was in progress */
		json_node_set(output->last, "status",
			      json_tree_copy(c->tree, json_node_member(item, "status")));
	assert_same_nodes(output->last, item);
}

static inline void read_response(struct response_client *c, struct json_node *event, bool last)
{
	struct json_node *response = json_node_take(event, "response");
	if (c->response)
		assert_same_nodes(json_node_value(c->response, "output"),
				  json_node_value(response, "output"));
	if (!last) {
		ck_assert(json_node_is(json_node_value(response, "status"), "in_progress"));
		ck_assert(!json_node_value(response, "completed_at") &&
			  !json_node_value(response, "usage") &&
			  !json_node_value(response, "incomplete_details"));
		ck_assert(!json_node_member(response, "output_text") ||
			  json_node_is_empty_string(json_node_member(response, "output_text")));
	}
	c->response = response;
	c->ended = last;
}

static inline void response_client_read(void *context, struct json_node *event)
{
	struct response_client *c = context;
	const struct json_node *type = json_node_value(event, "type");
	ck_assert_int_eq(json_node_number(json_node_value(event, "sequence_number")),
			 c->sequence++);
	ck_assert(!c->ended && (c->response != NULL) == !json_node_is(type, "response.created"));
	if (try_string(c, event, type->text))
		return;
	if (json_node_is(type, "response.output_item.added") ||
	    json_node_is(type, "response.output_item.done"))
		read_item(c, event, json_node_is(type, "response.output_item.added"));
	else if (json_node_is(type, "response.content_part.added") ||
		 json_node_is(type, "response.content_part.done"))
		read_part(c, event, "content", "content_index",
			  json_node_is(type, "response.content_part.added"));
	else if (json_node_is(type, "response.reasoning_summary_part.added") ||
		 json_node_is(type, "response.reasoning_summary_part.done"))
		read_part(c, event, "summary", "summary_index",
			  json_node_is(type, "response.reasoning_summary_part.added"));
	else if (json_node_is(type, "response.output_text.annotation.added"))
		read_annotation(c, event);
	else
		read_response(c, event,
			      json_node_is(type, "response.completed") ||
				  json_node_is(type, "response.incomplete"));
}
