/* Streams as sent by vLLM, OpenAI and others, and the answers that they are folded into. */
#include "tests/unit/main.h"
#include "tests/unit/wire_forms.h"

/* An event about one choice: {"index":0,"delta":DELTA,"finish_reason":…}. */
#define CHUNK "\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\""
#define EVENT(index, delta)                                                                        \
	"{" CHUNK ",\"choices\":[{\"index\":" #index ",\"delta\":" delta                           \
	",\"finish_reason\":null}]}"
#define FINISH(index, delta, reason)                                                               \
	"{" CHUNK ",\"choices\":[{\"index\":" #index ",\"delta\":" delta                           \
	",\"finish_reason\":\"" reason "\"}]}"
#define USAGE "{" CHUNK ",\"choices\":[],\"usage\":{\"total_tokens\":9}}"
#define TIMED(of)                                                                                  \
	"{" CHUNK ",\"choices\":[],\"usage\":{\"of\":" #of "},\"timings\":{\"of\":" #of "}}"
#define DONE "[DONE]"

#define ANSWER "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\","
#define ANSWERS(choices) ANSWER "\"choices\":[" choices "],\"usage\":{\"total_tokens\":9}}"
#define CHOICE(index, reason, message)                                                             \
	"{\"index\":" #index ",\"finish_reason\":\"" reason "\",\"message\":" message "}"

