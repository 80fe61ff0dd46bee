/* Transcriptions and translations: an object with `text`, or only the text for response_format
 * text, srt or vtt. Streamed in one of two ways: OpenAI's typed events, ended by
 * transcript.text.done, which has the whole text; or vLLM's chunks with choices[].delta, ended by
 * [DONE].
 *
 * Silence gives an empty text, which is stored only with cache.store_empty. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"
#include "proxy/openai/storable/token_usage.h"

static enum verdict text_verdict(const struct evidence *e, const cJSON *object)
{
	const cJSON *text = cjson_view_member(object, "text");
	if (!cJSON_IsString(text))
		return VERDICT_UNEXPECTED_SHAPE;
	return e->store_empty || evidence_has_visible_text(text) ? VERDICT_FINE
								 : VERDICT_EMPTY_ANSWER;
}

static unsigned contents(const cJSON *delta)
{
	return evidence_has_visible_text(cjson_view_member(delta, "content")) ? CHOICE_CONTENT : 0;
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	if (e->kind != ANSWER_JSON) {
		enum verdict verdict = answer_kind_verdict(e->kind, body);
		bool stored = verdict == VERDICT_EMPTY_ANSWER && e->store_empty;
		return stored ? VERDICT_FINE : verdict;
	}
	if (!json_valid(body))
		return VERDICT_INVALID_ANSWER;
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	token_usage_read(&e->token_usage, root);
	return text_verdict(e, root);
}

static enum verdict read_typed(struct evidence *e, const cJSON *event, const char *type)
{
	static const struct slice prefix = SLICE("transcript.");
	if (strcmp(type, "error") == 0)
		return VERDICT_ERROR_INSIDE;
	e->ended = strcmp(type, "transcript.text.done") == 0;
	if (e->ended)
		return text_verdict(e, event);
	return slice_starts(slice_of(type), prefix) ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
}

static enum verdict read_event(struct evidence *e, const cJSON *event)
{
	static const struct choice_shape shape = {"delta", cJSON_IsObject, contents};
	const char *type = cJSON_GetStringValue(cjson_view_member(event, "type"));
	return type ? read_typed(e, event, type) : choices_of_event(&e->choices, event, &shape);
}

static enum verdict read_done(const struct evidence *e)
{
	return choices_finish(&e->choices, e->expected, e->store_empty);
}

const struct family family_transcriptions = {read_body, read_event, read_done, .raw = true};
