/* One pass over the values of a body. For each container it is known which rules hold in it (its
 * zone), so that a function's schema may have a property of any name, and a text may speak of
 * addresses. */
#include "proxy/openai/outside.h"

#include "proxy/openai/reference.h"

/* Depths, as canonical_member counts them: 1 is the outermost object, 3 a message or a tool. */
enum { ANYWHERE = 0, TOP = 1, MESSAGE = 3 };

/* Which values count. */
enum trigger {
	ON, /* all but null and false */
	STRING,
	LIST, /* a string or an array */
	OBJECT,
};

struct row {
	struct slice member;
	unsigned depth;
	enum trigger trigger;
	enum verdict verdict;
};

/* What the words of a name do not tell, and what counts inside of messages and labels, too.
 * Sources: OpenAI's API description (responses, chat), vLLM's and SGLang's request classes,
 * llama.cpp's server. */
static const struct row rows[] = {
    {SLICE("audio"), MESSAGE, OBJECT, VERDICT_FILE_REFERENCE}, /* an earlier answer's, by id */
    {SLICE("background"), TOP, ON, VERDICT_BACKGROUND},
    {SLICE("bootstrap_room"), TOP, ON, VERDICT_KV_TRANSFER},
    {SLICE("connector_id"), ANYWHERE, STRING, VERDICT_MCP_SERVER},
    {SLICE("container_id"), ANYWHERE, STRING, VERDICT_CONTAINER},
    {SLICE("ec_transfer_params"), TOP, ON, VERDICT_KV_TRANSFER},
    {SLICE("file_id"), ANYWHERE, STRING, VERDICT_FILE_REFERENCE},
    {SLICE("file_ids"), ANYWHERE, LIST, VERDICT_FILE_REFERENCE},
    {SLICE("kv_transfer_params"), TOP, ON, VERDICT_KV_TRANSFER},
    /* The client may end the reasoning while it is under way (POST …/control). */
    {SLICE("reasoning_control"), TOP, ON, VERDICT_STEERED},
    {SLICE("server_url"), ANYWHERE, STRING, VERDICT_MCP_SERVER},
    {SLICE("session_params"), TOP, ON, VERDICT_CONVERSATION},
    {SLICE("uuid"), ANYWHERE, STRING, VERDICT_FILE_REFERENCE}, /* vLLM: media it was sent before */
    {SLICE("vector_store_ids"), ANYWHERE, LIST, VERDICT_VECTOR_STORE},
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

/* ## Exact names */

static bool is_container(const struct canonical_member *m)
{
	return m->kind == JSON_OBJECT_OPEN || m->kind == JSON_ARRAY_OPEN;
}

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

static enum verdict named(const struct canonical_member *m)
{
	if (slice_is(m->key, "type"))
		return m->kind == JSON_STRING ? typed(m->value) : VERDICT_FINE;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		if ((row->depth == ANYWHERE || row->depth == m->depth) &&
		    slice_equal(m->key, row->member) && triggered(row->trigger, m))
			return row->verdict;
	}
	return VERDICT_FINE;
}

/* ## Tools */

static enum verdict end_tool(struct outside *o)
{
	bool ended = o->tool_depth > 0;
	o->tool_depth = 0;
	return !ended || tool_is_own(&o->tool) ? VERDICT_FINE : VERDICT_SERVER_TOOL;
}

static enum verdict begin_tool(struct outside *o, const struct canonical_member *m)
{
	/* A tool inside of one is none that is known. */
	if (m->kind != JSON_OBJECT_OPEN || o->tool_depth)
		return VERDICT_SERVER_TOOL;
	o->tool = (struct tool){0};
	o->tool_depth = m->depth + 1;
	o->zones[m->depth + 1] = ZONE_TOOL;
	return VERDICT_FINE;
}

/* A member that holds tools. Nothing else than a list of them is known. */
static enum verdict tools_verdict(struct outside *o, const struct canonical_member *m)
{
	o->zones[m->depth + 1] = ZONE_TOOLS;
	if (!is_on(m) || m->kind == JSON_ARRAY_OPEN)
		return VERDICT_FINE;
	/* OpenAI's tool_choice: {"mode", "tools"}. */
	if (slice_is(m->key, "allowed_tools") && m->kind == JSON_OBJECT_OPEN) {
		o->zones[m->depth + 1] = ZONE_OPTIONS;
		return VERDICT_FINE;
	}
	bool counted = m->kind == JSON_NUMBER && !slice_is(m->key, "tools");
	return counted ? VERDICT_FINE : VERDICT_SERVER_TOOL;
}

/* ## Media */

static enum verdict address_verdict(const struct canonical_member *m)
{
	bool remote = m->kind == JSON_STRING && !reference_is_data(m->value);
	return remote ? VERDICT_REMOTE_MEDIA : VERDICT_FINE;
}

