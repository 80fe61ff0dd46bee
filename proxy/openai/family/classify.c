/* Classify: vLLM's /classify, object list with data[].probs, the probability of each class. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"
#include "proxy/openai/storable/token_usage.h"

static bool is_classified(const cJSON *item)
{
	const cJSON *probabilities = cjson_view_member(item, "probs");
	if (!cJSON_IsArray(probabilities) || !probabilities->child)
		return false;
	const cJSON *probability;
	cJSON_ArrayForEach (probability, probabilities)
		if (!cjson_view_is_finite(probability))
			return false;
	return true;
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	token_usage_read(&e->token_usage, root);
	const cJSON *data = cjson_view_member(root, "data");
	if (!cjson_view_is(root, "object", "list") || !cJSON_IsArray(data) || !data->child)
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *item;
	cJSON_ArrayForEach (item, data)
		if (!is_classified(item))
			return VERDICT_UNEXPECTED_SHAPE;
	return evidence_count_verdict(e, (size_t)cJSON_GetArraySize(data));
}

const struct family family_classify = {.read_body = read_body};
