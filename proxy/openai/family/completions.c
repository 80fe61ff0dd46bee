/* Completions, in two shapes. OpenAI's: object text_completion with choices[].text, streamed in
 * the same shape and ended by [DONE]. llama.cpp's own (/completion, and /completions without
 * /v1): one object with `content` and `stop`, or an array of them for several prompts; streamed
 * with `stop` false and ended by an object with `stop` true, without [DONE]. The body tells
 * which shape it has. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

static unsigned contents(const cJSON *text)
{
	return (evidence_has_visible_text(text) ? CHOICE_CONTENT : 0) |
	       (evidence_has_text(text) ? CHOICE_TEXT : 0);
}

static const struct choice_shape shape = {"text", cJSON_IsString, contents};

/* Each of llama.cpp's own objects reports how many tokens it has. */
static void note_cut(struct evidence *e, const cJSON *native)
{
	unsigned tokens;
	bool reached = e->length_limit >= 0 &&
		       cjson_view_number(cjson_view_member(native, "tokens_predicted"), &tokens) &&
		       tokens >= e->length_limit;
	e->cut = true;
	e->cut_proven = reached;
	e->cut_elsewhere = e->cut_elsewhere || !reached;
}

/* truncated: the prompt or the completion did not fit into the context. */
static enum verdict native_verdict(struct evidence *e, const cJSON *native)
{
	if (cjson_view_member(native, "error"))
		return VERDICT_ERROR_INSIDE;
	if (!cJSON_IsString(cjson_view_member(native, "content")))
		return VERDICT_UNEXPECTED_SHAPE;
	if (!cJSON_IsTrue(cjson_view_member(native, "stop")) ||
	    cJSON_IsTrue(cjson_view_member(native, "truncated")))
		return VERDICT_FINISH_REASON;
	if (cjson_view_is(native, "stop_type", "limit"))
		note_cut(e, native);
	else if (!cjson_view_is(native, "stop_type", "eos") &&
		 !cjson_view_is(native, "stop_type", "word"))
		return VERDICT_FINISH_REASON;
	bool has_content =
	    e->has_content || evidence_has_visible_text(cjson_view_member(native, "content"));
	return has_content || e->store_empty ? VERDICT_FINE : VERDICT_EMPTY_ANSWER;
}

static enum verdict natives_verdict(struct evidence *e, const cJSON *natives)
{
	if (!natives->child)
		return VERDICT_NO_CHOICES;
	enum verdict verdict = evidence_count_verdict(e, (size_t)cJSON_GetArraySize(natives));
	const cJSON *native;
	cJSON_ArrayForEach (native, natives)
		if (verdict == VERDICT_FINE)
			verdict = native_verdict(e, native);
	return verdict;
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	evidence_note(e, root);
	if (cJSON_IsArray(root))
		return natives_verdict(e, root);
	if (!cjson_view_member(root, "object")) {
		verdict = evidence_count_verdict(e, 1);
		return verdict == VERDICT_FINE ? native_verdict(e, root) : verdict;
	}
	if (!cjson_view_is(root, "object", "text_completion"))
		return VERDICT_UNEXPECTED_SHAPE;
	verdict = choices_of_body(&e->choices, root, &shape);
	return verdict == VERDICT_FINE ? choices_finish(&e->choices, e->expected, e->store_empty)
				       : verdict;
}

/* With several prompts no event tells how many will end. So only one is provably complete, and the
 * storable check rejects anything after its end. */
static enum verdict read_native(struct evidence *e, const cJSON *event)
{
	unsigned index = 0;
	const cJSON *given = cjson_view_member(event, "index");
	if (!cJSON_IsString(cjson_view_member(event, "content")) || e->choices.seen_count ||
	    (given && (!cjson_view_number(given, &index) || index != 0)))
		return VERDICT_UNEXPECTED_SHAPE;
	e->ended = cJSON_IsTrue(cjson_view_member(event, "stop"));
	e->has_content =
	    e->has_content || evidence_has_visible_text(cjson_view_member(event, "content"));
	if (!e->ended)
		return VERDICT_FINE;
	enum verdict verdict = evidence_count_verdict(e, 1);
	return verdict == VERDICT_FINE ? native_verdict(e, event) : verdict;
}

static enum verdict read_event(struct evidence *e, const cJSON *event)
{
	if (cJSON_IsBool(cjson_view_member(event, "stop")))
		return read_native(e, event);
	return choices_of_event(&e->choices, event, &shape);
}

static enum verdict read_done(const struct evidence *e)
{
	return choices_finish(&e->choices, e->expected, e->store_empty);
}

const struct family family_completions = {read_body, read_event, read_done};
