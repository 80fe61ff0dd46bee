/* Chat: object chat.completion with choices[].message; streamed as choices[].delta, ended by
 * [DONE].
 */
#include "proxy/openai/family.h"

#include "proxy/openai/spend.h"
#include "proxy/openai/view.h"

static enum verdict read_body(struct evidence *a, struct slice body)
{
	static const struct choice_shape shape = {"message", cJSON_IsObject};
	scoped(view_free) cJSON *root = NULL;
	enum verdict verdict = view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	spend_read(&a->spend, root);
	if (!view_is(root, "object", "chat.completion"))
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *choice;
	unsigned index = 0;
	cJSON_ArrayForEach (choice, view_member(root, "choices"))
		arguments_note_calls(&a->arguments, index++, view_member(choice, "message"));
	return choices_of_body(root, &shape, a->length);
}

static enum verdict read_event(struct evidence *a, const cJSON *event)
{
	static const struct choice_shape shape = {"delta", cJSON_IsObject};
	const cJSON *choice;
	cJSON_ArrayForEach (choice, view_member(event, "choices")) {
		unsigned index = 0;
		view_number(view_member(choice, "index"), &index);
		arguments_note_calls(&a->arguments, index, view_member(choice, "delta"));
	}
	return choices_of_event(&a->choices, event, &shape, a->length);
}

static enum verdict read_done(const struct evidence *a)
{
	return choices_finish(&a->choices);
}

const struct family family_chat = {read_body, read_event, read_done};
