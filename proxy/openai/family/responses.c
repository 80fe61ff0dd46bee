/* Responses: object response with a status; streamed as typed events, ended by response.completed
 * or response.incomplete, which contain the whole object.
 *
 * llama.cpp reports completed also when max_output_tokens or its context cut the response short,
 * and nothing in the response tells the two apart; so completed is believed. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

/* function_call has JSON arguments; custom_tool_call, shell_call and the like have others. Only the
 * first two have a name; for the others the type names the tool. */
static void note_calls(struct call_arguments *a, const cJSON *response)
{
	const cJSON *item;
	unsigned call = 0;
	cJSON_ArrayForEach (item, cjson_view_member(response, "output")) {
		bool function = cjson_view_is(item, "type", "function_call");
		const cJSON *text = function ? cjson_view_member(item, "arguments") : NULL;
		bool named = function || cjson_view_is(item, "type", "custom_tool_call");
		const cJSON *name = cjson_view_member(item, named ? "name" : "type");
		if (cjson_view_ends(item, "type", "_call"))
			call_arguments_note(a, 0, call++, cJSON_GetStringValue(name),
					    cJSON_GetStringValue(text));
	}
}

/* A completed response must not have an item that is not completed. */
static bool has_open_item(const cJSON *response)
{
	const cJSON *item;
	cJSON_ArrayForEach (item, cjson_view_member(response, "output"))
		if (cjson_view_member(item, "status") &&
		    !cjson_view_is(item, "status", "completed"))
			return true;
	return false;
}

/* Whether a response has content: a message with text in one of its parts, reasoning if a limit cut
 * it short, or an item of another type. */
static bool has_content(const struct evidence *e, const cJSON *response)
{
	const cJSON *item;
	cJSON_ArrayForEach (item, cjson_view_member(response, "output")) {
		bool message = cjson_view_is(item, "type", "message");
		if (message ? evidence_has_visible_text(cjson_view_member(item, "content"))
			    : e->cut || !cjson_view_is(item, "type", "reasoning"))
			return true;
	}
	return false;
}

static enum verdict response_verdict(struct evidence *e, const cJSON *response)
{
	note_calls(&e->arguments, response);
	if (cjson_view_member(response, "error") || cjson_view_is(response, "status", "failed"))
		return VERDICT_ERROR_INSIDE;
	if (!cjson_view_is(response, "object", "response") ||
	    !cJSON_IsArray(cjson_view_member(response, "output")))
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *details = cjson_view_member(response, "incomplete_details");
	e->cut = cjson_view_is(response, "status", "incomplete") &&
		 cjson_view_is(details, "reason", "max_output_tokens");
	bool complete = cjson_view_is(response, "status", "completed") && !details;
	if (!e->cut && (!complete || has_open_item(response)))
		return VERDICT_FINISH_REASON;
	return e->store_empty || has_content(e, response) ? VERDICT_FINE : VERDICT_EMPTY_ANSWER;
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	evidence_note(e, root);
	return response_verdict(e, root);
}

/* OpenAI sends `keepalive` among the events; it has a sequence number, so it is stored with
 * them. */
static enum verdict read_event(struct evidence *e, const cJSON *event)
{
	static const struct slice prefix = SLICE("response.");
	struct slice type = slice_of(cJSON_GetStringValue(cjson_view_member(event, "type")));
	if (slice_is(type, "error") || slice_is(type, "response.failed"))
		return VERDICT_ERROR_INSIDE;
	e->ended = slice_is(type, "response.completed") || slice_is(type, "response.incomplete");
	if (e->ended)
		return response_verdict(e, cjson_view_member(event, "response"));
	bool known = slice_starts(type, prefix) || slice_is(type, "keepalive");
	return known ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
}

const struct family family_responses = {read_body, read_event, NULL};
