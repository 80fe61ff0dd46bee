/* Responses, unfolded. */
#include "tests/unit/response_client.h"
#include "tests/unit/response_events.h"
#include "tests/unit/typed_events.h"

START_TEST(recorded_answers_are_unfolded)
{
	static const char *const names[] = {"resp-json", "resp-length"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct trace t = trace_open(names[i]);
		ck_assert_uint_eq(t.status, 200);
		assert_lossless(FAMILY_RESPONSES, buf_slice(&t.body));
		trace_close(&t);
	}
}
END_TEST

START_TEST(objects_that_are_refused)
{
	static const char *const bad[] = {
	    "{}",
	    "[]",
	    "{\"error\":{\"message\":\"m\"}}",
	    RESPONSE("failed", "", USAGE),
	    RESPONSE("in_progress", "", USAGE),
	    RESPONSE("completed", "", "null"),
	    "{\"status\":\"completed\",\"output\":{},\"usage\":{}}",
	    PLAIN("1"),
	    /* Clients check the ids of what comes in pieces. */
	    PLAIN("{\"type\":\"message\",\"content\":[]}"),
	    PLAIN("{\"type\":\"message\",\"id\":\"\",\"content\":[]}"),
	    PLAIN("{\"type\":\"function_call\",\"call_id\":\"c\",\"arguments\":\"\"}"),
	    PLAIN("{\"type\":\"message\",\"id\":\"m\",\"content\":\"a\"}"),
	    PLAIN(MESSAGE("completed", "1")),
	    PLAIN(MESSAGE("completed", "{\"type\":\"output_text\"}")),
	    PLAIN(MESSAGE("completed", "{\"type\":\"refusal\",\"refusal\":1}")),
	    PLAIN("{\"type\":\"reasoning\",\"id\":\"r\",\"content\":[{\"type\":\"text\"}]}"),
	    PLAIN("{\"type\":\"function_call\",\"id\":\"f\",\"arguments\":{}}"),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_not_unfolded(FAMILY_RESPONSES, bad[i]);
}
END_TEST

#define NUMBERED(type, number, members)                                                            \
	EVENT(type, ",\"sequence_number\":" number ",\"output_index\":" members)
#define AT_TEXT "0,\"item_id\":\"msg_1\",\"content_index\":0"
#define AT_CALL "1,\"item_id\":\"fc_1\""

START_TEST(a_stream_as_openai_sends_it)
{
	static const char stream[] = CREATED IN_PROGRESS NUMBERED(
	    "response.output_item.added", "2", "0,\"item\":" MESSAGE("in_progress", ""))
	    NUMBERED("response.content_part.added", "3", AT_TEXT ",\"part\":" TEXT("")) NUMBERED(
		"response.output_text.delta", "4",
		AT_TEXT
		",\"delta\":\"Hi\",\"logprobs\":[]") NUMBERED("response.output_text.delta", "5",
							      AT_TEXT
							      ",\"delta\":\" you\",\"logprobs\":[]")
		NUMBERED("response.output_text.done", "6",
			 AT_TEXT ",\"text\":\"Hi you\",\"logprobs\":[]")
		    NUMBERED("response.content_part.done", "7", AT_TEXT ",\"part\":" TEXT("Hi you"))
			NUMBERED("response.output_item.done", "8",
				 "0,\"item\":" MESSAGE("completed", TEXT("Hi you")))
			    NUMBERED("response.output_item.added", "9",
				     "1,\"item\":" CALL(
					 "in_progress",
					 "")) NUMBERED("response.function_call_arguments.delta",
						       "10", AT_CALL ",\"delta\":\"{\\\"a\\\":\"")
				NUMBERED("response.function_call_arguments.delta", "11",
					 AT_CALL ",\"delta\":\" 1}\"")
				    NUMBERED("response.function_call_arguments.done", "12",
					     AT_CALL
					     ",\"arguments\":\"{\\\"a\\\": 1}\",\"name\":\"f\"")
					NUMBERED("response.output_item.done", "13",
						 "1,\"item\":" CALL("completed", "{\\\"a\\\": 1}"))
					    EVENT("response.completed",
						  ",\"sequence_number\":14,\"response\":" PLAIN(
						      MESSAGE("completed", TEXT("Hi you")) "," CALL(
							  "completed", "{\\\"a\\\": 1}")));
	struct buf out = unfolded(FAMILY_RESPONSES,
				  slice_of(PLAIN(MESSAGE("completed", TEXT("Hi you")) "," CALL(
				      "completed", "{\\\"a\\\": 1}"))),
				  true, 0);
	ck_assert_msg(slice_is(buf_slice(&out), stream), "%.*s\n%s", SLICE_FMT(buf_slice(&out)),
		      stream);
	buf_finish(&out);
}
END_TEST

static void assert_understood(struct slice object)
{
	struct buf stream = unfolded(FAMILY_RESPONSES, object, true, 0);
	struct response_client c = {.tree = json_tree_create(NODES_MOST)};
	each_typed_event(c.tree, buf_slice(&stream), response_client_read, &c);
	ck_assert(c.ended);
	assert_same_nodes(c.response, read_document(c.tree, object));
	json_tree_destroy(&c.tree);
	buf_finish(&stream);
}

/* Items as sent by OpenAI and vLLM. */
static const char *const items[] = {
    MESSAGE("completed", ""),
    MESSAGE("completed", TEXT("")),
    MESSAGE("incomplete", TEXT("one \\\"two\\\" three") "," TEXT("\\u0000 \\ud83d\\ude00")),
    MESSAGE("completed", "{\"type\":\"refusal\",\"refusal\":\"I can not do that.\"}"),
    /* llama.cpp's and vLLM's parts may lack lists, or have null there */
    MESSAGE("completed", "{\"type\":\"output_text\",\"text\":\"a b\"}"),
    MESSAGE("completed", "{\"type\":\"output_text\",\"text\":\"a b\",\"annotations\":null,"
			 "\"logprobs\":null}"),
    MESSAGE("completed",
	    "{\"type\":\"output_text\",\"text\":\"a b\",\"logprobs\":[{\"token\":\"a\","
	    "\"logprob\":-0.10,\"bytes\":[97],\"top_logprobs\":[]},{\"token\":\" b\"}],"
	    "\"annotations\":[{\"type\":\"url_citation\",\"url\":\"u\",\"start_index\":0},{}]}"),
    MESSAGE("completed", "{\"type\":\"output_audio\",\"data\":\"x\"}," TEXT("a")),
    CALL("completed", ""),
    CALL("completed", "{\\\"city\\\": \\\"Lima\\\", \\\"unit\\\":\\\"c\\\"}"),
    "{\"id\":\"ctc_1\",\"type\":\"custom_tool_call\",\"call_id\":\"c\",\"name\":\"n\","
    "\"input\":\"print 1\"}",
    "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":"
    "\"first this\"},{\"type\":\"summary_text\",\"text\":\"then that\"}],"
    "\"encrypted_content\":\"gAAA\"}",
    "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[],\"content\":[{\"type\":"
    "\"reasoning_text\",\"text\":\"hm so\"}],\"encrypted_content\":null,\"status\":null}",
    "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[],\"content\":null}",
    "{\"id\":\"ws_1\",\"type\":\"web_search_call\",\"status\":\"completed\",\"action\":{}}",
    "{\"type\":\"new\",\"content\":\"x\",\"input\":[1]}",
};

START_TEST(embedding_items_are_unfolded)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	ck_assert(buf_printf(&object, PLAIN("%s,%s"), items[_i], items[0]));
	assert_lossless(FAMILY_RESPONSES, buf_slice(&object));
	assert_understood(buf_slice(&object));
	buf_finish(&object);
}
END_TEST

