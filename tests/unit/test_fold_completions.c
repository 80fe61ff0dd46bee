/* Streams of completions as sent by vLLM, OpenAI and llama.cpp. */
#include "tests/unit/main.h"
#include "tests/unit/wire_forms.h"

#define DONE "[DONE]"
#define TEXT(choices) "{\"id\":\"t\",\"object\":\"text_completion\",\"choices\":[" choices "]}"
#define TEXT_USAGE                                                                                 \
	"{\"id\":\"t\",\"object\":\"text_completion\",\"choices\":[],\"usage\":{\"total_tokens\":" \
	"9}}"
#define TEXTS(choices)                                                                             \
	"{\"id\":\"t\",\"object\":\"text_completion\",\"choices\":[" choices                       \
	"],\"usage\":{\"total_tokens\":9}}"

/* A whole choice and its usage. */
#define OWN(index, rest)                                                                           \
	"{\"id\":\"t\",\"object\":\"text_completion\",\"choices\":[{\"index\":" #index             \
	",\"text\":"                                                                               \
	"\"a\",\"finish_reason\":\"stop\"}],\"usage\":{\"of\":" #index "}" rest "}"

static const struct example completions[] = {
    {"legacy logprobs, whose offsets run on",
     {TEXT("{\"index\":0,\"text\":\"ab\",\"logprobs\":{\"tokens\":[\"a\",\"b\"],"
	   "\"token_logprobs\":[null,-1.5],\"top_logprobs\":[null,{\"index\":0,\"b\":-1.5}],"
	   "\"text_offset\":[0,1]},\"finish_reason\":null}"),
      TEXT("{\"index\":0,\"text\":\"c\",\"logprobs\":{\"tokens\":[\"c\"],\"token_logprobs\":[-0.0],"
	   "\"top_logprobs\":[{\"index\":0}],\"text_offset\":[2]},\"finish_reason\":\"length\","
	   "\"stop_reason\":null}"),
      TEXT_USAGE, DONE},
     TEXTS("{\"index\":0,\"text\":\"abc\",\"logprobs\":{\"tokens\":[\"a\",\"b\",\"c\"],"
	   "\"token_logprobs\":[null,-1.5,-0.0],\"top_logprobs\":[null,{\"index\":0,\"b\":-1.5},"
	   "{\"index\":0}],\"text_offset\":[0,1,2]},\"finish_reason\":\"length\",\"stop_reason\":"
	   "null}")},
    {"several prompts, the finish with the last text",
     {"null", TEXT("{\"index\":1,\"text\":\"b\",\"logprobs\":null,\"finish_reason\":null}"),
      TEXT("{\"index\":0,\"text\":\"a\",\"logprobs\":null,\"finish_reason\":\"stop\"}"),
      TEXT("{\"index\":1,\"text\":\"c\",\"logprobs\":null,\"finish_reason\":\"stop\"}"), TEXT_USAGE,
      DONE},
     TEXTS("{\"index\":0,\"text\":\"a\",\"logprobs\":null,\"finish_reason\":\"stop\"},"
	   "{\"index\":1,\"text\":\"bc\",\"logprobs\":null,\"finish_reason\":\"stop\"}")},
    {"llama.cpp: each finish has its own usage",
     {OWN(1, ",\"timings\":{\"of\":1}"), OWN(0, ",\"timings\":{\"of\":0}"),
      OWN(2, ",\"timings\":{\"of\":2}"), DONE},
     "{\"id\":\"t\",\"object\":\"text_completion\",\"choices\":["
     "{\"index\":0,\"text\":\"a\",\"finish_reason\":\"stop\"},"
     "{\"index\":1,\"text\":\"a\",\"finish_reason\":\"stop\"},"
     "{\"index\":2,\"text\":\"a\",\"finish_reason\":\"stop\"}],\"usage\":{\"of\":0},"
     "\"timings\":{\"of\":0}}"},
    {"others: each finish has its own usage", {OWN(0, ""), OWN(1, ""), DONE}, NULL},
    {"text that is none",
     {TEXT("{\"index\":0,\"text\":null,\"finish_reason\":\"stop\"}"), TEXT_USAGE, DONE},
     NULL},
    {"no text", {TEXT("{\"index\":0,\"finish_reason\":\"stop\"}"), TEXT_USAGE, DONE}, NULL},
    {"no usage", {TEXT("{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}"), DONE}, NULL},
};

START_TEST(completion)
{
	check_example(FAMILY_COMPLETIONS, &completions[_i]);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("fold_completions");
	tcase_add_loop_test(c, completion, 0, sizeof(completions) / sizeof(completions[0]));
	Suite *s = suite_create("fold_completions");
	suite_add_tcase(s, c);
	return run_suite(s);
}
