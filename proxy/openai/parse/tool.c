#include "proxy/openai/parse/tool.h"

static bool is_on(const struct canonical_member *m)
{
	return m->kind != JSON_NULL && m->kind != JSON_FALSE;
}

/* Whether this is one of Anthropic's tools that the client runs; their types end with a date:
 * bash_20250124. */
static bool is_dated(struct slice type)
{
	static const struct slice names[] = {SLICE("bash_"), SLICE("computer_"), SLICE("memory_"),
					     SLICE("text_editor_")};
	enum { DATE = 8 };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!slice_starts(type, names[i]) || type.len != names[i].len + DATE)
			continue;
		size_t digits = 0;
		while (digits < DATE && type.at[names[i].len + digits] >= '0' &&
		       type.at[names[i].len + digits] <= '9')
			digits++;
		return digits == DATE;
	}
	return false;
}

bool tool_type_is_clients(struct slice type)
{
	/* OpenAI's types that the client runs. */
	static const char *const names[] = {"apply_patch", "computer_use_preview", "custom",
					    "function", "local_shell"};
	return SLICE_IS_AMONG(type, names) || is_dated(type);
}

static void read_type(struct tool *t, const struct canonical_member *m)
{
	bool text = m->kind == JSON_STRING;
	t->typed = true;
	t->group = text && slice_is(m->value, "namespace");
	t->client = text && tool_type_is_clients(m->value) && !slice_is(m->value, "function") &&
		    !slice_is(m->value, "custom");
	t->of_server = !t->group && (!text || !tool_type_is_clients(m->value));
}

/* Whether a member is not part of a function's definition; it may tell where the function runs, for
 * example. */
static bool is_unknown(const struct canonical_member *m)
{
	static const char *const known[] = {
	    "additionalProperties",
	    "allowed_callers",
	    "annotations",
	    "arguments",
	    "cache_control",
	    "custom",
	    "description",
	    "examples",
	    "function",
	    "id",
	    "name",
	    "properties",
	    "required",
	    "response",
	    "returns",
	    "strict",
	    "tags",
	    "title",
	    "type",
	    "version",
	    "metadata",
	    "tools",
	};
	bool scalar = m->kind == JSON_NULL || m->kind == JSON_FALSE || m->kind == JSON_TRUE ||
		      m->kind == JSON_NUMBER;
	return !scalar && !SLICE_IS_AMONG(m->key, known);
}

enum tool_part tool_read(struct tool *t, const struct canonical_member *m)
{
	static const char *const definitions[] = {"custom", "function"};
	static const char *const schemas[] = {"input_schema", "parameters"};
	static const char *const parts[] = {"format", "input_examples", "input_schema",
					    "output_schema", "parameters"};
	if (slice_is(m->key, "type") && m->kind != JSON_NULL)
		read_type(t, m);
	if (slice_is(m->key, "name") && m->kind == JSON_STRING)
		t->named = true;
	if (SLICE_IS_AMONG(m->key, schemas) && is_on(m))
		t->schema = true;
	if (SLICE_IS_AMONG(m->key, definitions) && m->kind == JSON_OBJECT_OPEN)
		return TOOL_DEFINITION;
	if (SLICE_IS_AMONG(m->key, parts))
		return TOOL_SCHEMA;
	t->unknown = t->unknown || is_unknown(m);
	return TOOL_OTHER;
}

void tool_read_definition(struct tool *t, const struct canonical_member *m)
{
	static const char *const parts[] = {"description", "format", "name", "parameters"};
	static const char *const schemas[] = {"input_examples", "input_schema", "output_schema"};
	if (SLICE_IS_AMONG(m->key, parts))
		t->defined = t->defined || m->kind != JSON_NULL;
	else if (!SLICE_IS_AMONG(m->key, schemas))
		t->unknown = t->unknown || is_unknown(m);
}

bool tool_is_own(const struct tool *t)
{
	if (t->of_server || t->unknown || t->group != t->has_tools)
		return false;
	return t->group || t->client || t->defined || (t->named && (t->typed || t->schema));
}