START_TEST(an_answer_that_was_cut_short)
{
	assert_lossless(FAMILY_RESPONSES, slice_of(CUT));
	assert_understood(slice_of(CUT));
}
END_TEST

/* ## Any response */

static void add_random_part(struct buf *out, uint32_t *seed)
{
	if (trace_random(seed) % 3 == 0) {
		add(out, "{\"type\":\"refusal\",");
		add_random_member(out, "refusal", seed);
	} else {
		add(out, "{\"type\":\"output_text\",\"annotations\":[");
		add_random_value(out, seed, 3);
		add(out, ",{}],\"logprobs\":[");
		add(out, "],");
		add_random_member(out, "text", seed);
	}
	add(out, ",\"extra\":");
	add_random_value(out, seed, 1);
	add(out, "}");
}

static void add_random_item(struct buf *out, uint32_t *seed)
{
	switch (trace_random(seed) % 4) {
	case 0:
		add(out, "{\"type\":\"message\",\"id\":\"m\\u005f1\",\"status\":\"completed\","
			 "\"content\":[");
		for (unsigned left = trace_random(seed) % 4; left; left--) {
			add_random_part(out, seed);
			add(out, left > 1 ? "," : "");
		}
		add(out, "]");
		break;
	case 1:
		add(out, "{\"type\":\"reasoning\",\"id\":\"r\",\"summary\":[{\"type\":"
			 "\"summary_text\",");
		add_random_member(out, "text", seed);
		add(out, "}],\"content\":[{\"type\":\"reasoning_text\",");
		add_random_member(out, "text", seed);
		add(out, "}]");
		break;
	case 2:
		add(out,
		    "{\"type\":\"function_call\",\"id\":\"f\",\"name\":\"n\",\"call_id\":\"c\",");
		add_random_member(out, "arguments", seed);
		break;
	default:
		add(out, "{\"type\":\"mcp_call\",\"status\":\"completed\",\"arguments\":");
		add_random_value(out, seed, 3);
	}
	add(out, ",\"extra\":");
	add_random_value(out, seed, 1);
	add(out, "}");
}

