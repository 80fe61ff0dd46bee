/* Plain answers as sent by vLLM, OpenAI and others: unfolded and folded again, they are unchanged.
 */
#include "tests/unit/main.h"
#include "tests/unit/wire_forms.h"

#define CHAT(rest)                                                                                 \
	"{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\"," rest "}"
#define USAGE "\"usage\":{\"total_tokens\":9}"
#define CHOICE(rest) "{\"index\":0,\"finish_reason\":\"stop\"," rest "}"
#define MESSAGE(rest) CHAT("\"choices\":[" CHOICE("\"message\":{" rest "}") "]," USAGE)
#define TEXT(rest) "{\"id\":\"t\",\"object\":\"text_completion\"," rest "}"

static const struct {
	enum endpoint_family family;
	const char *answer;
} kept[] = {
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":\"Hi \\ud83d\\ude00 \\u0000\"")},
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":\"\"")},
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":null")},
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\"")},
    {FAMILY_CHAT, MESSAGE("\"role\":null,\"content\":null")},
    {FAMILY_CHAT, MESSAGE("\"content\":\"\"")},
    {FAMILY_CHAT, MESSAGE("")},
    /* OpenAI */
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":\"Hi\",\"refusal\":null,"
			  "\"annotations\":[]")},
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":null,\"refusal\":\"I am sorry\"")},
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":\"see\",\"annotations\":[{\"type\":"
			  "\"url_citation\",\"index\":0},{\"type\":\"url_citation\",\"index\":0}],"
			  "\"audio\":{\"id\":\"a\",\"data\":\"AA==\",\"expires_at\":1e9}")},
    {FAMILY_CHAT,
     MESSAGE("\"role\":\"assistant\",\"content\":null,\"function_call\":{\"name\":\"f\","
	     "\"arguments\":\"{ }\"}")},
    {FAMILY_CHAT,
     CHAT("\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[" CHOICE(
	 "\"logprobs\":null,\"message\":{\"role\":\"assistant\",\"content\":\"a\"}") "]," USAGE)},
    /* vLLM */
    {FAMILY_CHAT,
     CHAT("\"service_tier\":null,\"system_fingerprint\":null,\"prompt_logprobs\":null,"
	  "\"prompt_token_ids\":[1,2],\"kv_transfer_params\":null,\"choices\":[" CHOICE(
	      "\"logprobs\":null,\"stop_reason\":null,\"token_ids\":[3,4],\"message\":{\"role\":"
	      "\"assistant\",\"content\":\"a b\",\"refusal\":null,\"annotations\":null,\"audio\":"
	      "null,\"function_call\":null,\"tool_calls\":[],\"reasoning\":null}") "]," USAGE)},
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":null,\"tool_calls\":null,"
			  "\"reasoning\":\"I think\",\"reasoning_content\":\"I think\"")},
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":\"x\",\"reasoning\":\"\"")},
    /* Calls */
    {FAMILY_CHAT,
     MESSAGE("\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":"
	     "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\": [1, "
	     "2]}\"}},{\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"g\","
	     "\"arguments\":\"\"},\"extra_content\":{\"google\":{\"thought_signature\":\"s\"}}}]")},
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"a\","
			  "\"function\":{\"arguments\":\"{}\"}}]")},
    {FAMILY_CHAT, MESSAGE("\"role\":\"assistant\",\"content\":\"text\",\"tool_calls\":[{\"id\":"
			  "\"a\",\"type\":\"custom\",\"custom\":{\"name\":\"f\",\"input\":\"i\"}},"
			  "{\"function\":{\"arguments\":{\"x\":1}}},{}]")},
    /* OpenRouter */
    {FAMILY_CHAT,
     CHAT("\"provider\":\"P\",\"choices\":[" CHOICE(
	 "\"native_finish_reason\":\"STOP\",\"message\":{\"role\":\"assistant\",\"content\":\"x\","
	 "\"reasoning\":\"a b\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"a "
	 "b\","
	 "\"format\":\"f\",\"index\":0},{\"type\":\"reasoning.encrypted\",\"data\":\"zz\","
	 "\"format\":\"f\",\"index\":1}]}") "]," USAGE)},
    /* llama.cpp, and what looks like it */
    {FAMILY_CHAT, CHAT("\"choices\":[" CHOICE("\"message\":{\"role\":\"assistant\",\"content\":"
					      "\"\"}") "]," USAGE ",\"timings\":{\"x\":0.0}")},
    {FAMILY_CHAT, CHAT("\"choices\":[" CHOICE("\"message\":{\"role\":\"assistant\",\"content\":"
					      "null}") "]," USAGE ",\"timings\":{\"x\":0.0}")},
    {FAMILY_CHAT,
     CHAT("\"choices\":[" CHOICE("\"message\":{\"content\":null}") "]," USAGE ",\"timings\":null")},
    /* Choices, logprobs */
    {FAMILY_CHAT,
     CHAT("\"choices\":[" CHOICE("\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":-1e-9},"
				 "{\"token\":\"b\"}],\"refusal\":null},\"message\":{\"role\":"
				 "\"assistant\",\"content\":\"ab\"}") ",{\"index\":1,\"message\":{"
								      "\"content\":\"c d\"},"
								      "\"finish_reason\":"
								      "\"length\"}]," USAGE)},
    {FAMILY_CHAT, CHAT("\"choices\":[" CHOICE(
		      "\"logprobs\":{\"content\":[1e400]},\"message\":{\"role\":"
		      "\"assistant\",\"content\":null,\"refusal\":\"a b\"}") "]," USAGE)},
    /* Unknown members, and names in another spelling */
    {FAMILY_CHAT,
     CHAT("\"big\":9007199254740993,\"choices\":[" CHOICE(
	 "\"x\":[[]],\"\\u006degabytes\":1E5,\"message\":{\"ro\\u006ce\":\"assistant\","
	 "\"\\u0063ontent\":\"a\",\"\":null,\"\\u0000\":5}") "],\"us\\u0061ge\":{}")},
    /* Completions */
    {FAMILY_COMPLETIONS, TEXT("\"choices\":[" CHOICE("\"text\":\"\"") "]," USAGE)},
    {FAMILY_COMPLETIONS,
     TEXT("\"choices\":[" CHOICE(
	 "\"text\":\"a b\",\"stop_reason\":null,\"prompt_logprobs\":null,\"logprobs\":{\"tokens\":"
	 "[\"a\",\" b\"],\"token_logprobs\":[null,-0.0],\"top_logprobs\":[null,{\"index\":0}],"
	 "\"text_offset\":[0,1]}") ",{\"index\":1,\"text\":\"c\",\"logprobs\":null,"
				   "\"finish_reason\":\"length\"}]," USAGE ",\"kv\":null")},
    {FAMILY_COMPLETIONS,
     TEXT("\"choices\":[" CHOICE("\"text\":\"\",\"logprobs\":{\"tokens\":[]}") "]"
									       "," USAGE
									       ",\"timings\":{}")},
    {FAMILY_COMPLETIONS,
     TEXT("\"choices\":[" CHOICE("\"text\":\"a\"") ",{\"index\":1,\"text\":\"c\","
						   "\"finish_reason\":\"length\"}]," USAGE
						   ",\"timings\":{\"x\":1}")},
};

