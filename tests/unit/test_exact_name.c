/* Members whose exact name or type refers to external state. */
#include "proxy/openai/parse/exact_name.h"

#include "tests/unit/main.h"

enum { TOP = 1, MESSAGE = 3, DEEP = 7 };

static const struct {
	unsigned depth;
	const char *key;
	enum json_kind kind;
	const char *value;
	enum verdict verdict;
} members[] = {
    /* Enabled: anything but null and false. */
    {TOP, "background", JSON_TRUE, "true", VERDICT_BACKGROUND},
    {TOP, "background", JSON_NUMBER, "0", VERDICT_BACKGROUND},
    {TOP, "background", JSON_FALSE, "false", VERDICT_FINE},
    {TOP, "background", JSON_NULL, "null", VERDICT_FINE},
    {TOP, "kv_transfer_params", JSON_OBJECT_OPEN, "", VERDICT_KV_TRANSFER},
    {TOP, "ec_transfer_params", JSON_OBJECT_OPEN, "", VERDICT_KV_TRANSFER},
    {TOP, "bootstrap_room", JSON_NUMBER, "1", VERDICT_KV_TRANSFER},
    {TOP, "reasoning_control", JSON_TRUE, "true", VERDICT_STEERED},
    {TOP, "session_params", JSON_OBJECT_OPEN, "", VERDICT_CONVERSATION},
    /* The same name elsewhere has another meaning. */
    {DEEP, "background", JSON_TRUE, "true", VERDICT_FINE},
    {MESSAGE, "parent", JSON_STRING, "a", VERDICT_FINE},
    {TOP, "parent", JSON_STRING, "a", VERDICT_STORED_OBJECT},
    {TOP, "previous", JSON_STRING, "a", VERDICT_PREVIOUS_RESPONSE},
    {TOP, "previous", JSON_NUMBER, "1", VERDICT_FINE},
    /* An object is either the audio of an earlier answer or the requested audio. */
    {MESSAGE, "audio", JSON_OBJECT_OPEN, "", VERDICT_FILE_REFERENCE},
    {MESSAGE, "audio", JSON_NULL, "null", VERDICT_FINE},
    {TOP, "audio", JSON_OBJECT_OPEN, "", VERDICT_FINE},
    /* A text, a list, an object, true. */
    {DEEP, "file_id", JSON_STRING, "f", VERDICT_FILE_REFERENCE},
    {DEEP, "file_id", JSON_NULL, "null", VERDICT_FINE},
    {DEEP, "File_Id", JSON_STRING, "f", VERDICT_FINE},
    {DEEP, "file_ids", JSON_ARRAY_OPEN, "", VERDICT_FILE_REFERENCE},
    {DEEP, "file_ids", JSON_STRING, "f", VERDICT_FILE_REFERENCE},
    {DEEP, "file_ids", JSON_OBJECT_OPEN, "", VERDICT_FINE},
    {DEEP, "vector_store_ids", JSON_ARRAY_OPEN, "", VERDICT_VECTOR_STORE},
    {DEEP, "connector_id", JSON_STRING, "c", VERDICT_MCP_SERVER},
    {DEEP, "server_url", JSON_STRING, "c", VERDICT_MCP_SERVER},
    {DEEP, "container_id", JSON_STRING, "c", VERDICT_CONTAINER},
    {DEEP, "uuid", JSON_STRING, "u", VERDICT_FILE_REFERENCE},
    {TOP, "voice", JSON_OBJECT_OPEN, "", VERDICT_FILE_REFERENCE},
    {TOP, "voice", JSON_STRING, "alloy", VERDICT_FINE},
    {TOP, "session", JSON_OBJECT_OPEN, "", VERDICT_CONVERSATION},
    {TOP, "session", JSON_STRING, "s", VERDICT_FINE},
    {DEEP, "google", JSON_TRUE, "true", VERDICT_WEB_SEARCH},
    {DEEP, "google", JSON_OBJECT_OPEN, "", VERDICT_FINE},
    /* Types, with any suffix. */
    {DEEP, "type", JSON_STRING, "web_search", VERDICT_WEB_SEARCH},
    {DEEP, "type", JSON_STRING, "web_search_20250305", VERDICT_WEB_SEARCH},
    {DEEP, "type", JSON_STRING, "web_fetch_tool_result", VERDICT_WEB_SEARCH},
    {DEEP, "type", JSON_STRING, "x_search", VERDICT_WEB_SEARCH},
    {DEEP, "type", JSON_STRING, "code_execution_20250825", VERDICT_CONTAINER},
    {DEEP, "type", JSON_STRING, "code_interpreter_call", VERDICT_CONTAINER},
    {DEEP, "type", JSON_STRING, "container_upload", VERDICT_CONTAINER},
    {DEEP, "type", JSON_STRING, "file_search_call", VERDICT_VECTOR_STORE},
    {DEEP, "type", JSON_STRING, "collections_search", VERDICT_VECTOR_STORE},
    {DEEP, "type", JSON_STRING, "mcp_tool_use", VERDICT_MCP_SERVER},
    {DEEP, "type", JSON_STRING, "server_tool_use", VERDICT_SERVER_TOOL},
    {DEEP, "type", JSON_STRING, "item_reference", VERDICT_STORED_ITEM},
    {DEEP, "type", JSON_STRING, "web", VERDICT_FINE},
    {DEEP, "type", JSON_STRING, "", VERDICT_FINE},
    {DEEP, "type", JSON_NULL, "null", VERDICT_FINE},
    {DEEP, "", JSON_STRING, "web_search", VERDICT_FINE},
};

START_TEST(verdicts)
{
	struct canonical_member m = {.depth = members[_i].depth,
				     .key = slice_of(members[_i].key),
				     .kind = members[_i].kind,
				     .value = slice_of(members[_i].value)};
	enum verdict verdict = exact_name(&m);
	ck_assert_msg(verdict == members[_i].verdict, "%s %s: %s", members[_i].key,
		      members[_i].value, verdict_text(verdict));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exact_name");
	TCase *all = tcase_create("exact_name");
	tcase_add_loop_test(all, verdicts, 0, sizeof(members) / sizeof(members[0]));
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
