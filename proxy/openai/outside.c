#include "proxy/openai/outside.h"

/* Depths, as canonical_member counts them: 1 is the outermost object, 3 a message or a tool. */
enum { ANYWHERE = 0, TOP = 1, MESSAGE = 3 };

/* Which values count. A JSON schema may define a property of any name, and its value is an object:
 * so members that may stand in a schema's place count only as strings and lists. */
enum trigger {
	PRESENT, /* all but null */
	TRUE,
	STRING,
	ADDRESS, /* a string with a scheme, as a place of bytes has and base64 has not */
	LIST,	 /* a string or an array */
	OBJECT,
};

struct row {
	struct slice member;
	unsigned depth;
	enum trigger trigger;
	enum verdict verdict;
};

/* Sources: OpenAI's API description (responses, chat), Anthropic's Messages API, vLLM's request
 * classes, the additions of OpenRouter, xAI, Alibaba's Model Studio (enable_search), Groq
 * (search_settings), SGLang (session_params) and of servers that keep conversations. */
static const struct row rows[] = {
    {SLICE("audio"), MESSAGE, OBJECT, VERDICT_FILE_REFERENCE}, /* an earlier answer's, by id */
    {SLICE("audio"), ANYWHERE, ADDRESS, VERDICT_REMOTE_MEDIA},
    {SLICE("background"), TOP, TRUE, VERDICT_BACKGROUND},
    {SLICE("connector_id"), ANYWHERE, STRING, VERDICT_MCP_SERVER},
    {SLICE("container"), TOP, PRESENT, VERDICT_CONTAINER},
    {SLICE("container_id"), ANYWHERE, STRING, VERDICT_CONTAINER},
    {SLICE("conversation"), TOP, PRESENT, VERDICT_CONVERSATION},
    {SLICE("conversation_id"), TOP, STRING, VERDICT_CONVERSATION},
    {SLICE("dataSources"), TOP, PRESENT, VERDICT_SERVER_TOOL},
    {SLICE("data_sources"), TOP, PRESENT, VERDICT_SERVER_TOOL},
    {SLICE("ec_transfer_params"), TOP, PRESENT, VERDICT_KV_TRANSFER},
    {SLICE("enable_search"), TOP, TRUE, VERDICT_WEB_SEARCH},
    {SLICE("file_id"), ANYWHERE, STRING, VERDICT_FILE_REFERENCE},
    {SLICE("file_ids"), ANYWHERE, LIST, VERDICT_FILE_REFERENCE},
    {SLICE("image"), ANYWHERE, ADDRESS, VERDICT_REMOTE_MEDIA},
    {SLICE("kv_transfer_params"), TOP, PRESENT, VERDICT_KV_TRANSFER},
    {SLICE("mcp_servers"), TOP, PRESENT, VERDICT_MCP_SERVER},
    {SLICE("plugins"), TOP, PRESENT, VERDICT_SERVER_TOOL},
    {SLICE("previous_response_id"), TOP, PRESENT, VERDICT_PREVIOUS_RESPONSE},
    {SLICE("search_parameters"), TOP, PRESENT, VERDICT_WEB_SEARCH},
    {SLICE("search_settings"), TOP, PRESENT, VERDICT_WEB_SEARCH},
    {SLICE("server_url"), ANYWHERE, STRING, VERDICT_MCP_SERVER},
    {SLICE("session_params"), TOP, PRESENT, VERDICT_CONVERSATION},
    {SLICE("thread_id"), TOP, STRING, VERDICT_CONVERSATION},
    {SLICE("uuid"), ANYWHERE, STRING, VERDICT_FILE_REFERENCE}, /* vLLM: media it was sent before */
    {SLICE("vector_store_ids"), ANYWHERE, LIST, VERDICT_VECTOR_STORE},
    {SLICE("video"), ANYWHERE, ADDRESS, VERDICT_REMOTE_MEDIA},
    {SLICE("web_search_options"), TOP, PRESENT, VERDICT_WEB_SEARCH},
};

/* A member `type` whose value starts so: a tool that the upstream runs, what it answered earlier,
 * or an item kept by the upstream. Anthropic's names carry a date behind them. */
