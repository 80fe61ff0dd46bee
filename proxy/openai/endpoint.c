#include "proxy/openai/endpoint.h"

/* Where the order of members reaches neither the prompt nor the answer. What no step leads to stays
 * ordered: tools, schemas, response_format, chat_template_kwargs, documents, a tool call's
 * `function` and a tool_use's `input`, since chat templates print those as they come. */
enum place {
	LIST = PLACE_TOP + 1, /* messages, or the items of a response's input */
	MESSAGE,
	CONTENT, /* a list of parts; a plain string has no order */
	PART,
	MEDIA, /* {"url","detail"}, {"data","format"}, {"type","media_type","data"} */
	CALLS,
	CALL,
};

static const struct canonical_step chat_steps[] = {
    {PLACE_TOP, "messages", LIST},  {LIST, NULL, MESSAGE},	  {MESSAGE, "content", CONTENT},
    {CONTENT, NULL, PART},	    {PART, "image_url", MEDIA},	  {PART, "audio_url", MEDIA},
    {PART, "video_url", MEDIA},	    {PART, "input_audio", MEDIA}, {PART, "file", MEDIA},
    {MESSAGE, "tool_calls", CALLS}, {CALLS, NULL, CALL},	  {0},
};

static const struct canonical_step responses_steps[] = {
    {PLACE_TOP, "input", LIST},	   {LIST, NULL, MESSAGE},
    {MESSAGE, "content", CONTENT}, {MESSAGE, "output", CONTENT},
    {MESSAGE, "summary", CONTENT}, {CONTENT, NULL, PART},
    {PART, "input_audio", MEDIA},  {0},
};

/* A tool_result holds parts of its own. */
static const struct canonical_step messages_steps[] = {
    {PLACE_TOP, "messages", LIST}, {PLACE_TOP, "system", CONTENT}, {LIST, NULL, MESSAGE},
    {MESSAGE, "content", CONTENT}, {CONTENT, NULL, PART},	   {PART, "content", CONTENT},
    {PART, "source", MEDIA},	   {PART, "cache_control", MEDIA}, {0},
};

struct row {
	const char *path;
	struct endpoint endpoint;
};

#define CHAT                                                                                       \
	{                                                                                          \
		"chat", FAMILY_CHAT, ERROR_OPENAI, true, true, chat_steps                          \
	}
#define COMPLETIONS                                                                                \
	{                                                                                          \
		"completions", FAMILY_COMPLETIONS, ERROR_OPENAI, true, true, NULL                  \
	}
/* llama.cpp's own shape. */
#define NATIVE                                                                                     \
	{                                                                                          \
		"completions", FAMILY_COMPLETIONS, ERROR_OPENAI, true, false, NULL                 \
	}
#define EMBEDDINGS                                                                                 \
	{                                                                                          \
		"embeddings", FAMILY_EMBEDDINGS, ERROR_OPENAI, false, false, chat_steps            \
	}
#define RESPONSES                                                                                  \
	{                                                                                          \
		"responses", FAMILY_RESPONSES, ERROR_OPENAI, true, false, responses_steps          \
	}
#define MESSAGES                                                                                   \
	{                                                                                          \
		"messages", FAMILY_MESSAGES, ERROR_ANTHROPIC, true, false, messages_steps          \
	}
#define RERANK                                                                                     \
	{                                                                                          \
		"rerank", FAMILY_RERANK, ERROR_OPENAI, false, false, NULL                          \
	}
#define TOKENS(shape, steps)                                                                       \
	{                                                                                          \
		"tokens", FAMILY_TOKENS, shape, false, false, steps                                \
	}

/* Sorted by path. llama.cpp's /completion, /completions, /embedding and /embeddings (without /v1)
 * answer in a shape of their own; the families know it. */
static const struct row rows[] = {
    {"/apply-template", TOKENS(ERROR_OPENAI, chat_steps)},
    {"/chat/completions", CHAT},
    {"/completion", NATIVE},
    {"/completions", NATIVE},
    {"/detokenize", TOKENS(ERROR_OPENAI, NULL)},
    {"/embedding", EMBEDDINGS},
    {"/embeddings", EMBEDDINGS},
    {"/rerank", RERANK},
    {"/reranking", RERANK},
    {"/responses", RESPONSES},
    {"/tokenize", TOKENS(ERROR_OPENAI, chat_steps)},
    {"/v1/chat/completions", CHAT},
    {"/v1/chat/completions/input_tokens", TOKENS(ERROR_OPENAI, chat_steps)},
    {"/v1/completions", COMPLETIONS},
    {"/v1/embeddings", EMBEDDINGS},
    {"/v1/messages", MESSAGES},
    {"/v1/messages/count_tokens", TOKENS(ERROR_ANTHROPIC, messages_steps)},
    {"/v1/rerank", RERANK},
    {"/v1/reranking", RERANK},
    {"/v1/responses", RESPONSES},
    {"/v1/responses/input_tokens", TOKENS(ERROR_OPENAI, responses_steps)},
    {"/v2/rerank", RERANK},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int compare(struct slice path, const char *other)
{
	size_t len = strlen(other);
	int order = memcmp(path.at, other, path.len < len ? path.len : len);
	if (order == 0)
		order = (path.len > len) - (path.len < len);
	return order;
}

const struct endpoint *endpoint_find(struct slice method, struct slice path)
{
	static const struct endpoint models = {"models", FAMILY_MODELS, ERROR_OPENAI,
					       false,	 false,		NULL};
	if (slice_is(method, "GET") && (slice_is(path, "/v1/models") || slice_is(path, "/models")))
		return &models;
	if (!slice_is(method, "POST") || path.len == 0)
		return NULL;
	size_t low = 0;
	size_t high = ROWS;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare(path, rows[middle].path);
		if (order == 0)
			return &rows[middle].endpoint;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const char *endpoint_family_name(enum endpoint_family family)
{
	static const char *const names[ENDPOINT_FAMILIES] = {
	    [FAMILY_CHAT] = "chat",
	    [FAMILY_COMPLETIONS] = "completions",
	    [FAMILY_EMBEDDINGS] = "embeddings",
	    [FAMILY_RESPONSES] = "responses",
	    [FAMILY_MESSAGES] = "messages",
	    [FAMILY_RERANK] = "rerank",
	    [FAMILY_TOKENS] = "tokens",
	    [FAMILY_MODELS] = "models",
	};
	return names[family];
}

enum error_shape endpoint_error_shape(struct slice path)
{
	static const struct slice messages = SLICE("/v1/messages");
	bool under = slice_starts(path, messages) &&
		     (path.len == messages.len || path.at[messages.len] == '/');
	return under ? ERROR_ANTHROPIC : ERROR_OPENAI;
}
