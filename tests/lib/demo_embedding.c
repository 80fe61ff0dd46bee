#include "tests/lib/demo_embedding.h"

#include "tests/lib/demo_text.h"

#include <assert.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>

enum {
	DIMENSIONS = 64,
	DIMENSIONS_MAX = 2048,
};

struct form {
	int dimensions;
	bool base64;
};

static bool read_form(const cJSON *body, struct form *form, struct error_text *why)
{
	*form = (struct form){.dimensions = DIMENSIONS};
	const cJSON *dimensions = cJSON_GetObjectItemCaseSensitive(body, "dimensions");
	if (dimensions) {
		double n = cJSON_GetNumberValue(dimensions);
		if (!cJSON_IsNumber(dimensions) || !(n >= 1 && n <= (double)DIMENSIONS_MAX))
			return error_text_set(why, "dimensions: must be a number from 1 to %d",
					      DIMENSIONS_MAX);
		form->dimensions = (int)n;
	}
	const cJSON *encoding = cJSON_GetObjectItemCaseSensitive(body, "encoding_format");
	if (!encoding)
		return true;
	struct slice name = slice_of(cJSON_GetStringValue(encoding));
	form->base64 = slice_is(name, "base64");
	if (!form->base64 && !slice_is(name, "float"))
		return error_text_set(why, "encoding_format: must be float or base64");
	return true;
}

static void make_vector(uint64_t dice, float *at, int n)
{
	double square = 0;
	for (int i = 0; i < n; i++) {
		at[i] = (float)(demo_roll(&dice) >> 40) / (float)(1 << 24) - 0.5f;
		square += (double)at[i] * at[i];
	}
	float length = square > 0 ? (float)sqrt(square) : 1;
	for (int i = 0; i < n; i++)
		at[i] /= length;
}

/* OpenAI's base64 form: float32, little-endian, as this machine has them. */
static void add_base64(cJSON *item, const float *vector, int n)
{
	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "float32 is sent as it lies");
	unsigned char text[DIMENSIONS_MAX * sizeof(float) * 4 / 3 + 8];
	EVP_EncodeBlock(text, (const unsigned char *)vector, n * (int)sizeof *vector);
	cJSON_AddStringToObject(item, "embedding", (const char *)text);
}

static void add_floats(cJSON *item, const float *vector, int n)
{
	cJSON *list = cJSON_AddArrayToObject(item, "embedding");
	for (int i = 0; i < n; i++) {
		/* Nine digits tell any two float32 apart; through a double it would be 17. */
		char text[32];
		snprintf(text, sizeof text, "%.9g", (double)vector[i]);
		cJSON_AddItemToArray(list, cJSON_CreateRaw(text));
	}
}

static cJSON *make_item(unsigned index, uint64_t seed, struct form form)
{
	float vector[DIMENSIONS_MAX];
	make_vector(seed, vector, form.dimensions);
	cJSON *item = cJSON_CreateObject();
	cJSON_AddStringToObject(item, "object", "embedding");
	cJSON_AddNumberToObject(item, "index", index);
	(form.base64 ? add_base64 : add_floats)(item, vector, form.dimensions);
	return item;
}

cJSON *demo_embedding_list(const struct demo_question *question, struct error_text *why)
{
	struct form form;
	if (!read_form(question->body, &form, why))
		return NULL;
	const cJSON *input = cJSON_GetObjectItemCaseSensitive(question->body, "input");
	uint64_t model = demo_hash(slice_of(question->model), 2);
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "object", "list");
	cJSON *data = cJSON_AddArrayToObject(object, "data");
	for (unsigned i = 0; i < demo_question_texts(input); i++) {
		uint64_t seed = demo_question_hash(demo_question_text(input, i), model);
		cJSON_AddItemToArray(data, make_item(i, seed, form));
	}
	cJSON_AddStringToObject(object, "model", question->model);
	cJSON *usage = cJSON_AddObjectToObject(object, "usage");
	cJSON_AddNumberToObject(usage, "prompt_tokens", question->prompt_tokens);
	cJSON_AddNumberToObject(usage, "total_tokens", question->prompt_tokens);
	return object;
}
