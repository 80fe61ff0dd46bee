#include "proxy/openai/storable/server_state.h"

#include "tests/unit/main.h"

#define ITEM(more) "{\"object\":\"response\",\"output\":[{\"type\":" more "}]}"
#define CITED(type)                                                                                \
	"{\"type\":\"output_text\",\"text\":\"a\",\"annotations\":[{\"type\":\"" type "\"}]}"
#define BLOCK(more) "{\"type\":\"message\",\"content\":[{\"type\":" more "}]}"
#define CHOICE(more) "{\"choices\":[{" more "}]}"

static const struct {
	const char *json;
	bool shows;
} cases[] = {
    {"{}", false},
    {"[]", false},
    /* OpenAI's responses, and the events of their streams */
    {ITEM("\"web_search_call\""), true},
    {ITEM("\"file_search_call\""), true},
    {ITEM("\"code_interpreter_call\""), true},
    {ITEM("\"image_generation_call\""), true},
    {ITEM("\"mcp_call\""), true},
    {ITEM("\"mcp_list_tools\""), true},
    {ITEM("\"shell_call_output\""), true},
    {ITEM("\"function_call\""), false},
    {ITEM("\"custom_tool_call\""), false},
    {ITEM("\"reasoning\""), false},
    {ITEM("\"message\",\"content\":[" CITED("url_citation") "]"), true},
    {ITEM("\"message\",\"content\":[" CITED("file_citation") "]"), true},
    {ITEM("\"message\",\"content\":[" CITED("container_file_citation") "]"), true},
    {ITEM("\"message\",\"content\":[" CITED("file_path") "]"), true},
    {ITEM("\"message\",\"content\":[{\"type\":\"output_text\",\"annotations\":[]}]"), false},
    {"{\"response\":" ITEM("\"web_search_call\"") "}", true},
    {"{\"type\":\"response.output_item.added\",\"item\":{\"type\":\"mcp_call\"}}", true},
    {"{\"type\":\"response.output_item.added\",\"item\":{\"type\":\"message\"}}", false},
    {"{\"type\":\"x\",\"annotation\":{\"type\":\"url_citation\"}}", true},
    /* Anthropic's messages, likewise */
    {BLOCK("\"server_tool_use\""), true},
    {BLOCK("\"mcp_tool_use\""), true},
    {BLOCK("\"web_search_tool_result\""), true},
    {BLOCK("\"code_execution_tool_result\""), true},
    {BLOCK("\"text\""), false},
    {BLOCK("\"thinking\""), false},
    {BLOCK("\"tool_use\",\"input\":{\"type\":\"server_tool_use\"}"), false},
    {BLOCK("\"text\",\"citations\":[{\"type\":\"web_search_result_location\"}]"), true},
    {BLOCK("\"text\",\"citations\":[{\"type\":\"char_location\"}]"), false},
    {"{\"content_block\":{\"type\":\"server_tool_use\"}}", true},
    {"{\"content_block\":{\"type\":\"text\"}}", false},
    {"{\"delta\":{\"type\":\"citations_delta\","
     "\"citation\":{\"type\":\"web_search_result_location\"}}}",
     true},
    {"{\"message\":{\"container\":{\"id\":\"c\"}}}", true},
    {"{\"message\":{\"container\":null}}", false},
    {"{\"delta\":{\"container\":{\"id\":\"c\"}}}", true},
    {"{\"usage\":{\"server_tool_use\":{\"web_search_requests\":1}}}", true},
    {"{\"usage\":{\"server_tool_use\":{\"web_search_requests\":0}}}", false},
    /* chat */
    {CHOICE("\"message\":{\"content\":\"a\"}"), false},
    {CHOICE("\"message\":{\"annotations\":[{\"type\":\"url_citation\"}]}"), true},
    {CHOICE("\"delta\":{\"annotations\":[{\"type\":\"url_citation\"}]}"), true},
    {CHOICE("\"message\":{\"annotations\":[{\"type\":\"file\"}]}"), false},
    {CHOICE("\"message\":{\"annotations\":[]}"), false},
    {CHOICE("\"message\":{\"executed_tools\":[{\"type\":\"search\"}]}"), true},
    {"{\"choices\":[],\"citations\":[\"https://a\"]}", true},
    {"{\"choices\":[],\"search_results\":[{}]}", true},
    {"{\"choices\":[],\"citations\":[]}", false},
};

START_TEST(is_seen)
{
	cJSON *root = cJSON_Parse(cases[_i].json);
	ck_assert_ptr_nonnull(root);
	bool shows = server_state_shows(root);
	cJSON_Delete(root);
	ck_assert_msg(shows == cases[_i].shows, "%s", cases[_i].json);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("server_state");
	TCase *all = tcase_create("server_state");
	tcase_add_loop_test(all, is_seen, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