static enum verdict medium_verdict(const struct canonical_member *m)
{
	bool remote = m->kind == JSON_STRING &&
		      (reference_is_address(m->value) || reference_is_path(m->value));
	return remote ? VERDICT_REMOTE_MEDIA : VERDICT_FINE;
}

/* A value that is an address and nothing else, under a name that says nothing of it. */
static enum verdict other_verdict(const struct canonical_member *m, const struct reference *r)
{
	bool text = r->meaning & (NAME_TEXT | NAME_MESSAGES) || slice_is(m->key, "id");
	bool remote = m->kind == JSON_STRING && !text && reference_is_url(m->value);
	return remote ? VERDICT_REMOTE_MEDIA : VERDICT_FINE;
}

/* Addresses and media, which count wherever a rule counts. */
static enum verdict media_verdict(struct outside *o, const struct canonical_member *m,
				  const struct reference *r)
{
	bool list = m->kind == JSON_ARRAY_OPEN;
	if (r->meaning & NAME_ADDRESS) {
		o->zones[m->depth + 1] = list ? ZONE_ADDRESSES : ZONE_MEDIA;
		return address_verdict(m);
	}
	if (!(r->meaning & NAME_MEDIA))
		return VERDICT_FINE;
	o->zones[m->depth + 1] = ZONE_MEDIA;
	return r->meaning & NAME_TEXT ? VERDICT_FINE : medium_verdict(m);
}

/* {"image": {"id": …}}, {"file": {"file_data": …}} */
static enum verdict in_media(struct outside *o, const struct canonical_member *m)
{
	struct reference r = reference_read(m->key);
	bool text = r.meaning & NAME_TEXT;
	if (slice_is(m->key, "id") && m->kind == JSON_STRING)
		return VERDICT_FILE_REFERENCE;
	enum verdict verdict = media_verdict(o, m, &r);
	if (verdict == VERDICT_FINE && m->kind != JSON_NULL)
		verdict = r.in_text;
	return verdict != VERDICT_FINE || text ? verdict : medium_verdict(m);
}

/* ## Zones */

static bool generates(const struct outside *o)
{
	return o->family == FAMILY_CHAT || o->family == FAMILY_COMPLETIONS ||
	       o->family == FAMILY_RESPONSES || o->family == FAMILY_MESSAGES;
}

static enum verdict model_verdict(const struct outside *o, const struct canonical_member *m)
{
	bool model = m->kind == JSON_STRING && generates(o);
	return model ? reference_model(m->value) : VERDICT_FINE;
}

/* What the model wrote for a tool: an address in it is text. */
static bool is_written(const struct outside *o, const struct canonical_member *m)
{
	bool input = o->family == FAMILY_MESSAGES && slice_is(m->key, "input");
	return m->kind == JSON_OBJECT_OPEN && (input || slice_is(m->key, "arguments"));
}

/* Files beside a message: a text is the id of one, unless it carries the bytes along. */
static bool is_file(const struct canonical_member *m)
{
	static const char *const names[] = {"attachment", "attachments", "file", "files",
					    "uploads"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(m->key, names[i]))
			return m->kind == JSON_STRING || m->kind == JSON_ARRAY_OPEN;
	return false;
}

static enum verdict file_verdict(struct outside *o, const struct canonical_member *m)
{
	o->zones[m->depth + 1] = ZONE_ADDRESSES;
	return address_verdict(m);
}

static enum verdict in_messages(struct outside *o, const struct canonical_member *m)
{
	if (is_written(o, m)) {
		o->zones[m->depth + 1] = ZONE_QUIET;
		return VERDICT_FINE;
	}
	struct reference r = reference_read(m->key);
	if (r.meaning & NAME_TOOLS && m->kind == JSON_ARRAY_OPEN)
		return tools_verdict(o, m);
	enum verdict verdict = is_file(m) ? file_verdict(o, m) : media_verdict(o, m, &r);
	if (verdict == VERDICT_FINE && m->kind != JSON_NULL)
		verdict = r.in_text;
	return verdict == VERDICT_FINE ? other_verdict(m, &r) : verdict;
}

/* Responses: {"id": "pmpt_…"} names a prompt kept by the upstream, and so does an object wherever
 * the prompt is none. Only llama.cpp's completions take an object: {"prompt_string", …}. */
static bool is_stored_prompt(const struct outside *o, const struct canonical_member *m)
{
	if (m->depth != TOP || !slice_is(m->key, "prompt") || m->kind == JSON_NULL)
		return false;
	return o->family == FAMILY_RESPONSES ||
	       (m->kind == JSON_OBJECT_OPEN && o->family != FAMILY_COMPLETIONS);
}