static const struct {
	struct slice prefix;
	enum verdict verdict;
} types[] = {
    {SLICE("code_execution"), VERDICT_CONTAINER},
    {SLICE("code_interpreter"), VERDICT_CONTAINER},
    {SLICE("collections_search"), VERDICT_VECTOR_STORE},
    {SLICE("container_"), VERDICT_CONTAINER},
    {SLICE("file_search"), VERDICT_VECTOR_STORE},
    {SLICE("item_reference"), VERDICT_STORED_ITEM},
    {SLICE("mcp"), VERDICT_MCP_SERVER},
    {SLICE("server_tool_use"), VERDICT_SERVER_TOOL},
    {SLICE("web_fetch"), VERDICT_WEB_SEARCH},
    {SLICE("web_search"), VERDICT_WEB_SEARCH},
    {SLICE("x_search"), VERDICT_WEB_SEARCH},
};

static bool has(struct slice text, const char *part)
{
	return memmem(text.at, text.len, part, strlen(part)) != NULL;
}

/* "data:" carries its bytes along and has no slashes. */
static bool is_address(const struct canonical_member *m)
{
	return m->kind == JSON_STRING && has(m->value, "://");
}

static bool triggered(enum trigger trigger, const struct canonical_member *m)
{
	enum json_kind kind = m->kind;
	switch (trigger) {
	case PRESENT:
		return kind != JSON_NULL;
	case TRUE:
		return kind == JSON_TRUE;
	case STRING:
		return kind == JSON_STRING;
	case ADDRESS:
		return is_address(m);
	case LIST:
		return kind == JSON_STRING || kind == JSON_ARRAY_OPEN;
	case OBJECT:
		return kind == JSON_OBJECT_OPEN;
	}
	return true;
}

static enum verdict named(const struct canonical_member *m)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		if ((row->depth == ANYWHERE || row->depth == m->depth) &&
		    slice_equal(m->key, row->member) && triggered(row->trigger, m))
			return row->verdict;
	}
	return VERDICT_FINE;
}

static enum verdict typed(struct slice type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_starts(type, types[i].prefix))
			return types[i].verdict;
	return VERDICT_FINE;
}

/* url, image_url, file_url, … Only a data: URL (RFC 2397; a scheme's case does not count, RFC 3986
 * §3.1) carries its bytes along. */
static bool is_remote(const struct canonical_member *m)
{
	static const struct slice tail = SLICE("_url");
	static const struct slice scheme = SLICE("data:");
	struct slice key = m->key;
	bool address =
	    slice_is(key, "url") ||
	    (key.len > tail.len && slice_equal(slice_after(key, key.len - tail.len), tail));
	if (!address || m->kind != JSON_STRING)
		return false;
	struct slice start = {m->value.at, scheme.len};
	return m->value.len < scheme.len || !slice_equal_nocase(start, scheme);
}

/* Models that search the web whatever the body says: OpenAI's gpt-4o-search-preview-2025-03-11 and
 * gpt-5-search-api, Perplexity's sonar; and OpenRouter's spelling of its plugin `web`. */
static bool searches(const struct canonical_member *m)
{
	if (m->depth != TOP || m->kind != JSON_STRING || !slice_is(m->key, "model"))
		return false;
	static const struct slice online = SLICE(":online");
	struct slice model = m->value;
	bool plugin = model.len >= online.len &&
		      slice_equal(slice_after(model, model.len - online.len), online);
	return plugin || has(model, "-search-preview") || has(model, "-search-api") ||
	       has(model, "sonar");
}

enum verdict outside_verdict(enum endpoint_family family, const struct canonical_member *m)
{
	enum verdict verdict = named(m);
	if (verdict != VERDICT_FINE)
		return verdict;
	if (m->kind == JSON_STRING && slice_is(m->key, "type"))
		return typed(m->value);
	/* Responses: {"id": "pmpt_…"} names a prompt kept by the upstream. Elsewhere `prompt` is
	 * the prompt. */
	if (family == FAMILY_RESPONSES && m->depth == TOP && slice_is(m->key, "prompt") &&
	    m->kind != JSON_NULL)
		return VERDICT_STORED_PROMPT;
	/* Speech: a voice of the account's own, by id. */
	if (family == FAMILY_SPEECH && m->depth == TOP && slice_is(m->key, "voice") &&
	    m->kind == JSON_OBJECT_OPEN)
		return VERDICT_FILE_REFERENCE;
	/* vLLM: `data` is for a plugin, which may fetch what it names. */
	if (family == FAMILY_POOLING && m->depth == TOP && slice_is(m->key, "data") &&
	    m->kind != JSON_NULL)
		return VERDICT_SERVER_TOOL;
	if (searches(m))
		return VERDICT_WEB_SEARCH;
	return is_remote(m) ? VERDICT_REMOTE_MEDIA : VERDICT_FINE;
}
