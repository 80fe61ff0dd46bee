/* Messages (Anthropic): object of type message with a stop_reason; streamed as typed events, ended
 * by message_stop. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

static enum verdict read_reason(struct evidence *e, const cJSON *message)
{
	e->expects_calls = cjson_view_is(message, "stop_reason", "tool_use");
	e->cut = cjson_view_is(message, "stop_reason", "max_tokens");
	bool good = e->expects_calls || e->cut ||
		    cjson_view_is(message, "stop_reason", "end_turn") ||
		    cjson_view_is(message, "stop_reason", "stop_sequence");
	return good ? VERDICT_FINE : VERDICT_FINISH_REASON;
}

/* Notes a content block, complete or as it begins. A text block counts as content once it has text,
 * thinking only if a limit cut it short, and any other block always. */
static void note_block(struct evidence *e, const cJSON *block, unsigned index)
{
	bool thinking = cjson_view_is(block, "type", "thinking") ||
			cjson_view_is(block, "type", "redacted_thinking");
	bool text = cjson_view_is(block, "type", "text");
	if (text)
		e->has_content =
		    e->has_content || evidence_has_visible_text(cjson_view_member(block, "text"));
	else if (block && !thinking)
		e->has_content = true;
	e->has_reasoning = e->has_reasoning || thinking;
	if (!cjson_view_ends(block, "type", "tool_use"))
		return;
	e->has_calls = true;
	call_arguments_note(&e->arguments, 0, index,
			    cJSON_GetStringValue(cjson_view_member(block, "name")), NULL);
}

static enum verdict content_verdict(const struct evidence *e)
{
	bool has_content = e->has_content || (e->has_reasoning && e->cut);
	bool fine = has_content && (e->has_calls || !e->expects_calls);
	return fine || e->store_empty ? VERDICT_FINE : VERDICT_EMPTY_ANSWER;
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	evidence_note(e, root);
	if (!cjson_view_is(root, "type", "message") ||
	    !cJSON_IsArray(cjson_view_member(root, "content")))
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *block;
	unsigned index = 0;
	cJSON_ArrayForEach (block, cjson_view_member(root, "content"))
		note_block(e, block, index++);
	verdict = read_reason(e, root);
	return verdict == VERDICT_FINE ? content_verdict(e) : verdict;
}

static unsigned index_of(const cJSON *event)
{
	unsigned index = 0;
	cjson_view_number(cjson_view_member(event, "index"), &index);
	return index;
}

/* The input of a tool_use arrives as pieces of a JSON text. */
static void note_call(struct evidence *e, const cJSON *event)
{
	const cJSON *piece = cjson_view_member(cjson_view_member(event, "delta"), "partial_json");
	if (piece)
		call_arguments_note(&e->arguments, 0, index_of(event), NULL,
				    cJSON_GetStringValue(piece));
}

static enum verdict read_delta(struct evidence *e, const cJSON *event)
{
	const cJSON *delta = cjson_view_member(event, "delta");
	if (!cjson_view_member(delta, "stop_reason"))
		return VERDICT_FINE;
	if (e->stopped)
		return VERDICT_FINISH_REASON;
	e->stopped = true;
	return read_reason(e, delta);
}

static enum verdict read_stop(struct evidence *e)
{
	e->ended = true;
	if (!e->stopped)
		return VERDICT_FINISH_REASON;
	return e->begun && e->open_blocks == 0 ? content_verdict(e) : VERDICT_UNEXPECTED_SHAPE;
}

static enum verdict read_start(struct evidence *e)
{
	bool again = e->begun;
	e->begun = true;
	return again ? VERDICT_UNEXPECTED_SHAPE : VERDICT_FINE;
}

/* The API's documentation tells clients to ignore events of types added later. */
static enum verdict read_event(struct evidence *e, const cJSON *event)
{
	const char *type = cJSON_GetStringValue(cjson_view_member(event, "type"));
	if (!type)
		return VERDICT_UNEXPECTED_SHAPE;
	if (strcmp(type, "error") == 0)
		return VERDICT_ERROR_INSIDE;
	if (strcmp(type, "message_delta") == 0)
		return read_delta(e, event);
	if (strcmp(type, "message_stop") == 0)
		return read_stop(e);
	note_call(e, event);
	if (strcmp(type, "message_start") == 0)
		return read_start(e);
	if (strcmp(type, "content_block_stop") == 0 && e->open_blocks-- == 0)
		return VERDICT_UNEXPECTED_SHAPE;
	if (strcmp(type, "content_block_start") == 0) {
		e->open_blocks++;
		note_block(e, cjson_view_member(event, "content_block"), index_of(event));
	}
	e->has_content =
	    e->has_content ||
	    evidence_has_visible_text(cjson_view_member(cjson_view_member(event, "delta"), "text"));
	return VERDICT_FINE;
}

const struct family family_messages = {read_body, read_event, NULL};
