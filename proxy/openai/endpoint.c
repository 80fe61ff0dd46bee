#include "proxy/openai/endpoint.h"

#include "base/glob.h"

/* Objects in which the order of members affects neither the prompt nor the response. Where no
 * step leads, order counts: in tools, schemas, response_format, chat_template_kwargs, documents,
 * a tool call's `function` and a tool_use's `input`, since chat templates print those in the
 * given order. */
enum place {
	LIST = PLACE_TOP + 1, /* messages, or the items of `input` (responses) */
	MESSAGE,
	CONTENT, /* a list of parts, or a plain string */
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

/* A tool_result contains parts. */
static const struct canonical_step messages_steps[] = {
    {PLACE_TOP, "messages", LIST}, {PLACE_TOP, "system", CONTENT}, {LIST, NULL, MESSAGE},
    {MESSAGE, "content", CONTENT}, {CONTENT, NULL, PART},	   {PART, "content", CONTENT},
    {PART, "source", MEDIA},	   {PART, "cache_control", MEDIA}, {0},
};

struct row {
	const char *path;
	struct endpoint endpoint;
};

#define OPENAI(label, family_, ...)                                                                \
	{                                                                                          \
		.name = label, .family = family_, .error_shape = ERROR_OPENAI, __VA_ARGS__         \
	}
#define GENERATES .streams = true, .chance = CHANCE_USUAL
#define CHAT OPENAI("chat", FAMILY_CHAT, GENERATES, .tells_usage = true, .steps = chat_steps)
#define COMPLETIONS OPENAI("completions", FAMILY_COMPLETIONS, GENERATES, .tells_usage = true)
/* llama.cpp's own shape. */
#define NATIVE OPENAI("completions", FAMILY_COMPLETIONS, GENERATES)
#define VECTORS OPENAI("embeddings", FAMILY_EMBEDDINGS, .steps = chat_steps)
#define EMBEDDINGS OPENAI("embeddings", FAMILY_EMBEDDINGS, .steps = chat_steps, .batches = true)
#define RESPONSES OPENAI("responses", FAMILY_RESPONSES, GENERATES, .steps = responses_steps)
#define MESSAGES                                                                                   \
	{                                                                                          \
		.name = "messages", .family = FAMILY_MESSAGES, .error_shape = ERROR_ANTHROPIC,     \
		GENERATES, .steps = messages_steps                                                 \
	}
#define RERANK OPENAI("rerank", FAMILY_RERANK, .steps = NULL)
#define SCORE OPENAI("score", FAMILY_SCORE, .steps = NULL)
#define POOLING OPENAI("pooling", FAMILY_POOLING, .steps = chat_steps)
#define CLASSIFY OPENAI("classify", FAMILY_CLASSIFY, .steps = chat_steps)
#define MODERATIONS OPENAI("moderations", FAMILY_MODERATIONS, .steps = NULL)
/* Their default temperature is 0 (OpenAI's API description, vLLM's request class). */
#define TRANSCRIPTIONS                                                                             \
	OPENAI("transcriptions", FAMILY_TRANSCRIPTIONS, .body = BODY_FORM, .chance = CHANCE_ASKED)
#define SPEECH OPENAI("speech", FAMILY_SPEECH, .chance = CHANCE_USUAL)
#define TOKENS(shape, table)                                                                       \
	{                                                                                          \
		.name = "tokens", .family = FAMILY_TOKENS, .error_shape = shape, .steps = table    \
	}

/* Sorted by path. llama.cpp's /completion, /completions, /infill, /embedding and /embeddings
 * (without /v1) have response shapes of their own, which the families know. */
static const struct row rows[] = {
    {"/apply-template", TOKENS(ERROR_OPENAI, chat_steps)},
    {"/chat/completions", CHAT},
    {"/chat/completions/input_tokens", TOKENS(ERROR_OPENAI, chat_steps)},
    {"/classify", CLASSIFY},
    {"/completion", NATIVE},
    {"/completions", NATIVE},
    {"/detokenize", TOKENS(ERROR_OPENAI, NULL)},
    {"/embedding", VECTORS},
    {"/embeddings", VECTORS},
    {"/infill", NATIVE},
    {"/pooling", POOLING},
    {"/rerank", RERANK},
    {"/reranking", RERANK},
    {"/responses", RESPONSES},
    {"/responses/input_tokens", TOKENS(ERROR_OPENAI, responses_steps)},
    {"/score", SCORE},
    {"/tokenize", TOKENS(ERROR_OPENAI, chat_steps)},
    {"/v1/audio/speech", SPEECH},
    {"/v1/audio/transcriptions", TRANSCRIPTIONS},
    {"/v1/audio/translations", TRANSCRIPTIONS},
    {"/v1/chat/completions", CHAT},
    {"/v1/chat/completions/input_tokens", TOKENS(ERROR_OPENAI, chat_steps)},
    {"/v1/completions", COMPLETIONS},
    {"/v1/embeddings", EMBEDDINGS},
    {"/v1/messages", MESSAGES},
    {"/v1/messages/count_tokens", TOKENS(ERROR_ANTHROPIC, messages_steps)},
    {"/v1/moderations", MODERATIONS},
    {"/v1/rerank", RERANK},
    {"/v1/reranking", RERANK},
    {"/v1/responses", RESPONSES},
    {"/v1/responses/input_tokens", TOKENS(ERROR_OPENAI, responses_steps)},
    {"/v1/score", SCORE},
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
	static const struct endpoint models = OPENAI("models", FAMILY_MODELS, .steps = NULL);
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
	    [FAMILY_SCORE] = "score",
	    [FAMILY_POOLING] = "pooling",
	    [FAMILY_CLASSIFY] = "classify",
	    [FAMILY_MODERATIONS] = "moderations",
	    [FAMILY_TRANSCRIPTIONS] = "transcriptions",
	    [FAMILY_SPEECH] = "speech",
	};
	return names[family];
}

