/* Transcriptions and translations: an object with `text`, or with response_format text, srt or vtt
 * the text alone. Streamed in one of two ways: OpenAI's typed events, ended by
 * transcript.text.done, which has all of the text; or vLLM's chunks with choices[].delta, ended by
 * [DONE].
 *
 * Nothing heard is an empty text, which is as good as none: it is not stored. */
#include "proxy/openai/family.h"

#include "proxy/openai/spend.h"
#include "proxy/openai/view.h"

static bool says_text(const cJSON *object)
{
	const char *text = cJSON_GetStringValue(view_member(object, "text"));
	return text && *text;
}

static enum verdict read_body(struct evidence *a, struct slice body)
{
	if (a->kind != ANSWER_JSON)
		return answer_kind_verdict(a->kind, body);
	if (!json_valid(body))
		return VERDICT_INVALID_ANSWER;
	scoped(view_free) cJSON *root = NULL;
	enum verdict verdict = view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	spend_read(&a->spend, root);
	return says_text(root) ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
}

static enum verdict read_typed(struct evidence *a, const cJSON *event, const char *type)
{
	static const struct slice prefix = SLICE("transcript.");
	if (strcmp(type, "error") == 0)
		return VERDICT_ERROR_INSIDE;
	a->ended = strcmp(type, "transcript.text.done") == 0;
	if (a->ended)
		return says_text(event) ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
	return slice_starts(slice_of(type), prefix) ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
}

static enum verdict read_event(struct evidence *a, const cJSON *event)
{
	static const struct choice_shape shape = {"delta", cJSON_IsObject};
	const char *type = cJSON_GetStringValue(view_member(event, "type"));
	if (type)
		return read_typed(a, event, type);
	const cJSON *choice;
	cJSON_ArrayForEach (choice, view_member(event, "choices")) {
		const char *text =
		    cJSON_GetStringValue(view_member(view_member(choice, "delta"), "content"));
		a->begun = a->begun || (text && *text);
	}
	return choices_of_event(&a->choices, event, &shape, a->length);
}

static enum verdict read_done(const struct evidence *a)
{
	return a->begun ? choices_finish(&a->choices) : VERDICT_NO_CHOICES;
}

const struct family family_transcriptions = {read_body, read_event, read_done, .raw = true};
