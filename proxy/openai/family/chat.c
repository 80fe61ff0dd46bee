/* Chat: object chat.completion with choices[].message; streamed as choices[].delta, ended by
 * [DONE]. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

/* Returns CHOICE_TEXT if one of these members has text, and also the flag `visible` if something in
 * it is visible. */
static unsigned text_of(const cJSON *message, const char *const *names, unsigned visible)
{
	unsigned contents = 0;
	for (; *names; names++) {
		const cJSON *value = cjson_view_member(message, *names);
		contents |= evidence_has_text(value) ? CHOICE_TEXT : 0;
		contents |= evidence_has_visible_text(value) ? visible : 0;
	}
	return contents;
}

/* Returns the CHOICE_ flags of a message or a delta. */
static unsigned contents(const cJSON *message)
{
	static const char *const content[] = {"content", "refusal", "audio", "images", NULL};
	static const char *const reasoning[] = {"reasoning", "reasoning_content", NULL};
	const cJSON *calls = cjson_view_member(message, "tool_calls");
	if ((cJSON_IsArray(calls) && calls->child) || cjson_view_member(message, "function_call"))
		return CHOICE_CONTENT | CHOICE_CALLS;
	return text_of(message, content, CHOICE_CONTENT) |
	       text_of(message, reasoning, CHOICE_REASONING);
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	static const struct choice_shape shape = {"message", cJSON_IsObject, contents};
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	evidence_note(e, root);
	if (!cjson_view_is(root, "object", "chat.completion"))
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *choice;
	unsigned index = 0;
	cJSON_ArrayForEach (choice, cjson_view_member(root, "choices"))
		call_arguments_note_calls(&e->arguments, index++,
					  cjson_view_member(choice, "message"));
	verdict = choices_of_body(&e->choices, root, &shape);
	return verdict == VERDICT_FINE ? choices_finish(&e->choices, e->expected, e->store_empty)
				       : verdict;
}

static enum verdict read_event(struct evidence *e, const cJSON *event)
{
	static const struct choice_shape shape = {"delta", cJSON_IsObject, contents};
	const cJSON *choice;
	cJSON_ArrayForEach (choice, cjson_view_member(event, "choices")) {
		unsigned index = 0;
		cjson_view_number(cjson_view_member(choice, "index"), &index);
		call_arguments_note_calls(&e->arguments, index, cjson_view_member(choice, "delta"));
	}
	return choices_of_event(&e->choices, event, &shape);
}

static enum verdict read_done(const struct evidence *e)
{
	return choices_finish(&e->choices, e->expected, e->store_empty);
}

const struct family family_chat = {read_body, read_event, read_done};