START_TEST(what_is_understood_comes_back)
{
	struct slice answer = slice_of(kept[_i].answer);
	for (size_t piece = 0; piece < 8; piece += 3) {
		struct buf stream = unfolded(kept[_i].family, answer, true, piece);
		struct buf object = folded(kept[_i].family, buf_slice(&stream));
		ck_assert_msg(json_equal(buf_slice(&object), answer), "%s\n%.*s\n%.*s",
			      kept[_i].answer, SLICE_FMT(buf_slice(&object)),
			      SLICE_FMT(buf_slice(&stream)));
		buf_finish(&object);
		buf_finish(&stream);
	}
}
END_TEST

static const struct {
	enum endpoint_family family;
	const char *answer;
} refused[] = {
    {FAMILY_CHAT, "{}"},
    {FAMILY_CHAT, CHAT("\"choices\":[]," USAGE)},
    {FAMILY_CHAT, CHAT("\"choices\":{}," USAGE)},
    {FAMILY_CHAT, CHAT("\"choices\":[1]," USAGE)},
    {FAMILY_CHAT, CHAT(USAGE)},
    {FAMILY_CHAT, CHAT("\"choices\":[" CHOICE("\"message\":{}") "]")},
    {FAMILY_CHAT, CHAT("\"choices\":[" CHOICE("\"message\":{}") "],\"usage\":null")},
    {FAMILY_CHAT, CHAT("\"choices\":[" CHOICE("\"message\":{}") "],\"usage\":5")},
    {FAMILY_CHAT, CHAT("\"choices\":[" CHOICE("\"message\":{}") "]," USAGE ",\"error\":{}")},
    {FAMILY_CHAT,
     CHAT("\"choices\":[" CHOICE("\"message\":{}") "]," USAGE ",\"obfuscation\":\"\"")},
    {FAMILY_CHAT,
     CHAT("\"choices\":[" CHOICE("\"message\":{}") "]," USAGE ",\"prompt_progress\":{}")},
    {FAMILY_CHAT, CHAT("\"choices\":[" CHOICE("\"message\":null") "]," USAGE)},
    {FAMILY_CHAT, CHAT("\"choices\":[" CHOICE("\"message\":{},\"delta\":{}") "]," USAGE)},
    {FAMILY_CHAT, CHAT("\"choices\":[{\"message\":{},\"finish_reason\":\"stop\"}]," USAGE)},
    {FAMILY_CHAT,
     CHAT("\"choices\":[{\"index\":1,\"message\":{},\"finish_reason\":\"stop\"}]," USAGE)},
    {FAMILY_CHAT, CHAT("\"choices\":[{\"index\":0,\"message\":{},\"finish_reason\":null}]," USAGE)},
    {FAMILY_CHAT,
     CHAT("\"choices\":[" CHOICE("\"message\":{}") "," CHOICE("\"message\":{}") "]," USAGE)},
    {FAMILY_CHAT, MESSAGE("\"content\":[{\"type\":\"text\"}]")},
    {FAMILY_CHAT, MESSAGE("\"content\":5")},
    {FAMILY_CHAT, MESSAGE("\"tool_calls\":[1]")},
    {FAMILY_CHAT, MESSAGE("\"tool_calls\":[{\"index\":0,\"id\":\"a\"}]")},
    {FAMILY_CHAT, TEXT("\"choices\":[" CHOICE("\"message\":{}") "]," USAGE)},
    {FAMILY_COMPLETIONS, TEXT("\"choices\":[" CHOICE("\"text\":null") "]," USAGE)},
    {FAMILY_COMPLETIONS, TEXT("\"choices\":[" CHOICE("\"text\":\"\"") "]")},
    {FAMILY_COMPLETIONS, TEXT("\"choices\":[" CHOICE("\"text\":\"\"") "],\"timings\":{}")},
    {FAMILY_COMPLETIONS, CHAT("\"choices\":[" CHOICE("\"text\":\"\"") "]," USAGE)},
    /* llama.cpp's native answer does not contain its tokens. */
    {FAMILY_COMPLETIONS, "{\"content\":\"a b\",\"stop\":true,\"tokens\":[]}"},
    {FAMILY_COMPLETIONS, "{\"content\":\"a\",\"stop\":true}"},
    {FAMILY_COMPLETIONS, "{\"content\":\"a\",\"stop\":false}"},
    {FAMILY_COMPLETIONS, "{\"content\":null,\"stop\":true}"},
    {FAMILY_COMPLETIONS, "{\"content\":\"\"}"},
    {FAMILY_COMPLETIONS, "{\"content\":\"a\",\"stop\":true,\"index\":1}"},
    {FAMILY_COMPLETIONS, "{\"content\":\"a\",\"stop\":true,\"prompt_progress\":{}}"},
};

