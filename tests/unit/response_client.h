/* What a client makes of a stream of a response: the rules of the accumulator in OpenAI's SDK for
 * JavaScript (src/internal/responses/response-accumulator.ts), and beyond them that what is done is
 * what was told in pieces before. */
#pragma once

#include "tests/unit/typed_events.h"

struct response_client {
	struct tree *tree;
	struct node *response;
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

static inline struct node *item_of(struct response_client *c, struct node *event)
{
	struct node *output = node_value(c->response, "output");
	struct node *item = element(output, node_value(event, "output_index"));
	ck_assert_ptr_eq(item, output->last);
	assert_same_nodes(node_value(item, "id"), node_value(event, "item_id"));
	return item;
}

static inline void read_string(struct response_client *c, struct node *event, size_t i, bool delta)
{
	struct node *item = item_of(c, event);
	ck_assert(node_is(node_value(item, "type"), client_strings[i].item));
	struct node *owner = client_strings[i].list
				 ? element(node_value(item, client_strings[i].list),
					   node_value(event, client_strings[i].index))
				 : item;
	struct node *string = node_value(owner, client_strings[i].member);
	if (!delta)
		assert_same_nodes(string, node_value(event, client_strings[i].member));
	else
		node_append(string, node_take(event, "delta"));
	if (strcmp(client_strings[i].member, "text") != 0 ||
	    !node_is(node_value(item, "type"), "message"))
		return;
	struct node *logprobs = node_value(event, "logprobs");
	ck_assert(logprobs && logprobs->kind == JSON_ARRAY_OPEN);
	while (delta && logprobs->first)
		node_append(node_value(owner, "logprobs"), node_shift(logprobs));
}

static inline bool try_string(struct response_client *c, struct node *event, struct slice type)
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

static inline void read_part(struct response_client *c, struct node *event, const char *list_name,
			     const char *index, bool added)
{
	struct node *list = node_value(item_of(c, event), list_name);
	int64_t at = node_number(node_value(event, index));
	ck_assert_int_eq(at + !added, node_count(list));
	struct node *part = node_take(event, "part");
	if (added)
		node_append(list, part);
	else
		assert_same_nodes(list->last, part);
}

static inline void read_annotation(struct response_client *c, struct node *event)
{
	struct node *part =
	    element(node_value(item_of(c, event), "content"), node_value(event, "content_index"));
	struct node *annotations = node_value(part, "annotations");
	ck_assert_int_eq(node_number(node_value(event, "annotation_index")),
			 node_count(annotations));
	node_append(annotations, node_take(event, "annotation"));
}

static inline void read_item(struct response_client *c, struct node *event, bool added)
{
	struct node *output = node_value(c->response, "output");
	int64_t at = node_number(node_value(event, "output_index"));
	ck_assert_int_eq(at + !added, node_count(output));
	struct node *item = node_take(event, "item");
	if (added) {
		node_append(output, item);
		return;
	}
	if (node_member(item, "status")) /* was in progress */
		node_set(output->last, "status", tree_copy(c->tree, node_member(item, "status")));
	assert_same_nodes(output->last, item);
}

static inline void read_response(struct response_client *c, struct node *event, bool last)
{
	struct node *response = node_take(event, "response");
	if (c->response)
		assert_same_nodes(node_value(c->response, "output"),
				  node_value(response, "output"));
	if (!last) {
		ck_assert(node_is(node_value(response, "status"), "in_progress"));
		ck_assert(!node_value(response, "completed_at") && !node_value(response, "usage") &&
			  !node_value(response, "incomplete_details"));
		ck_assert(!node_member(response, "output_text") ||
			  node_is_empty_string(node_member(response, "output_text")));
	}
	c->response = response;
	c->ended = last;
}

static inline void response_client_read(void *context, struct node *event)
{
	struct response_client *c = context;
	const struct node *type = node_value(event, "type");
	ck_assert_int_eq(node_number(node_value(event, "sequence_number")), c->sequence++);
	ck_assert(!c->ended && (c->response != NULL) == !node_is(type, "response.created"));
	if (try_string(c, event, type->text))
		return;
	if (node_is(type, "response.output_item.added") ||
	    node_is(type, "response.output_item.done"))
		read_item(c, event, node_is(type, "response.output_item.added"));
	else if (node_is(type, "response.content_part.added") ||
		 node_is(type, "response.content_part.done"))
		read_part(c, event, "content", "content_index",
			  node_is(type, "response.content_part.added"));
	else if (node_is(type, "response.reasoning_summary_part.added") ||
		 node_is(type, "response.reasoning_summary_part.done"))
		read_part(c, event, "summary", "summary_index",
			  node_is(type, "response.reasoning_summary_part.added"));
	else if (node_is(type, "response.output_text.annotation.added"))
		read_annotation(c, event);
	else
		read_response(c, event,
			      node_is(type, "response.completed") ||
				  node_is(type, "response.incomplete"));
}