/* ## Other spellings of a path */

enum {
	PATH_SEGMENTS = 16, /* a path with more is unknown */
	PATH_BYTES = 256,   /* longest path after the prefix */
};

/* Cuts off and returns the first segment; empty: there is none. */
static struct slice next_segment(struct slice *path)
{
	while (path->len && *path->at == '/')
		*path = slice_after(*path, 1);
	struct slice segment = *path;
	const char *end = path->len ? memchr(path->at, '/', path->len) : NULL;
	if (end)
		segment.len = (size_t)(end - path->at);
	*path = slice_after(*path, segment.len);
	return segment;
}

struct segments {
	size_t count; /* PATH_SEGMENTS: that many or more */
	struct slice at[PATH_SEGMENTS];
};

static struct segments split(struct slice path)
{
	struct segments s = {0};
	struct slice segment;
	while (s.count < PATH_SEGMENTS && (segment = next_segment(&path)).len)
		s.at[s.count++] = segment;
	return s;
}

/* Returns the row for `front` followed by the segments from `first` on. */
static const struct endpoint *find_from(struct slice method, const struct segments *s, size_t first,
					const char *front)
{
	char text[PATH_BYTES];
	struct slice path = {text, strlen(front)};
	memcpy(text, front, path.len);
	for (size_t i = first; i < s->count; i++) {
		if (path.len + 1 + s->at[i].len > sizeof text)
			return NULL;
		text[path.len++] = '/';
		memcpy(text + path.len, s->at[i].at, s->at[i].len);
		path.len += s->at[i].len;
	}
	return endpoint_find(method, path);
}

/* A server that resolves dot segments would use another path. */
static bool is_dots(struct slice segment)
{
	return slice_is(segment, ".") || slice_is(segment, "..");
}

/* Returns how many segments of the path the prefix matches; 0: it does not match. */
static size_t match_prefix(struct slice prefix, const struct segments *s, struct slice *deployment)
{
	size_t count = 0;
	for (struct slice p; (p = next_segment(&prefix)).len; count++) {
		if (count == s->count || is_dots(s->at[count]) || !glob_match(p, s->at[count]))
			return 0;
		if (memchr(p.at, '*', p.len))
			*deployment = s->at[count];
	}
	return count;
}

struct endpoint_route endpoint_route(struct slice method, struct slice path,
				     const char *const *prefixes, size_t count)
{
	struct endpoint_route route = {.endpoint = endpoint_find(method, path)};
	if (route.endpoint)
		return route;
	struct segments s = split(path);
	if (s.count < PATH_SEGMENTS)
		route.endpoint = find_from(method, &s, 0, "");
	for (size_t i = 0; i < count && s.count < PATH_SEGMENTS && !route.endpoint; i++) {
		struct slice deployment = slice_of("");
		size_t taken = match_prefix(slice_of(prefixes[i]), &s, &deployment);
		if (taken == 0)
			continue;
		route.endpoint = find_from(method, &s, taken, "/v1");
		if (!route.endpoint)
			route.endpoint = find_from(method, &s, taken, "");
		route.deployment = route.endpoint ? deployment : slice_of("");
	}
	return route;
}

enum error_shape endpoint_error_shape(struct slice path)
{
	struct slice before = slice_of("");
	for (struct slice s; (s = next_segment(&path)).len; before = s)
		if (slice_is(before, "v1") && slice_is(s, "messages"))
			return ERROR_ANTHROPIC;
	return ERROR_OPENAI;
}
