#include "proxy/openai/storable/call_arguments.h"

#include "proxy/openai/storable/storable.h"
#include "tests/unit/answers.h"

#define CALL(index, arguments)                                                                     \
	"{\"index\":" index ",\"function\":{\"name\":\"f\",\"arguments\":\"" arguments "\"}}"
#define UNNAMED(name) "{\"function\":{" name "\"arguments\":\"{}\"}}"
#define UNNAMED_MORE(piece) "{\"index\":0,\"function\":{\"name\":\"\",\"arguments\":\"" piece "\"}}"
#define CALLS(choice, calls)                                                                       \
	CHUNK("{\"index\":" choice ",\"delta\":{\"tool_calls\":[" calls                            \
	      "]},\"finish_reason\":null}")
#define END(choice) CHUNK("{\"index\":" choice ",\"delta\":{},\"finish_reason\":\"tool_calls\"}")
#define MESSAGE_OF(more)                                                                           \
	CHAT_BODY("{\"index\":0,\"message\":{" more "},\"finish_reason\":\"tool_calls\"}")
#define INPUT(index, piece)                                                                        \
	EVENT("content_block_delta",                                                               \
	      ",\"index\":" index                                                                  \
	      ",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"" piece "\"}")
#define TOOL_USE(index)                                                                            \
	EVENT("content_block_start",                                                               \
	      ",\"index\":" index ",\"content_block\":{\"type\":\"tool_use\",\"name\":\"f\"}")
#define USED(pieces) START TOOL_USE("0") pieces BLOCK_END STOPPED("\"tool_use\"") MESSAGE_END

static const struct {
	const char *path;
	enum wire_form form;
	const char *answer;
	enum verdict valid; /* for each value of cache.tool_calls */
	enum verdict none;
} cases[] = {
    {CHAT, WIRE_PLAIN, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_FINE, VERDICT_FINE},
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"tool_calls\":[]"), VERDICT_FINE, VERDICT_FINE},
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"tool_calls\":[" CALL("0", "{\\\"a\\\":1}") "]"), VERDICT_FINE,
     VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"tool_calls\":[" CALL("0", "") "]"), VERDICT_FINE,
     VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"tool_calls\":[" CALL("0", "{\\\"a\\\":") "]"),
     VERDICT_TOOL_ARGUMENTS, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN,
     MESSAGE_OF("\"tool_calls\":[{\"custom\":{\"name\":\"c\"}}," CALL("1", "x") "]"),
     VERDICT_TOOL_ARGUMENTS, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN,
     MESSAGE_OF("\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},"
		"{\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]"),
     VERDICT_FINE, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"function_call\":{\"name\":\"f\",\"arguments\":\"[\"}"),
     VERDICT_TOOL_ARGUMENTS, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_STREAM,
     CALLS("0", CALL("0", "{\\\"a")) CALLS("0", CALL("0", "\\\":1}")) END("0") DONE, VERDICT_FINE,
     VERDICT_TOOL_CALLS},
    {CHAT, WIRE_STREAM,
     CALLS("0", CALL("0", "{") "," CALL("1", "[")) CALLS("0", CALL("1", "]") "," CALL("0", "}"))
	 END("0") DONE,
     VERDICT_FINE, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_STREAM,
     CALLS("0", CALL("0", "{")) CALLS("1", CALL("0", "{")) CALLS("1", CALL("0", "}")) END("0")
	 END("1") DONE,
     VERDICT_TOOL_ARGUMENTS, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_STREAM, CALLS("0", CALL("0", "{")) END("0") DONE, VERDICT_TOOL_ARGUMENTS,
     VERDICT_TOOL_CALLS},
    {RESPONSES, WIRE_PLAIN,
     "{\"object\":\"response\",\"status\":\"completed\",\"output\":[{\"type\":\"message\"},"
     "{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{}\"},"
     "{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{\"}]}",
     VERDICT_TOOL_ARGUMENTS, VERDICT_TOOL_CALLS},
    {RESPONSES, WIRE_STREAM,
     EVENT("response.completed",
	   ",\"response\":{\"object\":\"response\",\"status\":\"completed\",\"output\":"
	   "[{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{}\"}]}"),
     VERDICT_FINE, VERDICT_TOOL_CALLS},
    {MESSAGES, WIRE_PLAIN,
     "{\"type\":\"message\",\"content\":[{\"type\":\"tool_use\",\"name\":\"f\",\"input\":{}}],"
     "\"stop_reason\":\"tool_use\"}",
     VERDICT_FINE, VERDICT_TOOL_CALLS},
    /* The tool must be named, in any piece. */
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"tool_calls\":[" UNNAMED("") "]"), VERDICT_TOOL_NAME,
     VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"tool_calls\":[" UNNAMED("\"name\":\"\",") "]"),
     VERDICT_TOOL_NAME, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"tool_calls\":[" UNNAMED("\"name\":\" \",") "]"),
     VERDICT_TOOL_NAME, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN,
     MESSAGE_OF("\"tool_calls\":[" CALL("0", "{}") "," UNNAMED("\"name\":null,") "]"),
     VERDICT_TOOL_NAME, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"function_call\":{\"arguments\":\"{}\"}"), VERDICT_TOOL_NAME,
     VERDICT_TOOL_CALLS},
    {CHAT, WIRE_PLAIN, MESSAGE_OF("\"tool_calls\":[{\"custom\":{}}]"), VERDICT_TOOL_NAME,
     VERDICT_TOOL_CALLS},
    {CHAT, WIRE_STREAM, CALLS("0", CALL("0", "{")) CALLS("0", UNNAMED_MORE("}")) END("0") DONE,
     VERDICT_FINE, VERDICT_TOOL_CALLS},
    {CHAT, WIRE_STREAM, CALLS("0", UNNAMED_MORE("{}")) END("0") DONE, VERDICT_TOOL_NAME,
     VERDICT_TOOL_CALLS},
    {RESPONSES, WIRE_PLAIN,
     "{\"object\":\"response\",\"status\":\"completed\",\"output\":["
     "{\"type\":\"function_call\",\"arguments\":\"{}\"}]}",
     VERDICT_TOOL_NAME, VERDICT_TOOL_CALLS},
    {RESPONSES, WIRE_PLAIN,
     "{\"object\":\"response\",\"status\":\"completed\",\"output\":["
     "{\"type\":\"local_shell_call\"}]}",
     VERDICT_FINE, VERDICT_TOOL_CALLS},
    {MESSAGES, WIRE_PLAIN,
     "{\"type\":\"message\",\"content\":[{\"type\":\"tool_use\",\"name\":\"f\",\"input\":{}},"
     "{\"type\":\"tool_use\",\"name\":\"\",\"input\":{}}],\"stop_reason\":\"tool_use\"}",
     VERDICT_TOOL_NAME, VERDICT_TOOL_CALLS},
    {MESSAGES, WIRE_STREAM,
     START EVENT("content_block_start",
		 ",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"name\":\"\"}")
	 BLOCK_END STOPPED("\"tool_use\"") MESSAGE_END,
     VERDICT_TOOL_NAME, VERDICT_TOOL_CALLS},
    {MESSAGES, WIRE_STREAM, USED(""), VERDICT_FINE, VERDICT_TOOL_CALLS},
    {MESSAGES, WIRE_STREAM, USED(INPUT("0", "{") INPUT("0", "}")), VERDICT_FINE,
     VERDICT_TOOL_CALLS},
    {MESSAGES, WIRE_STREAM, USED(INPUT("0", "{")), VERDICT_TOOL_ARGUMENTS, VERDICT_TOOL_CALLS},
};

