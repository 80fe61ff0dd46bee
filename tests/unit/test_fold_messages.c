/* Streams of messages (Anthropic), folded. */
#include "tests/unit/message_events.h"
#include "tests/unit/typed_events.h"

/* ## Recorded */

START_TEST(recorded_pairs_mean_the_same)
{
	static const char *const random[] = {"id", NULL};
	assert_recorded(FAMILY_MESSAGES, "msg-nonstream", "msg-stream", random);
	assert_recorded(FAMILY_MESSAGES, "think-messages", "think-messages-stream", random);
	static const char *const tools[] = {"id", "content[].id", NULL}; /* of the call: random */
	assert_recorded(FAMILY_MESSAGES, "msg-tools", "msg-tools-stream", tools);
}
END_TEST

/* ## Fold */

static const struct {
	const char *stream;
	const char *object;
} streams[] = {
    {START PING HELLO LATE END, PLAIN("{\"type\":\"text\",\"text\":\"Hello\"}")},
    {START LATE END, PLAIN("")},
    /* vLLM ends its streams with it. */
    {START HELLO LATE END "data: [DONE]\n\n", PLAIN("{\"type\":\"text\",\"text\":\"Hello\"}")},
    /* It begins them without the members that are the same in every message. */
    {START_OF("\"id\":\"msg_1\",\"content\":[],\"model\":\"m\",\"stop_reason\":null,"
	      "\"stop_sequence\":null," USAGE("0")) HELLO LATE END,
     PLAIN("{\"type\":\"text\",\"text\":\"Hello\"}")},
    /* Anthropic begins a call with an input that is empty, */
    {START BEGIN("0", "\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}")
	 DELTA("0", JSON("")) DELTA("0", JSON("{\\\"a\\\": \\\"\\\\u00")) PING DELTA(
	     "0", JSON("e9\\\\n\\\",")) DELTA("0", JSON(" \\\"b\\\":1e400}")) STOP("0") LATE END,
     PLAIN("{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\","
	   "\"input\":{\"a\":\"\xc3\xa9\\n\",\"b\":1e400}}")},
    /* and it may stay so. */
    {START BEGIN("0", "\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}")
	 DELTA("0", JSON("")) STOP("0") LATE END,
     PLAIN("{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}")},
    /* llama.cpp begins it without, and stops all blocks at the end. */
    {START BEGIN("0", "\"type\":\"thinking\",\"thinking\":\"\"")
	 DELTA("0", "\"type\":\"thinking_delta\",\"thinking\":\"hm\"")
	     BEGIN("1", "\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\"")
		 DELTA("1", JSON("{\\\"a\\\":")) DELTA("1", JSON("[1]}"))
		     DELTA("0", "\"type\":\"signature_delta\",\"signature\":\"\"") STOP("1")
			 STOP("0") LATE END,
     PLAIN("{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"\"},"
	   "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{\"a\":[1]}}")},
    {START BEGIN("0", "\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"")
	 DELTA("0", "\"type\":\"thinking_delta\",\"thinking\":\"\",\"estimated_tokens\":50")
	     DELTA("0", "\"type\":\"signature_delta\",\"signature\":\"EqQB\"") STOP("0") LATE END,
     PLAIN("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"EqQB\"}")},
    {START BEGIN("0", "\"type\":\"text\",\"text\":\"\",\"citations\":[]")
	 DELTA("0", "\"type\":\"citations_delta\",\"citation\":{\"cited_text\":\"x\"}")
	     DELTA("0", TEXT("a")) DELTA("0", "\"type\":\"citations_delta\",\"citation\":{}")
		 STOP("0") LATE END,
     PLAIN("{\"type\":\"text\",\"text\":\"a\",\"citations\":[{\"cited_text\":\"x\"},{}]}")},
    {START BEGIN("0", "\"type\":\"text\",\"text\":\"\",\"citations\":null")
	 DELTA("0", "\"type\":\"citations_delta\",\"citation\":{}") STOP("0") LATE END,
     PLAIN("{\"type\":\"text\",\"text\":\"\",\"citations\":[{}]}")},
    /* Blocks of unknown types come whole. */
    {START BEGIN("0", "\"type\":\"redacted_thinking\",\"data\":\"EmwK\"") STOP("0")
	 BEGIN("1", "\"type\":\"new\",\"x\":[{\"y\":1.50}]") STOP("1") LATE END,
     PLAIN("{\"type\":\"redacted_thinking\",\"data\":\"EmwK\"},"
	   "{\"type\":\"new\",\"x\":[{\"y\":1.50}]}")},
    /* Members that come at the end, several times; numbers are totals each time. */
    {START HELLO EVENT("message_delta", ",\"delta\":{},\"usage\":{\"output_tokens\":7}")
	 EVENT("message_delta",
	       ",\"delta\":{\"stop_reason\":\"tool_use\",\"container\":{\"id\":\"c\"},"
	       "\"stop_details\":null},\"usage\":{\"input_tokens\":null,\"output_tokens\":9,"
	       "\"server_tool_use\":{\"web_search_requests\":1}},"
	       "\"context_management\":{\"applied_edits\":[]}") END,
     "{" MESSAGE "\"content\":[{\"type\":\"text\",\"text\":\"Hello\"}],"
     "\"stop_reason\":\"tool_use\",\"stop_sequence\":null,\"container\":{\"id\":\"c\"},"
     "\"stop_details\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":9,"
     "\"server_tool_use\":{\"web_search_requests\":1}},"
     "\"context_management\":{\"applied_edits\":[]}}"},
};

START_TEST(streams_are_folded)
{
	struct buf object = folded(FAMILY_MESSAGES, slice_of(streams[_i].stream));
	ck_assert_msg(object.len, "%s", streams[_i].stream);
	assert_same(buf_slice(&object), slice_of(streams[_i].object));
	assert_lossless(FAMILY_MESSAGES, slice_of(streams[_i].object));
	buf_finish(&object);
}
END_TEST

START_TEST(streams_that_are_not_whole)
{
	static const char *const bad[] = {
	    "",
	    PING,
	    START,
	    START HELLO END,
	    START HELLO LATE,
	    HELLO LATE END,
	    LATE END,
	    END,
	    START START HELLO LATE END,
	    START HELLO LATE END END,
	    START HELLO LATE END HELLO,
	    START HELLO EVENT("message_delta", ",\"delta\":{\"stop_reason\":null}") END,
	    START HELLO EVENT("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"}") END,
	    START HELLO EVENT("message_delta",
			      ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":null") END,
	    START BEGIN("0", TOOL) STOP("0") LATE END,
	    START BEGIN("0", "\"type\":\"text\",\"text\":\"\"") LATE END,
	    START HELLO STOP("0") LATE END,
	    START HELLO DELTA("0", TEXT("a")) LATE END,
	    START STOP("0") LATE END,
	    START DELTA("0", TEXT("a")) LATE END,
	    START HELLO DELTA("1", TEXT("a")) LATE END,
	    START HELLO DELTA("-1", TEXT("a")) LATE END,
	    START BEGIN("1", "\"type\":\"text\",\"text\":\"\"") STOP("1") LATE END,
	    START HELLO HELLO LATE END,
	    START HELLO EVENT("error", ",\"error\":{\"type\":\"overloaded_error\"}") LATE END,
	    START HELLO "data: {\"error\":{\"message\":\"m\"}}\n\n" LATE END,
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(FAMILY_MESSAGES, bad[i]);
}
END_TEST

#define BLOCK(block, delta) START BEGIN("0", block) DELTA("0", delta) STOP("0") LATE END

START_TEST(streams_that_are_not_understood)
{
	static const char *const bad[] = {
	    START HELLO EVENT("message_news", "") LATE END,
	    START HELLO "data: {}\n\n" LATE END,
	    START HELLO "data: {\"type\":1}\n\n" LATE END,
	    START HELLO "data: 1\n\n" LATE END,
	    START HELLO LATE EVENT("message_stop", ",\"x\":1"),
	    START HELLO "data: {\"type\":\"content_block_stop\",\"index\":0,\"x\":1}\n\n" LATE END,
	    START_OF("\"type\":\"news\",\"content\":[]," USAGE("0")) HELLO LATE END,
	    START_OF("\"role\":\"user\",\"content\":[]," USAGE("0")) HELLO LATE END,
	    START_OF("\"role\":null,\"content\":[]," USAGE("0")) HELLO LATE END,
	    START_OF(MESSAGE "\"content\":[]") HELLO LATE END,
	    START_OF(MESSAGE USAGE("0")) HELLO LATE END,
	    START_OF(MESSAGE "\"content\":[{}]," USAGE("0")) HELLO LATE END,
	    EVENT("message_start", ",\"message\":1") HELLO LATE END,
	    START EVENT("content_block_start", ",\"index\":0,\"content_block\":1") STOP("0")
		LATE END,
	    START EVENT("content_block_start", ",\"index\":\"0\",\"content_block\":{}") STOP("0")
		LATE END,
	    BLOCK("\"type\":\"text\",\"text\":\"\"", "\"type\":\"new_delta\",\"text\":\"a\""),
	    BLOCK("\"type\":\"text\",\"text\":\"\"", "\"text\":\"a\""),
	    BLOCK("\"type\":\"text\",\"text\":\"\"", "\"type\":\"text_delta\""),
	    BLOCK("\"type\":\"text\",\"text\":\"\"", "\"type\":\"text_delta\",\"text\":1"),
	    BLOCK("\"type\":\"text\",\"text\":\"\"", TEXT("a") ",\"x\":1"),
	    BLOCK("\"type\":\"text\",\"text\":1", TEXT("a")),
	    BLOCK(TOOL, TEXT("a")),
	    BLOCK("\"type\":\"text\",\"citations\":1",
		  "\"type\":\"citations_delta\",\"citation\":{}"),
	    BLOCK("\"type\":\"thinking\",\"signature\":\"a\"",
		  "\"type\":\"signature_delta\",\"signature\":\"b\""),
	    BLOCK(TOOL, JSON("{")),
	    BLOCK(TOOL, JSON("{}{}")),
	    BLOCK(TOOL, JSON("[1]")),
	    BLOCK(TOOL, JSON("1")),
	    BLOCK(TOOL, JSON("{\\\"a\\\":1,\\\"a\\\":2}")),
	    BLOCK(TOOL, "\"type\":\"input_json_delta\",\"partial_json\":{}"),
	    START HELLO EVENT("message_delta", ",\"delta\":1") LATE END,
	    START HELLO EVENT("message_delta", ",\"delta\":{},\"usage\":1") LATE END,
	    START HELLO EVENT("message_delta", ",\"delta\":{\"content\":[1]}") LATE END,
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(FAMILY_MESSAGES, bad[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fold_messages");
	TCase *c = tcase_create("fold");
	tcase_add_test(c, recorded_pairs_mean_the_same);
	tcase_add_loop_test(c, streams_are_folded, 0, sizeof(streams) / sizeof(streams[0]));
	tcase_add_test(c, streams_that_are_not_whole);
	tcase_add_test(c, streams_that_are_not_understood);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
