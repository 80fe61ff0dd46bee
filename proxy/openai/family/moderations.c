/* Moderations: an object with results[], each with `flagged` and `categories`. */
#include "proxy/openai/family/family.h"

#include "proxy/openai/storable/cjson_view.h"

static bool is_result(const cJSON *result)
{
	return cJSON_IsBool(cjson_view_member(result, "flagged")) &&
	       cJSON_IsObject(cjson_view_member(result, "categories"));
}

static const cJSON *list_of(const cJSON *root)
{
	return cjson_view_member(root, "results");
}

static enum verdict read_body(struct evidence *e, struct slice body)
{
	static const struct list_shape shape = {
	    .list_of = list_of,
	    .is_element = is_result,
	    .counted = true,
	};
	return evidence_read_list(e, body, &shape);
}

const struct family family_moderations = {.read_body = read_body};