START_TEST(any_response_survives)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	uint32_t seed = 20260402;
	for (int i = 0; i < 1000; i++) {
		buf_clear(&object);
		add(&object, "{\"object\":\"response\",\"status\":\"completed\",\"completed_at\":7,"
			     "\"incomplete_details\":null,\"usage\":{\"total_tokens\":5},\"x\":");
		add_random_value(&object, &seed, 3);
		add(&object, ",\"output\":[");
		for (unsigned left = trace_random(&seed) % 5; left; left--) {
			add_random_item(&object, &seed);
			add(&object, left > 1 ? "," : "");
		}
		add(&object, "]}");
		assert_lossless(FAMILY_RESPONSES, buf_slice(&object));
		assert_understood(buf_slice(&object));
	}
	buf_finish(&object);
}
END_TEST

/* ## Large ones */

START_TEST(thousands_of_items_and_parts)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	add(&object, "{\"status\":\"completed\",\"usage\":{},\"output\":[");
	for (int i = 0; i < scaled(10000); i++)
		add(&object, CALL("completed", "{}") ",");
	add(&object, "{\"type\":\"message\",\"id\":\"m\",\"content\":[");
	for (int i = 0; i < scaled(30000); i++)
		add(&object, "{\"type\":\"output_text\",\"text\":\"a\"},");
	add(&object, "{\"type\":\"refusal\",\"refusal\":\"a\"}]}]}");
	assert_lossless(FAMILY_RESPONSES, buf_slice(&object));
	buf_finish(&object);
}
END_TEST

START_TEST(megabytes_of_words)
{
	struct buf object = buf_make(WIRE_FORMS_LIMIT);
	add(&object, "{\"status\":\"completed\",\"usage\":{},\"output\":[{\"type\":\"message\","
		     "\"id\":\"m\",\"content\":[{\"type\":\"output_text\",\"text\":\"");
	for (int i = 0; i < scaled(150000); i++)
		add(&object, "word \\\"is\\\" ");
	add(&object, "\"}]}]}");
	assert_lossless(FAMILY_RESPONSES, buf_slice(&object));
	buf_finish(&object);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unfold_responses");
	TCase *c = tcase_create("unfold");
	tcase_add_test(c, recorded_answers_are_unfolded);
	tcase_add_test(c, objects_that_are_refused);
	tcase_add_test(c, a_stream_as_openai_sends_it);
	tcase_add_loop_test(c, embedding_items_are_unfolded, 0, sizeof(items) / sizeof(items[0]));
	tcase_add_test(c, an_answer_that_was_cut_short);
	tcase_add_test(c, any_response_survives);
	tcase_add_test(c, thousands_of_items_and_parts);
	tcase_add_test(c, megabytes_of_words);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