static const struct example chats[] = {
    {"vLLM: the finish chunk carries content and stop_reason",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":\"\"}"), EVENT(0, "{\"content\":\"a\"}"),
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"logprobs\":null,"
      "\"finish_reason\":\"stop\",\"stop_reason\":7,\"token_ids\":null}]}",
      "{" CHUNK ",\"choices\":[],\"system_fingerprint\":\"f\",\"usage\":{\"total_tokens\":9}}",
      DONE},
     ANSWER "\"system_fingerprint\":\"f\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
	    "\"message\":{\"role\":\"assistant\",\"content\":\"ab\"},\"logprobs\":null,"
	    "\"stop_reason\":7,\"token_ids\":null}],\"usage\":{\"total_tokens\":9}}"},
    {"vLLM: usage on each chunk, and in the end all of it",
     {"{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a\"},"
      "\"finish_reason\":\"stop\"}],\"usage\":{\"total_tokens\":3}}",
      "{" CHUNK ",\"choices\":[{\"index\":1,\"delta\":{\"role\":\"assistant\",\"content\":\"b\"},"
      "\"finish_reason\":\"stop\"}],\"usage\":{\"total_tokens\":4}}",
      USAGE, DONE},
     ANSWERS(CHOICE(0, "stop", "{\"role\":\"assistant\",\"content\":\"a\"}") "," CHOICE(
	 1, "stop", "{\"role\":\"assistant\",\"content\":\"b\"}"))},
    {"vLLM: reasoning, token ids and the prompt's",
     {"{" CHUNK ",\"prompt_token_ids\":[1,2],\"choices\":[{\"index\":0,\"delta\":{\"role\":"
      "\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}",
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"h\"},\"token_ids\":[3],"
      "\"finish_reason\":null}]}",
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"m\"},\"token_ids\":[4,5],"
      "\"finish_reason\":null}]}",
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"token_ids\":[6],"
      "\"finish_reason\":\"stop\"}]}",
      USAGE, DONE},
     ANSWER
     "\"prompt_token_ids\":[1,2],\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"token_"
     "ids\":"
     "[3,4,5,6],\"message\":{\"role\":\"assistant\",\"reasoning\":\"hm\",\"content\":\"x\"}}],"
     "\"usage\":{\"total_tokens\":9}}"},
    {"OpenAI: refusal null, usage null on every chunk, padding, service tier",
     {"{" CHUNK ",\"service_tier\":\"default\",\"obfuscation\":\"xyz\",\"usage\":null,\"choices\":"
      "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},"
      "\"logprobs\":null,\"finish_reason\":null}]}",
      "{" CHUNK ",\"service_tier\":null,\"obfuscation\":\"x\",\"usage\":null,\"choices\":"
      "[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"logprobs\":null,\"finish_reason\":null}]}",
      "{" CHUNK ",\"usage\":null,\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,"
      "\"finish_reason\":\"stop\"}]}",
      USAGE, DONE},
     ANSWER "\"service_tier\":\"default\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
	    "\"logprobs\":null,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\",\"refusal\":"
	    "null}}],\"usage\":{\"total_tokens\":9}}"},
    {"Azure: what it knows before the first choice, and filters of each piece",
     {"{\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\","
      "\"prompt_filter_results\":[{\"prompt_index\":0}]}",
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
      "\"content_filter_results\":{},\"finish_reason\":null}]}",
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},"
      "\"content_filter_results\":{\"hate\":{\"severity\":\"safe\"}},\"finish_reason\":null}]}",
      FINISH(0, "{}", "stop"), USAGE, DONE},
     ANSWER
     "\"prompt_filter_results\":[{\"prompt_index\":0}],\"choices\":[{\"index\":0,"
     "\"finish_reason\":\"stop\",\"content_filter_results\":{\"hate\":{\"severity\":\"safe\"}},"
     "\"message\":{\"role\":\"assistant\",\"content\":\"a\"}}],\"usage\":{\"total_tokens\":9}}"},
    {"OpenAI: a refusal has no content",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}"),
      EVENT(0, "{\"refusal\":\"I'm\"}"), EVENT(0, "{\"refusal\":\" sorry\"}"),
      FINISH(0, "{}", "stop"), USAGE, DONE},
     ANSWERS(
	 CHOICE(0, "stop", "{\"role\":\"assistant\",\"content\":null,\"refusal\":\"I'm sorry\"}"))},
    {"two choices, interleaved, the second one first",
     {EVENT(1, "{\"role\":\"assistant\",\"content\":\"\"}"),
      EVENT(0, "{\"role\":\"assistant\",\"content\":\"\"}"), EVENT(1, "{\"content\":\"x\"}"),
      EVENT(0, "{\"content\":\"a\"}"), EVENT(1, "{\"content\":\"y\"}"), FINISH(1, "{}", "stop"),
      EVENT(0, "{\"content\":\"b\"}"), FINISH(0, "{}", "length"), USAGE, DONE},
     ANSWERS(CHOICE(0, "length", "{\"role\":\"assistant\",\"content\":\"ab\"}") "," CHOICE(
	 1, "stop", "{\"role\":\"assistant\",\"content\":\"xy\"}"))},
    {"two choices in one event",
     {"{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a\"},"
      "\"finish_reason\":\"stop\"},{\"index\":1,\"delta\":{\"role\":\"assistant\",\"content\":"
      "\"b\"},\"finish_reason\":\"stop\"}]}",
      USAGE, DONE},
     ANSWERS(CHOICE(0, "stop", "{\"role\":\"assistant\",\"content\":\"a\"}") "," CHOICE(
	 1, "stop", "{\"role\":\"assistant\",\"content\":\"b\"}"))},
    {"parallel calls, side by side",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"a\","
	       "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}"),
      EVENT(0, "{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"type\":\"function\",\"function\":"
	       "{\"name\":\"g\",\"arguments\":\"{\"}},{\"index\":0,\"function\":{\"arguments\":"
	       "\"{\\\"x\\\"\"}}]}"),
      EVENT(0, "{\"tool_calls\":[{\"index\":0,\"id\":\"\",\"function\":{\"name\":\"\","
	       "\"arguments\":\":1}\"}}]}"),
      EVENT(0, "{\"tool_calls\":[{\"index\":1,\"type\":\"function\",\"function\":{\"name\":null,"
	       "\"arguments\":\"}\"}}]}"),
      FINISH(0, "{}", "tool_calls"), USAGE, DONE},
     ANSWERS(CHOICE(0, "tool_calls",
		    "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
		    "{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\","
		    "\"arguments\":\"{\\\"x\\\":1}\"}},"
		    "{\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"g\","
		    "\"arguments\":\"{}\"}}]}"))},
    {"calls in another order than their index",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":\"\"}"),
      EVENT(0, "{\"tool_calls\":[{\"index\":1,\"id\":\"b\"}]}"),
      EVENT(0, "{\"tool_calls\":[{\"index\":0,\"id\":\"a\"}]}"), FINISH(0, "{}", "tool_calls"),
      USAGE, DONE},
     ANSWERS(CHOICE(0, "tool_calls",
		    "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
		    "{\"id\":\"a\"},{\"id\":\"b\"}]}"))},
    {"one call in two parts of one delta",
     {EVENT(0, "{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":"
	       "{\"name\":\"f\",\"arguments\":\"\"}},{\"index\":0,\"function\":{\"arguments\":"
	       "\"{}\"}}]}"),
      FINISH(0, "{}", "tool_calls"), USAGE, DONE},
     ANSWERS(CHOICE(0, "tool_calls",
		    "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":"
		    "{\"name\":\"f\",\"arguments\":\"{}\"}}]}"))},
    {"Gemini: whole calls without an index",
     {EVENT(0, "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\","
	       "\"arguments\":\"{}\"}}]}"),
      EVENT(0, "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"b\",\"function\":{\"name\":\"g\","
	       "\"arguments\":\"{}\"}}]}"),
      FINISH(0, "{\"role\":\"assistant\"}", "tool_calls"), USAGE, DONE},
     ANSWERS(CHOICE(0, "tool_calls",
		    "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":"
		    "\"f\",\"arguments\":\"{}\"}},{\"id\":\"b\",\"function\":{\"name\":\"g\","
		    "\"arguments\":\"{}\"}}]}"))},
    {"function_call",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":null,\"function_call\":{\"name\":\"f\","
	       "\"arguments\":\"\"}}"),
      EVENT(0, "{\"function_call\":{\"arguments\":\"{\"}}"),
      EVENT(0, "{\"function_call\":{\"arguments\":\"}\"}}"), FINISH(0, "{}", "function_call"),
      USAGE, DONE},
     ANSWERS(CHOICE(0, "function_call",
		    "{\"role\":\"assistant\",\"content\":null,\"function_call\":{\"name\":\"f\","
		    "\"arguments\":\"{}\"}}"))},
    {"OpenRouter: role in every delta, details with an index, usage beside a choice",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":\"a\",\"reasoning_details\":"
	       "[{\"type\":\"reasoning.text\",\"text\":\"a\",\"format\":\"f\",\"index\":0}]}"),
      EVENT(0, "{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":\"b\",\"reasoning_details\":"
	       "[{\"type\":\"reasoning.text\",\"text\":\"b\",\"format\":\"f\",\"index\":0}]}"),
      EVENT(0,
	    "{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":null,\"reasoning_details\":"
	    "[{\"type\":\"reasoning.encrypted\",\"data\":\"zz\",\"format\":\"f\",\"index\":1}]}"),
      EVENT(0, "{\"role\":\"assistant\",\"content\":\"x\"}"),
      "{" CHUNK ",\"provider\":\"P\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
      "\"content\":\"\"},\"finish_reason\":\"stop\",\"native_finish_reason\":\"end\"}]}",
      "{" CHUNK ",\"provider\":\"P\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
      "\"content\":\"\"},\"finish_reason\":null,\"native_finish_reason\":null}],\"usage\":"
      "{\"total_tokens\":9}}",
      DONE},
     ANSWER
     "\"provider\":\"P\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
     "\"native_finish_reason\":\"end\",\"message\":{\"role\":\"assistant\",\"content\":\"x\","
     "\"reasoning\":\"ab\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"ab\","
     "\"format\":\"f\",\"index\":0},{\"type\":\"reasoning.encrypted\",\"data\":\"zz\","
     "\"format\":\"f\",\"index\":1}]}}],\"usage\":{\"total_tokens\":9}}"},
    {"what nobody knows, in every chunk the same",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":\"\",\"provider\":\"X\",\"n\":1}"),
      EVENT(0, "{\"content\":\"a\",\"provider\":\"X\",\"n\":1,\"annotations\":[{\"a\":1}]}"),
      EVENT(0, "{\"content\":\"b\",\"provider\":\"X\",\"n\":null,\"annotations\":[{\"a\":1}]}"),
      FINISH(0, "{}", "stop"), USAGE, DONE},
     ANSWERS(CHOICE(0, "stop",
		    "{\"role\":\"assistant\",\"content\":\"ab\",\"provider\":\"X\",\"n\":1,"
		    "\"annotations\":[{\"a\":1}]}"))},
    {"a text that nobody knows, in two chunks",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":\"a\",\"x\":\"X\"}"), EVENT(0, "{\"x\":\"Y\"}"),
      FINISH(0, "{}", "stop"), USAGE, DONE},
     NULL},
    {"a number that nobody knows, in two chunks",
     {EVENT(0, "{\"content\":\"a\",\"n\":1}"), EVENT(0, "{\"n\":2}"), FINISH(0, "{}", "stop"),
      USAGE, DONE},
     NULL},
    {"annotations in two chunks",
     {EVENT(0, "{\"content\":\"a\",\"annotations\":[{\"a\":1}]}"),
      EVENT(0, "{\"annotations\":[{\"a\":2}]}"), FINISH(0, "{}", "stop"), USAGE, DONE},
     NULL},
    {"images at one index",
     {EVENT(0, "{\"content\":\"\",\"images\":[{\"index\":0,\"image_url\":{\"url\":\"data:,a\"}}]}"),
      EVENT(0, "{\"images\":[{\"index\":0,\"image_url\":{\"url\":\"data:,b\"}}]}"),
      FINISH(0, "{}", "stop"), USAGE, DONE},
     NULL},
    {"images in one chunk",
     {EVENT(0, "{\"content\":\"\",\"images\":[{\"index\":0,\"u\":1},{\"index\":0,\"u\":2}]}"),
      FINISH(0, "{}", "stop"), USAGE, DONE},
     ANSWERS(
	 CHOICE(0, "stop",
		"{\"content\":\"\",\"images\":[{\"index\":0,\"u\":1},{\"index\":0,\"u\":2}]}"))},
    {"what nobody knows around the choices, changing",
     {"{" CHUNK ",\"x\":{\"id\":1},\"choices\":[]}", FINISH(0, "{\"content\":\"a\"}", "stop"),
      "{" CHUNK ",\"x\":{\"id\":2},\"choices\":[],\"usage\":{}}", DONE},
     NULL},
    {"a choice that ends in two ways",
     {FINISH(0, "{\"content\":\"a\"}", "stop"), FINISH(0, "{}", "length"), USAGE, DONE},
     NULL},
    {"audio",
     {EVENT(0, "{\"role\":\"assistant\",\"audio\":{\"id\":\"a\",\"transcript\":\"x\"}}"),
      EVENT(0, "{\"audio\":{\"data\":\"AAAA\"}}"),
      EVENT(0, "{\"audio\":{\"data\":\"AQ==\",\"transcript\":\"y\"}}"),
      EVENT(0, "{\"audio\":{\"expires_at\":5}}"), FINISH(0, "{}", "stop"), USAGE, DONE},
     ANSWERS(
	 CHOICE(0, "stop",
		"{\"role\":\"assistant\",\"audio\":{\"id\":\"a\",\"transcript\":\"xy\",\"data\":"
		"\"AAAAAQ==\",\"expires_at\":5}}"))},
    {"logprobs of content and refusal",
     {"{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a\"},"
      "\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":-1e-7}],\"refusal\":null},"
      "\"finish_reason\":null}]}",
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},"
      "\"logprobs\":{\"content\":[{\"token\":\"b\",\"logprob\":-2.0}],\"refusal\":null},"
      "\"finish_reason\":null}]}",
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":"
      "\"stop\"}]}",
      USAGE, DONE},
     ANSWERS("{\"index\":0,\"finish_reason\":\"stop\",\"logprobs\":{\"content\":[{\"token\":\"a\","
	     "\"logprob\":-1e-7},{\"token\":\"b\",\"logprob\":-2.0}],\"refusal\":null},\"message\":"
	     "{\"role\":\"assistant\",\"content\":\"ab\"}}")},
    {"llama.cpp: null at first, and nothing more, is empty",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":null}"), FINISH(0, "{}", "stop"),
      "{" CHUNK ",\"choices\":[],\"usage\":{\"total_tokens\":9},\"timings\":{}}", DONE},
     ANSWER "\"timings\":{},\"choices\":[" CHOICE(
	 0, "stop",
	 "{\"role\":\"assistant\",\"content\":\"\"}") "],\"usage\":{\"total_tokens\":9}}"},
    {"llama.cpp: the usage of the first choice, which did not finish last",
     {EVENT(1, "{\"content\":\"b\"}"), EVENT(2, "{\"content\":\"c\"}"), FINISH(1, "{}", "stop"),
      TIMED(1), FINISH(0, "{\"content\":\"a\"}", "stop"), TIMED(0), FINISH(2, "{}", "stop"),
      TIMED(2), DONE},
     ANSWER "\"choices\":[" CHOICE(0, "stop", "{\"content\":\"a\"}") "," CHOICE(
	 1, "stop",
	 "{\"content\":\"b\"}") "," CHOICE(2, "stop",
					   "{\"content\":\"c\"}") "],"
								  "\"usage\":{\"of\":0},"
								  "\"timings\":{\"of\":0}}"},
    {"usage beside a choice does not undo the one apart",
     {USAGE,
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":"
      "\"stop\"}],\"usage\":{\"total_tokens\":1}}",
      DONE},
     ANSWERS(CHOICE(0, "stop", "{\"content\":\"a\"}"))},
    {"kinds of a choice's members that do not go together",
     {"{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":{\"content\":[1]},"
      "\"finish_reason\":null}]}",
      "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":[1],\"finish_reason\":"
      "\"stop\"}]}",
      USAGE, DONE},
     NULL},
    {"others: several usages",
     {FINISH(0, "{\"content\":\"a\"}", "stop"), USAGE, FINISH(1, "{\"content\":\"b\"}", "stop"),
      USAGE, DONE},
     NULL},
    {"usage again and again, of one choice",
     {"{" CHUNK ",\"choices\":[],\"usage\":{\"total_tokens\":1}}",
      FINISH(0, "{\"content\":\"a\"}", "stop"),
      "{" CHUNK ",\"choices\":[],\"usage\":{\"total_tokens\":2}}", USAGE, DONE},
     ANSWERS(CHOICE(0, "stop", "{\"content\":\"a\"}"))},
    {"others: null at first, and nothing more, is null",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":null}"), FINISH(0, "{}", "stop"), USAGE, DONE},
     ANSWERS(CHOICE(0, "stop", "{\"role\":\"assistant\",\"content\":null}"))},
    {"empty content that was said beside a call stays",
     {EVENT(0, "{\"role\":\"assistant\",\"content\":\"\"}"), EVENT(0, "{\"content\":\"\"}"),
      EVENT(0, "{\"tool_calls\":[{\"index\":0,\"id\":\"a\"}]}"), FINISH(0, "{}", "tool_calls"),
      USAGE, DONE},
     ANSWERS(CHOICE(0, "tool_calls",
		    "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"a\"}]}"))},
    {"Azure: a first event without choices",
     {"{" CHUNK ",\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}",
      FINISH(0, "{\"role\":\"assistant\",\"content\":\"a\"}", "stop"), USAGE, DONE},
     ANSWER "\"prompt_filter_results\":[{\"prompt_index\":0}],\"choices\":[" CHOICE(
	 0, "stop",
	 "{\"role\":\"assistant\",\"content\":\"a\"}") "],\"usage\":{\"total_tokens\":9}}"},

    {"no usage", {FINISH(0, "{\"content\":\"a\"}", "stop"), DONE}, NULL},
    {"no [DONE]", {FINISH(0, "{\"content\":\"a\"}", "stop"), USAGE}, NULL},
    {"[DONE] twice", {FINISH(0, "{\"content\":\"a\"}", "stop"), USAGE, DONE, DONE}, NULL},
    {"something behind [DONE]", {FINISH(0, "{\"content\":\"a\"}", "stop"), DONE, USAGE}, NULL},
    {"no choices", {USAGE, DONE}, NULL},
    {"nothing", {DONE}, NULL},
    {"a choice that does not finish",
     {FINISH(0, "{\"content\":\"a\"}", "stop"), EVENT(1, "{\"content\":\"a\"}"), USAGE, DONE},
     NULL},
    {"a gap", {FINISH(1, "{\"content\":\"a\"}", "stop"), USAGE, DONE}, NULL},
    {"a gap in the calls",
     {FINISH(0, "{\"tool_calls\":[{\"index\":1,\"id\":\"a\"}]}", "stop"), USAGE, DONE},
     NULL},
    {"calls with an index and without",
     {FINISH(0, "{\"tool_calls\":[{\"index\":0,\"id\":\"a\"},{\"id\":\"b\"}]}", "stop"), USAGE,
      DONE},
     NULL},
    {"parts of calls without an index",
     {EVENT(0, "{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\","
	       "\"arguments\":\"\"}}]}"),
      FINISH(0, "{\"tool_calls\":[{\"function\":{\"name\":\"\",\"arguments\":\"{}\"}}]}", "stop"),
      USAGE, DONE},
     NULL},
    {"calls without an index and with",
     {FINISH(0, "{\"tool_calls\":[{\"function\":{\"name\":\"f\"}},{\"index\":0,\"id\":\"a\"}]}",
	     "stop"),
      USAGE, DONE},
     NULL},
    {"calls that are none", {FINISH(0, "{\"tool_calls\":[1]}", "stop"), USAGE, DONE}, NULL},
    {"a call that changes its name",
     {EVENT(0, "{\"tool_calls\":[{\"index\":0,\"id\":\"a\"}]}"),
      EVENT(0, "{\"tool_calls\":[{\"index\":0,\"id\":\"b\"}]}"), FINISH(0, "{}", "stop"), USAGE,
      DONE},
     NULL},
    {"kinds that do not go together",
     {EVENT(0, "{\"content\":\"a\",\"x\":\"s\"}"), FINISH(0, "{\"x\":5}", "stop"), USAGE, DONE},
     NULL},
    {"content in parts",
     {FINISH(0, "{\"content\":[{\"type\":\"text\"}]}", "stop"), USAGE, DONE},
     NULL},
    {"an error", {FINISH(0, "{\"content\":\"a\"}", "stop"), USAGE, "{\"error\":{}}", DONE}, NULL},
    {"no object", {FINISH(0, "{\"content\":\"a\"}", "stop"), USAGE, "[]", DONE}, NULL},
    {"no JSON", {FINISH(0, "{\"content\":\"a\"}", "stop"), USAGE, "{", DONE}, NULL},
    {"a member twice",
     {FINISH(0, "{\"content\":\"a\",\"content\":\"b\"}", "stop"), USAGE, DONE},
     NULL},
    {"half a pair", {FINISH(0, "{\"content\":\"\\ud83d\"}", "stop"), USAGE, DONE}, NULL},
    {"no delta",
     {"{" CHUNK ",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}", USAGE, DONE},
     NULL},
    {"a choice of an unknown object",
     {"{\"object\":\"\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}",
      USAGE, DONE},
     NULL},
    {"a delta that is none", {FINISH(0, "null", "stop"), USAGE, DONE}, NULL},
    {"no index",
     {"{" CHUNK ",\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}", USAGE,
      DONE},
     NULL},
    {"an index out of bounds", {FINISH(5000000, "{\"content\":\"a\"}", "stop"), USAGE, DONE}, NULL},
    {"a choice that is none", {"{" CHUNK ",\"choices\":[1]}", USAGE, DONE}, NULL},
    {"choices that are no list", {"{" CHUNK ",\"choices\":{}}", USAGE, DONE}, NULL},
    {"another object",
     {"{\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
      "\"stop\"}]}",
      USAGE, DONE},
     NULL},
    {"a message beside the delta",
     {"{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{},\"message\":{},\"finish_reason\":"
      "\"stop\"}]}",
      USAGE, DONE},
     NULL},
};

START_TEST(chat)
{
	check_example(FAMILY_CHAT, &chats[_i]);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("fold_choices");
	tcase_add_loop_test(c, chat, 0, sizeof(chats) / sizeof(chats[0]));
	Suite *s = suite_create("fold_choices");
	suite_add_tcase(s, c);
	return run_suite(s);
}
