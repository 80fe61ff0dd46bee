/* Responses: the last event carries the whole object, as a plain answer would have it
 * (https://platform.openai.com/docs/api-reference/responses-streaming). Everything between the
 * first event and that one tells the same in pieces, so nothing of it has to be put together. What
 * has fewer items than were done on the way (some gateways leave the output empty) does not tell it
 * all, and is refused.
 *
 * llama.cpp's last object has no `completed_at` and its reasoning items no `status`, which its
 * plain answers have. Both are left out: no event tells them. */
#include "proxy/openai/wire/fold_internal.h"

/* Members of the last event that a plain answer does not have: they tell of the way there. */
static bool is_of_the_way(const struct json_node *member)
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
		if (!is_of_the_way(member))
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
	/* The object says which of the two it is. */
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
