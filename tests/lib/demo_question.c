#include "tests/lib/demo_question.h"

#include "tests/lib/demo_text.h"

#include <stdlib.h>

enum {
	CHOICES_MAX = 16,
	TOKENS_MAX = 4096,
};

static const char *const travel_members[] = {"stream", "stream_options", "user"};

static bool is_travel(const char *name)
{
	for (size_t i = 0; i < sizeof travel_members / sizeof *travel_members; i++)
		if (slice_is(slice_of(name), travel_members[i]))
			return true;
	return false;
}

uint64_t demo_question_hash(const cJSON *value, uint64_t seed)
{
	char *text = cJSON_PrintUnformatted(value);
	uint64_t h = demo_hash(slice_of(text), seed);
	cJSON_free(text);
	return h;
}

/* A sum, so that the order of members does not count. */
static uint64_t hash_members(const cJSON *body)
{
	uint64_t sum = 0;
	const cJSON *member;
	cJSON_ArrayForEach (member, body) {
		if (!is_travel(member->string))
			sum += demo_question_hash(member, demo_hash(slice_of(member->string), 1));
	}
	return sum;
}

static bool read_bool(const cJSON *object, const char *name, bool *ret_value,
		      struct error_text *why)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
	if (!member || cJSON_IsNull(member))
		return true;
	if (!cJSON_IsBool(member))
		return error_text_set(why, "%s: must be true or false", name);
	*ret_value = cJSON_IsTrue(member);
	return true;
}

static bool read_count(const cJSON *body, const char *name, unsigned most, unsigned *ret_value,
		       struct error_text *why)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(body, name);
	if (!member || cJSON_IsNull(member))
		return true;
	double n = cJSON_GetNumberValue(member);
	if (!cJSON_IsNumber(member) || !(n >= 1))
		return error_text_set(why, "%s: must be a number from 1", name);
	*ret_value = n < most ? (unsigned)n : most;
	return true;
}

static const cJSON *function_named(const cJSON *tools, const char *name)
{
	const cJSON *tool;
	cJSON_ArrayForEach (tool, tools) {
		const cJSON *function = cJSON_GetObjectItemCaseSensitive(tool, "function");
		const char *its =
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(function, "name"));
		if (its && (!name || slice_is(slice_of(its), name)))
			return function;
	}
	return NULL;
}

/* Tools are called when they must be: tool_choice "required", or one by name. */
static bool read_tool(const cJSON *body, const cJSON **ret_tool, struct error_text *why)
{
	const cJSON *choice = cJSON_GetObjectItemCaseSensitive(body, "tool_choice");
	bool required = slice_is(slice_of(cJSON_GetStringValue(choice)), "required");
	if (!required && !cJSON_IsObject(choice))
		return true;
	const cJSON *named = cJSON_GetObjectItemCaseSensitive(choice, "function");
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(named, "name"));
	if (!required && !name)
		return error_text_set(why, "tool_choice: must name a function");
	const cJSON *tools = cJSON_GetObjectItemCaseSensitive(body, "tools");
	*ret_tool = function_named(tools, name);
	if (!*ret_tool)
		return error_text_set(why, "tool_choice: there is no such function in tools");
	return true;
}

static bool is_list_of_texts(const cJSON *input)
{
	return cJSON_IsArray(input) && input->child && !cJSON_IsNumber(input->child);
}

unsigned demo_question_texts(const cJSON *input)
{
	return is_list_of_texts(input) ? (unsigned)cJSON_GetArraySize(input) : 1;
}

const cJSON *demo_question_text(const cJSON *input, unsigned i)
{
	return is_list_of_texts(input) ? cJSON_GetArrayItem(input, (int)i) : input;
}

static bool check_input(const cJSON *input, enum demo_kind kind, const char *name,
			struct error_text *why)
{
	if (kind == DEMO_CHAT) {
		if (!cJSON_IsArray(input) || !input->child)
			return error_text_set(why, "%s: must be a list of messages, not empty",
					      name);
		return true;
	}
	bool list = cJSON_IsArray(input) && input->child;
	if (!list && !cJSON_IsString(input))
		return error_text_set(why, "%s: must be a string or a list, not empty", name);
	return true;
}

static bool read_common(struct demo_question *q, struct error_text *why)
{
	const cJSON *model = cJSON_GetObjectItemCaseSensitive(q->body, "model");
	if (model && !cJSON_IsString(model))
		return error_text_set(why, "model: must be a string");
	if (model)
		q->model = model->valuestring;
	const cJSON *options = cJSON_GetObjectItemCaseSensitive(q->body, "stream_options");
	return read_bool(q->body, "stream", &q->stream, why) &&
	       read_bool(options, "include_usage", &q->include_usage, why) &&
	       read_count(q->body, "n", CHOICES_MAX, &q->choices, why) &&
	       read_count(q->body, "min_tokens", TOKENS_MAX, &q->least, why) &&
	       read_count(q->body, "max_tokens", TOKENS_MAX, &q->limit, why) &&
	       read_count(q->body, "max_completion_tokens", TOKENS_MAX, &q->limit, why);
}

bool demo_question_read(enum demo_kind kind, const cJSON *body, struct demo_question *ret_question,
			struct error_text *why)
{
	static const char *const input_names[] = {
	    [DEMO_CHAT] = "messages",
	    [DEMO_COMPLETION] = "prompt",
	    [DEMO_EMBEDDINGS] = "input",
	};
	struct demo_question q = {
	    .kind = kind,
	    .body = body,
	    .model = "demo-model",
	    .choices = 1,
	    .limit = TOKENS_MAX,
	};
	const cJSON *input = cJSON_GetObjectItemCaseSensitive(body, input_names[kind]);
	if (!check_input(input, kind, input_names[kind], why) || !read_common(&q, why))
		return false;
	if (kind == DEMO_CHAT && !read_tool(body, &q.tool, why))
		return false;
	char *text = cJSON_PrintUnformatted(input);
	q.prompt_tokens = demo_count_tokens(slice_of(text));
	cJSON_free(text);
	q.seed = hash_members(body);
	*ret_question = q;
	return true;
}