START_TEST(what_would_be_lost_is_refused)
{
	struct slice answer = slice_of(refused[_i].answer);
	ck_assert(json_valid(answer));
	struct buf stream = unfolded(refused[_i].family, answer, true, 0);
	ck_assert_msg(stream.len == 0, "%s\n%.*s", refused[_i].answer,
		      SLICE_FMT(buf_slice(&stream)));
	buf_finish(&stream);
}
END_TEST

/* ## Positions in the stream */

static void assert_has(struct slice stream, const char *text, bool has)
{
	bool found = stream.len && memmem(stream.at, stream.len, text, strlen(text));
	ck_assert_msg(found == has, "%s in %.*s", text, SLICE_FMT(stream));
}

START_TEST(usage_only_when_asked)
{
	struct slice answer = slice_of(MESSAGE("\"content\":\"a\""));
	struct buf with = unfolded(FAMILY_CHAT, answer, true, 0);
	struct buf without = unfolded(FAMILY_CHAT, answer, false, 0);
	assert_has(buf_slice(&with), "\"choices\":[],\"usage\":{\"total_tokens\":9}", true);
	assert_has(buf_slice(&without), "usage", false);
	struct buf object = folded(FAMILY_CHAT, buf_slice(&without));
	ck_assert_uint_eq(object.len, 0);
	buf_finish(&object);
	buf_finish(&with);
	buf_finish(&without);
}
END_TEST

