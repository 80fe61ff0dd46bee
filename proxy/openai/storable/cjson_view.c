#include "proxy/openai/storable/cjson_view.h"

#include "base/budget.h"

#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

/* cJSON's memory is charged to the budget of the thread that parses (base/budget.h). */
static void *allocate(size_t size)
{
	void *at = malloc(size);
	if (!at || bill_charge(malloc_usable_size(at)))
		return at;
	free(at);
	return NULL;
}

static void release(void *at)
{
	bill_credit(malloc_usable_size(at));
	free(at);
}

static void set_hooks(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = release});
}

enum verdict cjson_view_parse(struct slice text, cJSON **ret_root)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, set_hooks);
	scoped(cjson_view_free) cJSON *root = cJSON_ParseWithLength(text.at, text.len);
	if (!root)
		return VERDICT_INVALID_ANSWER;
	if (cjson_view_member(root, "error"))
		return VERDICT_ERROR_INSIDE;
	*ret_root = take(&root);
	return VERDICT_FINE;
}

void cjson_view_free(cJSON **root)
{
	cJSON_Delete(*root);
	*root = NULL;
}

const cJSON *cjson_view_member(const cJSON *object, const char *name)
{
	if (!cJSON_IsObject(object))
		return NULL;
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
	return cJSON_IsNull(value) ? NULL : value;
}

bool cjson_view_is(const cJSON *object, const char *name, const char *text)
{
	const char *value = cJSON_GetStringValue(cjson_view_member(object, name));
	return value && strcmp(value, text) == 0;
}

bool cjson_view_ends(const cJSON *object, const char *name, const char *end)
{
	struct slice value = slice_of(cJSON_GetStringValue(cjson_view_member(object, name)));
	struct slice tail = slice_of(end);
	return value.len >= tail.len && slice_equal(slice_after(value, value.len - tail.len), tail);
}

bool cjson_view_is_finite(const cJSON *value)
{
	return cJSON_IsNumber(value) && isfinite(value->valuedouble);
}

bool cjson_view_number(const cJSON *value, unsigned *ret_number)
{
	if (!cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > INT_MAX ||
	    value->valuedouble != value->valueint)
		return false;
	*ret_number = (unsigned)value->valueint;
	return true;
}
