/* Transcriptions and translations: an object with `text`, or only the text for response_format
 * text, srt or vtt. Streamed in one of two ways: OpenAI's typed events, ended by
 * transcript.text.done, which has the whole text; or vLLM's chunks with choices[].delta, ended by
 * [DONE].
 *
 * Silence gives an empty text, which is stored only with cache.store_empty. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"
#include "proxy/openai/storable/token_usage.h"

static enum verdict text_verdict(const struct evidence *a, const cJSON *object)
{
	const cJSON *text = cjson_view_member(object, "text");
	if (!cJSON_IsString(text))
		return VERDICT_UNEXPECTED_SHAPE;
	return a->store_empty || evidence_has_visible_text(text) ? VERDICT_FINE
								 : VERDICT_EMPTY_ANSWER;
}

static unsigned contents(const cJSON *delta)
{
	return evidence_has_visible_text(cjson_view_member(delta, "content")) ? CHOICE_CONTENT : 0;
}

static enum verdict read_body(struct evidence *a, struct slice body)
{
	if (a->kind != ANSWER_JSON) {
		enum verdict verdict = answer_kind_verdict(a->kind, body);
		bool stored = verdict == VERDICT_EMPTY_ANSWER && a->store_empty;
		return stored ? VERDICT_FINE : verdict;
	}
	if (!json_valid(body))
		return VERDICT_INVALID_ANSWER;
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	token_usage_read(&a->token_usage, root);
	return text_verdict(a, root);
}

static enum verdict read_typed(struct evidence *a, const cJSON *event, const char *type)
{
	static const struct slice prefix = SLICE("transcript.");
	if (strcmp(type, "error") == 0)
		return VERDICT_ERROR_INSIDE;
	a->ended = strcmp(type, "transcript.text.done") == 0;
	if (a->ended)
		return text_verdict(a, event);
	return slice_starts(slice_of(type), prefix) ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
}

static enum verdict read_event(struct evidence *a, const cJSON *event)
{
	static const struct choice_shape shape = {"delta", cJSON_IsObject, contents};
	const char *type = cJSON_GetStringValue(cjson_view_member(event, "type"));
	return type ? read_typed(a, event, type) : choices_of_event(&a->choices, event, &shape);
}

static enum verdict read_done(const struct evidence *a)
{
	return choices_finish(&a->choices, a->expected, a->store_empty);
}

const struct family family_transcriptions = {read_body, read_event, read_done, .raw = true};
