/* Tokens: tokenize, detokenize, apply-template and the token counters. They are pure functions of
 * the model; each returns an object with one of the members below. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

static enum verdict read_body(struct evidence *e, struct slice body)
{
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	bool known = cJSON_IsArray(cjson_view_member(root, "tokens")) ||
		     cJSON_IsString(cjson_view_member(root, "content")) ||
		     cJSON_IsString(cjson_view_member(root, "prompt")) ||
		     cJSON_IsNumber(cjson_view_member(root, "input_tokens"));
	return known ? VERDICT_FINE : VERDICT_UNEXPECTED_SHAPE;
}

const struct family family_tokens = {read_body, NULL, NULL};