/* Which rules hold below a parameter. */
static enum outside_zone zone_of(const struct outside *o, const struct canonical_member *m,
				 unsigned meaning)
{
	if (meaning & NAME_SCHEMA)
		return ZONE_QUIET;
	if (meaning & NAME_LABELS)
		return ZONE_LABELS;
	if (meaning & NAME_MESSAGES)
		return slice_is(m->key, "prompt") && m->kind == JSON_OBJECT_OPEN ? ZONE_MEDIA
										 : ZONE_MESSAGES;
	return meaning & NAME_MODEL ? ZONE_MODELS : ZONE_OPTIONS;
}

static enum verdict in_options(struct outside *o, const struct canonical_member *m)
{
	if (is_stored_prompt(o, m))
		return VERDICT_STORED_PROMPT;
	struct reference r = reference_read(m->key);
	o->zones[m->depth + 1] = (uint8_t)zone_of(o, m, r.meaning);
	if (r.meaning & NAME_TOOLS)
		return tools_verdict(o, m);
	if (r.meaning & (NAME_SCHEMA | NAME_LABELS))
		return VERDICT_FINE;
	bool off = r.off_when_true ? m->kind == JSON_TRUE || m->kind == JSON_NULL : !is_on(m);
	if (r.option != VERDICT_FINE && !off)
		return r.option;
	if (r.meaning & NAME_MODEL)
		return model_verdict(o, m);
	enum verdict verdict = media_verdict(o, m, &r);
	return verdict == VERDICT_FINE ? other_verdict(m, &r) : verdict;
}

/* What a tool is made of refers to nothing; what stands beside it may. */
static enum verdict in_tool(struct outside *o, const struct canonical_member *m)
{
	enum tool_part part = tool_read(&o->tool, m);
	if (part == TOOL_OTHER)
		return in_options(o, m);
	o->zones[m->depth + 1] = part == TOOL_DEFINITION ? ZONE_DEFINITION : ZONE_QUIET;
	return VERDICT_FINE;
}

static enum verdict in_labels(struct outside *o, const struct canonical_member *m)
{
	struct reference r = reference_read(m->key);
	return r.meaning & NAME_ADDRESS ? media_verdict(o, m, &r) : VERDICT_FINE;
}

/* Most members, and not worth a look at their words. */
static bool is_plain_text(const struct canonical_member *m)
{
	static const char *const names[] = {"content", "reasoning_content", "role", "text"};
	for (size_t i = 0; m->kind == JSON_STRING && i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(m->key, names[i]))
			return true;
	return false;
}

static enum verdict member_verdict(struct outside *o, const struct canonical_member *m,
				   enum outside_zone zone)
{
	if (is_plain_text(m))
		return VERDICT_FINE;
	enum verdict verdict = zone == ZONE_DEFINITION ? VERDICT_FINE : named(m);
	if (verdict != VERDICT_FINE)
		return verdict;
	switch (zone) {
	case ZONE_TOOL:
		return in_tool(o, m);
	case ZONE_DEFINITION:
		tool_read_definition(&o->tool, m);
		o->zones[m->depth + 1] = ZONE_QUIET;
		return VERDICT_FINE;
	case ZONE_MEDIA:
	case ZONE_ADDRESSES:
		return in_media(o, m);
	case ZONE_MESSAGES:
		return in_messages(o, m);
	case ZONE_LABELS:
		return in_labels(o, m);
	default:
		return in_options(o, m);
	}
}

static enum verdict element_verdict(struct outside *o, const struct canonical_member *m,
				    enum outside_zone zone)
{
	switch (zone) {
	case ZONE_TOOLS:
		return begin_tool(o, m);
	case ZONE_MODELS:
		return model_verdict(o, m);
	case ZONE_MEDIA:
		return medium_verdict(m);
	case ZONE_ADDRESSES:
		return address_verdict(m);
	default:
		return VERDICT_FINE;
	}
}

void outside_begin(struct outside *o, enum endpoint_family family)
{
	memset(o, 0, offsetof(struct outside, zones));
	o->family = family;
	o->zones[TOP] = ZONE_OPTIONS;
}

enum verdict outside_value(struct outside *o, const struct canonical_member *m)
{
	enum outside_zone zone = o->zones[m->depth];
	if (is_container(m))
		o->zones[m->depth + 1] = (uint8_t)zone;
	if (zone == ZONE_QUIET)
		return VERDICT_FINE;
	enum verdict ended = o->tool_depth > m->depth ? end_tool(o) : VERDICT_FINE;
	enum verdict verdict = m->key.at ? member_verdict(o, m, zone) : element_verdict(o, m, zone);
	return ended != VERDICT_FINE ? ended : verdict;
}

enum verdict outside_end(struct outside *o)
{
	return end_tool(o);
}
