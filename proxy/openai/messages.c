/* Messages (Anthropic): object of type message with a stop_reason; streamed as typed events, ended
 * by message_stop. */
#include "proxy/openai/family.h"

#include "proxy/openai/spend.h"
#include "proxy/openai/view.h"

static enum verdict stop_verdict(const cJSON *message, enum verdict length)
{
	static const char *const good[] = {"end_turn", "stop_sequence", "tool_use"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (view_is(message, "stop_reason", good[i]))
			return VERDICT_FINE;
	return view_is(message, "stop_reason", "max_tokens") ? length : VERDICT_FINISH_REASON;
}

static enum verdict read_body(struct evidence *a, struct slice body)
{
	scoped(view_free) cJSON *root = NULL;
	enum verdict verdict = view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	spend_read(&a->spend, root);
	if (!view_is(root, "type", "message") || !cJSON_IsArray(view_member(root, "content")))
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *block;
	cJSON_ArrayForEach (block, view_member(root, "content"))
		if (view_ends(block, "type", "tool_use"))
			arguments_note(&a->arguments, 0, 0, NULL);
	return stop_verdict(root, a->length);
}

/* The input of a tool_use comes as pieces of a JSON text. */
static void note_call(struct evidence *a, const cJSON *event)
{
	unsigned index = 0;
	view_number(view_member(event, "index"), &index);
	const cJSON *piece = view_member(view_member(event, "delta"), "partial_json");
	if (piece || view_ends(view_member(event, "content_block"), "type", "tool_use"))
		arguments_note(&a->arguments, 0, index, cJSON_GetStringValue(piece));
}

static enum verdict read_delta(struct evidence *a, const cJSON *event)
{
	const cJSON *delta = view_member(event, "delta");
	if (!view_member(delta, "stop_reason"))
		return VERDICT_FINE;
	a->stopped = true;
	return stop_verdict(delta, a->length);
}

static enum verdict read_stop(struct evidence *a)
{
	a->ended = true;
	if (!a->stopped)
		return VERDICT_FINISH_REASON;
	return a->begun && a->open_blocks == 0 ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
}

/* Events of types that came later to the API are to be ignored, says its documentation. */
static enum verdict read_event(struct evidence *a, const cJSON *event)
{
	const char *type = cJSON_GetStringValue(view_member(event, "type"));
	if (!type)
		return VERDICT_UNEXPECTED_SHAPE;
	if (strcmp(type, "error") == 0)
		return VERDICT_ERROR_INSIDE;
	if (strcmp(type, "message_delta") == 0)
		return read_delta(a, event);
	if (strcmp(type, "message_stop") == 0)
		return read_stop(a);
	note_call(a, event);
	if (strcmp(type, "message_start") == 0)
		a->begun = true;
	else if (strcmp(type, "content_block_start") == 0)
		a->open_blocks++;
	else if (strcmp(type, "content_block_stop") == 0 && a->open_blocks-- == 0)
		return VERDICT_UNEXPECTED_SHAPE;
	return VERDICT_FINE;
}

const struct family family_messages = {read_body, read_event, NULL};
