/* Rerank: Jina's shape, an object with results[].{index, relevance_score}; or that of Hugging
 * Face's TEI, a bare array of {index, score}. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"
#include "proxy/openai/storable/token_usage.h"

static bool is_result(const cJSON *result)
{
	const cJSON *score = cjson_view_member(result, "relevance_score");
	if (!score)
		score = cjson_view_member(result, "score");
	return cJSON_IsNumber(cjson_view_member(result, "index")) && cjson_view_is_finite(score);
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	token_usage_read(&e->token_usage, root);
	const cJSON *results = cJSON_IsArray(root) ? root : cjson_view_member(root, "results");
	if (!cJSON_IsArray(results) || !results->child)
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *result;
	cJSON_ArrayForEach (result, results)
		if (!is_result(result))
			return VERDICT_UNEXPECTED_SHAPE;
	return VERDICT_FINE;
}

const struct family family_rerank = {read_body, NULL, NULL};
