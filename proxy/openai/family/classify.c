/* Classify: vLLM's /classify, object list with data[].probs, the probability of each class. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

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

static const cJSON *list_of(const cJSON *root)
{
	return cjson_view_is(root, "object", "list") ? cjson_view_member(root, "data") : NULL;
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	static const struct list_shape shape = {
	    .list_of = list_of,
	    .is_element = is_classified,
	    .counted = true,
	};
	return evidence_read_list(e, body, &shape);
}

const struct family family_classify = {.read_body = read_body};
