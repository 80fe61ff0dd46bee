#include "proxy/openai/parse/exact_name.h"

/* Depths, as canonical_member counts them: 1 is the top-level object, 3 a message or a tool. */
enum { ANYWHERE = 0, TOP = 1, MESSAGE = 3 };

/* Which values trigger a row. */
enum trigger {
	ON, /* all but null and false */
	STRING,
	LIST, /* a string or an array */
	OBJECT,
	TRUE, /* only true */
};

struct row {
	struct slice member;
	unsigned depth;
	enum trigger trigger;
	enum verdict verdict;
};

/* What the words of a name do not tell, and what also counts inside messages and labels. Sources:
 * OpenAI's API description (responses, chat), vLLM's and SGLang's request classes, llama.cpp's
 * server. */
static const struct row rows[] = {
    {SLICE("audio"), MESSAGE, OBJECT, VERDICT_FILE_REFERENCE}, /* of an earlier response, by id */
    {SLICE("background"), TOP, ON, VERDICT_BACKGROUND},
    {SLICE("bootstrap_room"), TOP, ON, VERDICT_KV_TRANSFER},
    {SLICE("connector_id"), ANYWHERE, STRING, VERDICT_MCP_SERVER},
    {SLICE("container_id"), ANYWHERE, STRING, VERDICT_CONTAINER},
    {SLICE("ec_transfer_params"), TOP, ON, VERDICT_KV_TRANSFER},
    {SLICE("file_id"), ANYWHERE, STRING, VERDICT_FILE_REFERENCE},
    {SLICE("file_ids"), ANYWHERE, LIST, VERDICT_FILE_REFERENCE},
    {SLICE("google"), ANYWHERE, TRUE, VERDICT_WEB_SEARCH}, /* an object has Gemini's options */
    {SLICE("kv_transfer_params"), TOP, ON, VERDICT_KV_TRANSFER},
    {SLICE("parent"), TOP, STRING,
     VERDICT_STORED_OBJECT}, /* as a word it would match parent_span_id */
    {SLICE("previous"), TOP, STRING, VERDICT_PREVIOUS_RESPONSE},
    /* The client may end the reasoning while it is being generated (POST …/control). */
    {SLICE("reasoning_control"), TOP, ON, VERDICT_STEERED},
    {SLICE("server_url"), ANYWHERE, STRING, VERDICT_MCP_SERVER},
    {SLICE("session"), TOP, OBJECT, VERDICT_CONVERSATION},
    {SLICE("session_params"), TOP, ON, VERDICT_CONVERSATION},
    {SLICE("uuid"), ANYWHERE, STRING, VERDICT_FILE_REFERENCE}, /* vLLM: media it was sent before */
    {SLICE("vector_store_ids"), ANYWHERE, LIST, VERDICT_VECTOR_STORE},
    {SLICE("voice"), ANYWHERE, OBJECT, VERDICT_FILE_REFERENCE}, /* the account's own, by id */
};

/* A member `type` whose value has this prefix: a tool that the upstream runs, an earlier result of
 * one, or an item stored at the upstream. Anthropic's names are followed by a date. */
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

static bool is_on(const struct canonical_member *m)
{
	return m->kind != JSON_NULL && m->kind != JSON_FALSE;
}

static bool triggered(enum trigger trigger, const struct canonical_member *m)
{
	switch (trigger) {
	case ON:
		return is_on(m);
	case STRING:
		return m->kind == JSON_STRING;
	case LIST:
		return m->kind == JSON_STRING || m->kind == JSON_ARRAY_OPEN;
	case OBJECT:
		return m->kind == JSON_OBJECT_OPEN;
	case TRUE:
		return m->kind == JSON_TRUE;
	}
	return true;
}

static enum verdict typed(struct slice type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_starts(type, types[i].prefix))
			return types[i].verdict;
	return VERDICT_FINE;
}

enum verdict exact_name(const struct canonical_member *m)
{
	if (slice_is(m->key, "type"))
		return m->kind == JSON_STRING ? typed(m->value) : VERDICT_FINE;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		if (slice_equal(m->key, row->member) &&
		    (row->depth == ANYWHERE || row->depth == m->depth) &&
		    triggered(row->trigger, m))
			return row->verdict;
	}
	return VERDICT_FINE;
}
