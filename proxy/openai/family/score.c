/* Score: vLLM's /score, object list with data[].{index, score}. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"
#include "proxy/openai/storable/token_usage.h"

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
	const cJSON *pair;
	cJSON_ArrayForEach (pair, data)
		if (!cjson_view_is_finite(cjson_view_member(pair, "score")))
			return VERDICT_UNEXPECTED_SHAPE;
	return VERDICT_FINE;
}

const struct family family_score = {.read_body = read_body};
