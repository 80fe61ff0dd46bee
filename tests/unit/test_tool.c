#include "proxy/openai/parse/tool.h"

#include "tests/unit/main.h"

static struct canonical_member member(const char *key, enum json_kind kind, const char *value)
{
	return (struct canonical_member){
	    .depth = 3, .key = slice_of(key), .kind = kind, .value = slice_of(value)};
}

static enum tool_part read(struct tool *t, const char *key, enum json_kind kind, const char *value)
{
	struct canonical_member m = member(key, kind, value);
	return tool_read(t, &m);
}

START_TEST(a_function_of_its_own)
{
	struct tool t = {0};
	ck_assert(read(&t, "type", JSON_STRING, "function") == TOOL_OTHER);
	ck_assert(!tool_is_own(&t));
	ck_assert(read(&t, "function", JSON_OBJECT_OPEN, "") == TOOL_DEFINITION);
	ck_assert(!tool_is_own(&t));
	struct canonical_member name = member("name", JSON_STRING, "web_search");
	tool_read_definition(&t, &name);
	ck_assert(tool_is_own(&t));
	ck_assert(read(&t, "type", JSON_STRING, "web_search") == TOOL_OTHER);
	ck_assert(!tool_is_own(&t));
}
END_TEST

START_TEST(anthropics_have_a_schema)
{
	struct tool t = {0};
	ck_assert(read(&t, "name", JSON_STRING, "f") == TOOL_OTHER);
	ck_assert(!tool_is_own(&t));
	ck_assert(read(&t, "input_schema", JSON_NULL, "null") == TOOL_SCHEMA);
	ck_assert(!tool_is_own(&t));
	ck_assert(read(&t, "input_schema", JSON_OBJECT_OPEN, "") == TOOL_SCHEMA);
	ck_assert(tool_is_own(&t));
}
END_TEST

START_TEST(a_name_and_a_type)
{
	struct tool t = {0};
	ck_assert(read(&t, "name", JSON_STRING, "f") == TOOL_OTHER);
	ck_assert(read(&t, "type", JSON_STRING, "custom") == TOOL_OTHER);
	ck_assert(tool_is_own(&t));
	t = (struct tool){0};
	ck_assert(read(&t, "function", JSON_STRING, "stored") == TOOL_OTHER);
	ck_assert(!tool_is_own(&t));
}
END_TEST

START_TEST(what_the_client_runs)
{
	static const char *const clients[] = {"function",	 "custom",
					      "local_shell",	 "bash_20250124",
					      "memory_20250818", "text_editor_20250728"};
	static const char *const others[] = {"bash",
					     "bash_2025012",
					     "bash_2025012x",
					     "bash_202501240",
					     "web_search_20250305",
					     "namespace",
					     ""};
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		ck_assert_msg(tool_type_is_clients(slice_of(clients[i])), "%s", clients[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!tool_type_is_clients(slice_of(others[i])), "%s", others[i]);
}
END_TEST

START_TEST(a_function_that_is_run_elsewhere)
{
	struct tool t = {0};
	read(&t, "type", JSON_STRING, "function");
	read(&t, "name", JSON_STRING, "f");
	read(&t, "defer_loading", JSON_TRUE, "true");
	ck_assert(tool_is_own(&t));
	read(&t, "backend", JSON_STRING, "bing");
	ck_assert(!tool_is_own(&t));
}
END_TEST

START_TEST(a_namespace_holds_tools)
{
	struct tool t = {0};
	read(&t, "type", JSON_STRING, "namespace");
	read(&t, "name", JSON_STRING, "n");
	ck_assert(!tool_is_own(&t));
	t.has_tools = true;
	ck_assert(tool_is_own(&t));
	read(&t, "type", JSON_STRING, "function");
	ck_assert(!tool_is_own(&t));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tool");
	TCase *all = tcase_create("tool");
	tcase_add_test(all, a_function_of_its_own);
	tcase_add_test(all, anthropics_have_a_schema);
	tcase_add_test(all, a_name_and_a_type);
	tcase_add_test(all, what_the_client_runs);
	tcase_add_test(all, a_function_that_is_run_elsewhere);
	tcase_add_test(all, a_namespace_holds_tools);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
