#include "proxy/openai/tool.h"

#define IS_AMONG(key, names) is_among(key, names, sizeof(names) / sizeof((names)[0]))

static bool is_among(struct slice key, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(key, names[i]))
			return true;
	return false;
}

static bool is_on(const struct canonical_member *m)
{
	return m->kind != JSON_NULL && m->kind != JSON_FALSE;
}

enum tool_part tool_read(struct tool *t, const struct canonical_member *m)
{
	static const char *const own[] = {"custom", "function"};
	static const char *const schemas[] = {"input_schema", "parameters"};
	static const char *const parts[] = {"format", "input_examples", "input_schema",
					    "output_schema", "parameters"};
	if (slice_is(m->key, "type") && m->kind != JSON_NULL) {
		t->typed = true;
		t->foreign = m->kind != JSON_STRING || !IS_AMONG(m->value, own);
	}
	if (slice_is(m->key, "name") && m->kind == JSON_STRING)
		t->named = true;
	if (IS_AMONG(m->key, schemas) && is_on(m))
		t->schema = true;
	if (IS_AMONG(m->key, own) && m->kind == JSON_OBJECT_OPEN)
		return TOOL_DEFINITION;
	return IS_AMONG(m->key, parts) ? TOOL_SCHEMA : TOOL_OTHER;
}

void tool_read_definition(struct tool *t, const struct canonical_member *m)
{
	static const char *const parts[] = {"description", "format", "name", "parameters"};
	if (IS_AMONG(m->key, parts) && m->kind != JSON_NULL)
		t->defined = true;
}

bool tool_is_own(const struct tool *t)
{
	if (t->foreign)
		return false;
	return t->defined || (t->named && (t->typed || t->schema));
}
