/* The list of models: an object with data[], each element with an id. llama.cpp adds a list of its
 * own beside it. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

static enum verdict read_body(struct evidence *e, struct slice body)
{
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	const cJSON *data = cjson_view_member(root, "data");
	if (!cJSON_IsArray(data))
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *model;
	cJSON_ArrayForEach (model, data)
		if (!cJSON_IsString(cjson_view_member(model, "id")))
			return VERDICT_UNEXPECTED_SHAPE;
	return VERDICT_FINE;
}

const struct family family_models = {read_body, NULL, NULL};
