/* Completions in llama.cpp's native format. */
#include "tests/unit/main.h"
#include "tests/unit/wire_forms.h"

#define DONE "[DONE]"
#define TEXT(choices) "{\"id\":\"t\",\"object\":\"text_completion\",\"choices\":[" choices "]}"
#define TEXT_USAGE "{\"object\":\"text_completion\",\"choices\":[],\"usage\":{}}"

static const struct example natives[] = {
    {"llama.cpp's own: the last event, with all the content, and no tokens",
     {"{\"index\":0,\"content\":\"a\",\"tokens\":[1],\"stop\":false,\"id_slot\":-1}",
      "{\"index\":0,\"content\":\"b\",\"tokens\":[2],\"stop\":false,\"prompt_progress\":{}}",
      "{\"index\":0,\"content\":\"\",\"tokens\":[],\"stop\":true,\"id_slot\":0,\"x\":{\"y\":1}}"},
     "{\"index\":0,\"content\":\"ab\",\"tokens\":[],\"stop\":true,\"id_slot\":0,\"x\":{\"y\":1}"
     "}"},
    {"llama.cpp's own, with content in the last event",
     {"{\"content\":\"a\",\"stop\":false}", "{\"content\":\"b\",\"stop\":true}"},
     "{\"content\":\"ab\",\"stop\":true}"},
    {"llama.cpp's own, with tokens in the last event",
     {"{\"content\":\"a\",\"tokens\":[1],\"stop\":false}",
      "{\"content\":\"\",\"tokens\":[2],\"stop\":true}"},
     NULL},
    {"llama.cpp's own, with probabilities",
     {"{\"content\":\"a\",\"stop\":false,\"completion_probabilities\":[1]}",
      "{\"content\":\"\",\"stop\":true}"},
     NULL},
    {"llama.cpp's own, with probabilities in the end",
     {"{\"content\":\"a\",\"stop\":false}",
      "{\"content\":\"\",\"stop\":true,\"completion_probabilities\":[1]}"},
     NULL},
    {"llama.cpp's own, with what the end does not tell",
     {"{\"content\":\"a\",\"stop\":false,\"x\":1}", "{\"content\":\"\",\"stop\":true}"},
     NULL},
    {"llama.cpp's own, with [DONE]",
     {"{\"content\":\"a\",\"stop\":true}", DONE},
     "{\"content\":\"a\",\"stop\":true}"},
    {"llama.cpp's own, not ended", {"{\"content\":\"a\",\"stop\":false}"}, NULL},
    {"llama.cpp's own, not ended, with [DONE]", {"{\"content\":\"a\",\"stop\":false}", DONE}, NULL},
    {"llama.cpp's own, going on",
     {"{\"content\":\"a\",\"stop\":true}", "{\"content\":\"a\",\"stop\":true}"},
     NULL},
    {"llama.cpp's own, for several prompts",
     {"{\"index\":1,\"content\":\"a\",\"stop\":false}", "{\"content\":\"a\",\"stop\":true}"},
     NULL},
    {"llama.cpp's own, without content", {"{\"stop\":true}"}, NULL},
    {"llama.cpp's own, without stop", {"{\"content\":\"\"}"}, NULL},
    {"one shape behind the other",
     {"{\"content\":\"a\",\"stop\":false}",
      TEXT("{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}"), TEXT_USAGE, DONE},
     NULL},
    {"the other shape behind the one",
     {TEXT("{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}"), TEXT_USAGE,
      "{\"content\":\"a\",\"stop\":true}", DONE},
     NULL},
};

START_TEST(native)
{
	check_example(FAMILY_COMPLETIONS, &natives[_i]);
}
END_TEST

/* A plain answer lacks what a stream contains. */
START_TEST(no_stream_is_made_of_it)
{
	struct buf stream = unfolded(
	    FAMILY_COMPLETIONS,
	    slice_of("{\"index\":0,\"content\":\"ab\",\"tokens\":[],\"stop\":true}"), false, 0);
	ck_assert_uint_eq(stream.len, 0);
	buf_finish(&stream);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("fold_native");
	tcase_add_loop_test(c, native, 0, sizeof(natives) / sizeof(natives[0]));
	tcase_add_test(c, no_stream_is_made_of_it);
	Suite *s = suite_create("fold_native");
	suite_add_tcase(s, c);
	return run_suite(s);
}
