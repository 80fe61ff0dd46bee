/* Moderations: an object with results[], each with `flagged` and `categories`. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"
#include "proxy/openai/storable/token_usage.h"

static bool is_result(const cJSON *result)
{
	return cJSON_IsBool(cjson_view_member(result, "flagged")) &&
	       cJSON_IsObject(cjson_view_member(result, "categories"));
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	token_usage_read(&e->token_usage, root);
	const cJSON *results = cjson_view_member(root, "results");
	if (!cJSON_IsArray(results) || !results->child)
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *result;
	cJSON_ArrayForEach (result, results)
		if (!is_result(result))
			return VERDICT_UNEXPECTED_SHAPE;
	return evidence_count_verdict(e, (size_t)cJSON_GetArraySize(results));
}

const struct family family_moderations = {.read_body = read_body};
