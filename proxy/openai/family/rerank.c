/* Rerank: Jina's shape, an object with results[].{index, relevance_score}; or that of Hugging
 * Face's TEI, a bare array of {index, score}. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

static bool is_result(const cJSON *result)
{
	const cJSON *score = cjson_view_member(result, "relevance_score");
	if (!score)
		score = cjson_view_member(result, "score");
	return cJSON_IsNumber(cjson_view_member(result, "index")) && cjson_view_is_finite(score);
}

static const cJSON *list_of(const cJSON *root)
{
	return cJSON_IsArray(root) ? root : cjson_view_member(root, "results");
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	static const struct list_shape shape = {
	    .list_of = list_of,
	    .is_element = is_result,
	};
	return evidence_read_list(e, body, &shape);
}

const struct family family_rerank = {.read_body = read_body};
