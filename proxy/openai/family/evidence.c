#include "proxy/openai/family/evidence.h"

#include "base/utf8.h"
#include "cache/store/tombstones.h"
#include "proxy/openai/storable/cjson_view.h"
#include "proxy/openai/storable/server_state.h"
#include "proxy/openai/storable/token_usage.h"

bool evidence_predicted(const cJSON *root, unsigned *ret_predicted)
{
	return cjson_view_number(
	    cjson_view_member(cjson_view_member(root, "timings"), "predicted_n"), ret_predicted);
}

void evidence_note(struct evidence *e, const cJSON *root)
{
	static const char *const around[] = {"response", "message"};
	token_usage_read(&e->token_usage, root);
	unsigned predicted;
	if (evidence_predicted(root, &predicted))
		e->predicted = predicted;
	const cJSON *object = root;
	for (size_t i = 0; i < 2 && !cjson_view_member(object, "id"); i++)
		if (cjson_view_member(root, around[i]))
			object = cjson_view_member(root, around[i]);
	struct slice id = slice_of(cJSON_GetStringValue(cjson_view_member(object, "id")));
	if (!e->id && id.len)
		e->id = tombstone_of(id);
	e->server_state = e->server_state || server_state_shows(root);
	e->stored_upstream = e->stored_upstream || cJSON_IsTrue(cjson_view_member(object, "store"));
}

enum verdict evidence_count_verdict(const struct evidence *e, size_t count)
{
	return e->expected && e->expected != count ? VERDICT_WRONG_CHOICES : VERDICT_FINE;
}

/* Whether the value contains text that is not empty or, with `seen`, has something visible in
 * it. */
static bool has_text(const cJSON *value, bool seen)
{
	if (cJSON_IsString(value))
		return seen ? !utf8_is_blank(slice_of(value->valuestring)) : value->valuestring[0];
	const cJSON *part;
	cJSON_ArrayForEach (part, value) {
		bool name = part->string &&
			    (strcmp(part->string, "type") == 0 || strcmp(part->string, "id") == 0);
		if (!name && has_text(part, seen))
			return true;
	}
	return false;
}

bool evidence_has_visible_text(const cJSON *value)
{
	return has_text(value, true);
}

bool evidence_has_text(const cJSON *value)
{
	return has_text(value, false);
}

enum verdict evidence_read_list(struct evidence *e, struct slice body,
				const struct list_shape *shape)
{
	scoped(cjson_view_free) cJSON *root = NULL;
	enum verdict verdict = cjson_view_parse(body, &root);
	if (verdict != VERDICT_FINE)
		return verdict;
	token_usage_read(&e->token_usage, root);
	const cJSON *list = shape->list_of(root);
	if (!cJSON_IsArray(list) || !list->child)
		return VERDICT_UNEXPECTED_SHAPE;
	const cJSON *element;
	cJSON_ArrayForEach (element, list)
		if (!shape->is_element(element))
			return VERDICT_UNEXPECTED_SHAPE;
	return shape->counted ? evidence_count_verdict(e, (size_t)cJSON_GetArraySize(list))
			      : VERDICT_FINE;
}
