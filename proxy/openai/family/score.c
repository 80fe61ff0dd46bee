/* Score: vLLM's /score, object list with data[].{index, score}. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

static bool is_pair(const cJSON *pair)
{
	return cjson_view_is_finite(cjson_view_member(pair, "score"));
}

static const cJSON *list_of(const cJSON *root)
{
	return cjson_view_is(root, "object", "list") ? cjson_view_member(root, "data") : NULL;
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	static const struct list_shape shape = {
	    .list_of = list_of,
	    .is_element = is_pair,
	};
	return evidence_read_list(e, body, &shape);
}

const struct family family_score = {.read_body = read_body};
