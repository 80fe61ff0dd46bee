/* Completions, in two shapes. OpenAI's: object text_completion with choices[].text, streamed in the
 * same shape and ended by [DONE]. llama.cpp's own (/completion, and /completions without /v1): one
 * object with `content` and `stop`, an array of them for several prompts, streamed with `stop`
 * false and ended by the one with `stop` true, without [DONE]. The body says which it is. */
#include "proxy/openai/family.h"

#include "proxy/openai/spend.h"
#include "proxy/openai/view.h"

static const struct choice_shape shape = {"text", cJSON_IsString};

/* truncated: the prompt, or what came of it, did not fit into the context. */
static enum verdict native_verdict(const cJSON *native, enum verdict length)
{
	if (view_member(native, "error"))
		return VERDICT_ERROR_INSIDE;
	if (!cJSON_IsString(view_member(native, "content")))
		return VERDICT_UNEXPECTED_SHAPE;
	if (!cJSON_IsTrue(view_member(native, "stop")) ||
	    cJSON_IsTrue(view_member(native, "truncated")))
		return VERDICT_FINISH_REASON;
	if (view_is(native, "stop_type", "eos") || view_is(native, "stop_type", "word"))
		return VERDICT_FINE;
	return view_is(native, "stop_type", "limit") ? length : VERDICT_FINISH_REASON;
}

static enum verdict natives_verdict(const cJSON *natives, enum verdict length)
{
	if (!natives->child)
		return VERDICT_NO_CHOICES;
	enum verdict verdict = VERDICT_FINE;
	const cJSON *native;
	cJSON_ArrayForEach (native, natives)
		if (verdict == VERDICT_FINE)
			verdict = native_verdict(native, length);
	return verdict;
}

static enum verdict read_body(struct evidence *a, struct slice body)
{
	scoped(view_free) cJSON *root = NULL;
	enum verdict verdict = view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	spend_read(&a->spend, root);
	if (cJSON_IsArray(root))
		return natives_verdict(root, a->length);
	if (!view_member(root, "object"))
		return native_verdict(root, a->length);
	if (!view_is(root, "object", "text_completion"))
		return VERDICT_UNEXPECTED_SHAPE;
	return choices_of_body(root, &shape, a->length);
}

/* With several prompts no event says how many will end; so only one is provably whole, and what
 * comes behind its end is refused by the judge. */
static enum verdict read_native(struct evidence *a, const cJSON *event)
{
	unsigned index = 0;
	const cJSON *given = view_member(event, "index");
	if (!cJSON_IsString(view_member(event, "content")) || a->choices.seen_count ||
	    (given && (!view_number(given, &index) || index != 0)))
		return VERDICT_UNEXPECTED_SHAPE;
	a->ended = cJSON_IsTrue(view_member(event, "stop"));
	return a->ended ? native_verdict(event, a->length) : VERDICT_FINE;
}

static enum verdict read_event(struct evidence *a, const cJSON *event)
{
	if (cJSON_IsBool(view_member(event, "stop")))
		return read_native(a, event);
	return choices_of_event(&a->choices, event, &shape, a->length);
}

static enum verdict read_done(const struct evidence *a)
{
	return choices_finish(&a->choices);
}

const struct family family_completions = {read_body, read_event, read_done};