static enum verdict verdict_by(int i, enum store_tool_calls rule)
{
	struct buf kept = buf_make(LIMIT);
	struct storable_options options = {
	    .endpoint = at(cases[i].path),
	    .form = cases[i].form,
	    .store_empty = true,
	    .store_tool_calls = rule,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	enum verdict verdict = storable(&options, slice_of(cases[i].answer), 1000);
	buf_finish(&kept);
	return verdict;
}

START_TEST(calls_are_stored_by_the_rule)
{
	ck_assert_str_eq(verdict_text(verdict_by(_i, STORE_CALLS_VALID)),
			 verdict_text(cases[_i].valid));
	ck_assert_str_eq(verdict_text(verdict_by(_i, STORE_CALLS_NONE)),
			 verdict_text(cases[_i].none));
	ck_assert_str_eq(verdict_text(verdict_by(_i, STORE_CALLS_ALL)), "fine");
}
END_TEST

START_TEST(too_many_are_not_valid)
{
	struct call_arguments a = call_arguments_make(1000);
	for (unsigned i = 0; i < ARGUMENTS_CALLS; i++)
		call_arguments_note(&a, 0, i, "f", NULL);
	ck_assert(call_arguments_valid(&a));
	call_arguments_note(&a, 1, 0, "f", NULL);
	ck_assert(!call_arguments_valid(&a));
	call_arguments_finish(&a);
	ck_assert(call_arguments_valid(&a));
}
END_TEST

START_TEST(too_long_ones_are_not_valid)
{
	struct call_arguments a = call_arguments_make(10);
	call_arguments_note(&a, 0, 0, "f", "[1,2,3]");
	call_arguments_note(&a, 0, 1, "f", "[1]");
	ck_assert(call_arguments_valid(&a));
	call_arguments_note(&a, 0, 2, "f", "1");
	ck_assert(!call_arguments_valid(&a));
	call_arguments_finish(&a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("call_arguments");
	TCase *all = tcase_create("call_arguments");
	tcase_add_loop_test(all, calls_are_stored_by_the_rule, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(all, too_many_are_not_valid);
	tcase_add_test(all, too_long_ones_are_not_valid);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
