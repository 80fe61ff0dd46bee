#include "tests/lib/demo_tool.h"

#include "tests/lib/demo_text.h"

/* Schemas nest as deep as their author likes; our made-up values do not. */
enum { DEPTH_MAX = 8 };

static cJSON *make_value(const cJSON *schema, uint64_t *dice, int depth);

static cJSON *make_object(const cJSON *schema, uint64_t *dice, int depth)
{
	cJSON *object = cJSON_CreateObject();
	const cJSON *property;
	cJSON_ArrayForEach (property, cJSON_GetObjectItemCaseSensitive(schema, "properties")) {
		cJSON_AddItemToObject(object, property->string,
				      make_value(property, dice, depth + 1));
	}
	return object;
}

static cJSON *make_list(const cJSON *schema, uint64_t *dice, int depth)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items");
	cJSON_AddItemToArray(list, make_value(items, dice, depth + 1));
	return list;
}

static cJSON *make_text(uint64_t *dice)
{
	struct demo_text text = demo_text_sentences(demo_roll(dice), 1 + demo_roll(dice) % 3);
	bool terminated = buf_append_byte(&text.bytes, 0);
	cJSON *value = cJSON_CreateString(terminated ? text.bytes.at : "");
	demo_text_finish(&text);
	return value;
}

static cJSON *make_value(const cJSON *schema, uint64_t *dice, int depth)
{
	const cJSON *choices = cJSON_GetObjectItemCaseSensitive(schema, "enum");
	int count = cJSON_GetArraySize(choices);
	if (count > 0)
		return cJSON_Duplicate(
		    cJSON_GetArrayItem(choices, (int)(demo_roll(dice) % (unsigned)count)), true);
	struct slice type =
	    slice_of(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(schema, "type")));
	if (slice_is(type, "number") || slice_is(type, "integer"))
		return cJSON_CreateNumber((double)(demo_roll(dice) % 100));
	if (slice_is(type, "boolean"))
		return cJSON_CreateBool(demo_roll(dice) % 2);
	if (slice_is(type, "array") && depth < DEPTH_MAX)
		return make_list(schema, dice, depth);
	if (slice_is(type, "object") && depth < DEPTH_MAX)
		return make_object(schema, dice, depth);
	return make_text(dice);
}

char *demo_tool_arguments(const cJSON *function, uint64_t seed)
{
	const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(function, "parameters");
	cJSON *object = make_object(parameters, &seed, 0);
	char *text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	return text;
}
