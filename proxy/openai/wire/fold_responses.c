/* Responses: the last event contains the whole object, as in a plain response
 * (https://platform.openai.com/docs/api-reference/responses-streaming). The events before it repeat
 * its contents in pieces, so none of them has to be put together. If the object has fewer items
 * than were reported as done (some gateways leave the output empty), the stream is rejected.
 *
 * llama.cpp's last object lacks `completed_at`, and its reasoning items lack `status`, which its
 * plain responses have. Both are left out, since no event has them. */
#include "proxy/openai/wire/fold_internal.h"

/* Members of the last event that belong to the stream and not to a plain response. */
static bool is_stream_only(const struct json_node *member)
{
	static const char *const names[] = {"type", "sequence_number", "response", "obfuscation",
					    "timings"}; /* llama.cpp's */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(member->name, names[i]))
			return true;
	return false;
}

static bool is_whole(const struct json_node *response)
{
	const struct json_node *status = json_node_value(response, "status");
	const struct json_node *output = json_node_value(response, "output");
	return (json_node_is(status, "completed") || json_node_is(status, "incomplete")) &&
	       output && output->kind == JSON_ARRAY_OPEN && json_node_value(response, "usage") &&
	       !json_node_value(response, "error");
}

static bool end_with(struct folding *f, struct json_node *event)
{
	for (const struct json_node *member = event->first; member; member = member->next)
		if (!is_stream_only(member))
			return false;
	const struct json_node *response = json_node_value(event, "response");
	if (!f->answer || !is_whole(response) ||
	    json_node_count(json_node_value(response, "output")) < f->items)
		return false;
	f->answer = json_node_take(event, "response");
	f->ended = true;
	return true;
}

static bool begin_with(struct folding *f, struct json_node *event)
{
	if (f->answer || !json_node_value(event, "response"))
		return false;
	f->answer = json_node_take(event, "response");
	return true;
}

static bool fold_event(struct folding *f, struct json_node *event)
{
	static const struct slice prefix = SLICE("response.");
	const struct json_node *type = json_node_value(event, "type");
	if (json_node_is(type, "keepalive")) /* OpenAI's */
		return true;
	if (!type || type->kind != JSON_STRING || !slice_starts(type->text, prefix))
		return false;
	if (json_node_is(type, "response.created"))
		return begin_with(f, event);
	/* The object's status tells which of the two it is. */
	if (json_node_is(type, "response.completed") || json_node_is(type, "response.incomplete"))
		return end_with(f, event);
	f->items += json_node_is(type, "response.output_item.done");
	return f->answer && !json_node_is(type, "response.failed");
}

static bool fold_end(struct folding *f)
{
	return f->ended;
}

const struct folder folder_responses = {fold_event, fold_end};