/* llama.cpp: timings with the last event, and those of completions have the usage there. */
START_TEST(timings)
{
	struct slice chat =
	    slice_of(CHAT("\"choices\":[" CHOICE("\"message\":{}") "]," USAGE ",\"timings\":{}"));
	struct slice text =
	    slice_of(TEXT("\"choices\":[" CHOICE("\"text\":\"a\"") "]," USAGE ",\"timings\":{}"));
	struct buf stream = unfolded(FAMILY_CHAT, chat, false, 0);
	assert_has(buf_slice(&stream), "\"delta\":{}}],\"timings\":{}}\n\ndata: [DONE]\n\n", true);
	buf_finish(&stream);
	stream = unfolded(FAMILY_CHAT, chat, true, 0);
	assert_has(buf_slice(&stream), "},\"timings\":{}}\n\ndata: [DONE]\n\n", true);
	assert_has(buf_slice(&stream), "\"delta\":{}}],\"timings\":{}}", false);
	buf_finish(&stream);
	for (int usage = 0; usage < 2; usage++) {
		stream = unfolded(FAMILY_COMPLETIONS, text, usage, 0);
		assert_has(buf_slice(&stream), "\"text\":\"\"}],\"timings\":{},\"usage\":{", true);
		assert_has(buf_slice(&stream), "\"choices\":[]", false);
		buf_finish(&stream);
	}
}
END_TEST

START_TEST(calls_begin_without_arguments)
{
	struct slice answer =
	    slice_of(MESSAGE("\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\","
			     "\"arguments\":\"{\\\"x\\\": 1}\"}}]"));
	struct buf stream = unfolded(FAMILY_CHAT, answer, false, 0);
	assert_has(
	    buf_slice(&stream),
	    "{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"},"
	    "\"index\":0}]}",
	    true);
	assert_has(buf_slice(&stream),
		   "{\"tool_calls\":[{\"function\":{\"arguments\":\"{\\\"x\\\":\"},\"index\":0}]}",
		   true);
	buf_finish(&stream);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("unfold_choices");
	tcase_add_loop_test(c, what_is_understood_comes_back, 0, sizeof(kept) / sizeof(kept[0]));
	tcase_add_loop_test(c, what_would_be_lost_is_refused, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(c, usage_only_when_asked);
	tcase_add_test(c, timings);
	tcase_add_test(c, calls_begin_without_arguments);
	Suite *s = suite_create("unfold_choices");
	suite_add_tcase(s, c);
	return run_suite(s);
}
