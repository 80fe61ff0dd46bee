#include "proxy/openai/wire/replay.h"

#include "tests/unit/main.h"

enum { ZERO = 1, FRESH = 2 };

static const struct {
	enum wire_form form;
	unsigned what;
	const char *in;
	const char *out; /* NULL: the same */
} cases[] = {
    {WIRE_PLAIN, ZERO, "{\"id\":\"a\",\"usage\":{\"prompt_tokens\":3,\"d\":{\"cached_tokens\":1}}}",
     "{\"id\":\"a\",\"usage\":{\"prompt_tokens\":0,\"d\":{\"cached_tokens\":0}}}"},
    {WIRE_PLAIN, ZERO, "{\"usage\":null,\"n\":5,\"choices\":[{\"usage\":{\"a\":1}}]}", NULL},
    {WIRE_PLAIN, ZERO, "{\"usage\":{\"a\":1},\"b\":2}", "{\"usage\":{\"a\":0},\"b\":2}"},
    {WIRE_PLAIN, FRESH,
     "{ \"id\" : \"chatcmpl-abc\", \"created\": 5, \"x\":[{\"id\":\"call_1\"}] }",
     "{ \"id\" : \"chatcmpl-NEW\", \"created\": 99, \"x\":[{\"id\":\"call_1\"}] }"},
    {WIRE_PLAIN, FRESH, "{\"id\":\"plain\",\"usage\":{\"a\":1}}",
     "{\"id\":\"NEW\",\"usage\":{\"a\":1}}"},
    {WIRE_PLAIN, FRESH, "{\"id\":5,\"created\":\"x\"}", NULL},
    {WIRE_PLAIN, FRESH, "{\"id\":\"\"}", NULL},
    {WIRE_PLAIN, FRESH,
     "{\"id\":\"resp_1\",\"created_at\":1.5,\"completed_at\":null,"
     "\"output\":[{\"id\":\"msg_1\",\"created\":1}]}",
     "{\"id\":\"resp_NEW\",\"created_at\":99,\"completed_at\":null,"
     "\"output\":[{\"id\":\"msg_1\",\"created\":1}]}"},
    {WIRE_PLAIN, ZERO | FRESH, "{\"id\":\"a\",\"usage\":{\"id\":\"b\",\"c\":1}}",
     "{\"id\":\"NEW\",\"usage\":{\"id\":\"b\",\"c\":0}}"},
    {WIRE_PLAIN, ZERO | FRESH, "{\"id\":\"a\",", NULL},
    {WIRE_PLAIN, ZERO | FRESH, "[{\"id\":\"a\"}]", NULL},
    {WIRE_STREAM, ZERO | FRESH,
     "data: {\"id\":\"c-1\",\"choices\":[]}\n\ndata: {\"id\":\"c-1\",\"usage\":{\"a\":1}}\n\n"
     "data: [DONE]\n\n",
     "data: {\"id\":\"c-NEW\",\"choices\":[]}\n\ndata: {\"id\":\"c-NEW\",\"usage\":{\"a\":0}}\n\n"
     "data: [DONE]\n\n"},
    {WIRE_STREAM, ZERO | FRESH,
     "event: message_start\ndata: "
     "{\"message\":{\"id\":\"msg_1\",\"usage\":{\"input_tokens\":4}}}\n\n"
     "event: content_block_start\ndata: {\"content_block\":{\"id\":\"toolu_1\"}}\n\n",
     "event: message_start\ndata: {\"message\":{\"id\":\"msg_NEW\",\"usage\":{\"input_tokens\":0}}}"
     "\n\nevent: content_block_start\ndata: {\"content_block\":{\"id\":\"toolu_1\"}}\n\n"},
    {WIRE_STREAM, ZERO | FRESH,
     "data: {\"item_id\":\"msg_1\",\"response\":{\"id\":\"resp_1\",\"usage\":{\"a\":[1]}}}\n\n",
     "data: {\"item_id\":\"msg_1\",\"response\":{\"id\":\"resp_NEW\",\"usage\":{\"a\":[0]}}}\n\n"},
    {WIRE_STREAM, ZERO | FRESH, ": ping\r\n\r\ndata:{\"id\":\"a\"}\r\nid: 1\r\n\r\n",
     ": ping\r\n\r\ndata:{\"id\":\"NEW\"}\r\nid: 1\r\n\r\n"},
    {WIRE_STREAM, FRESH, "data: {\"id\":\ndata: \"a\"}\n\n", NULL},
    {WIRE_STREAM, FRESH, "data:\n\n", NULL},
};

static struct replay_options options_of(unsigned what)
{
	return (struct replay_options){
	    .zero_usage = what & ZERO,
	    .fresh_id = what & FRESH,
	    .id = slice_of("NEW"),
	    .created = 99,
	};
}

START_TEST(changes_what_it_should_and_nothing_else)
{
	struct replay_options options = options_of(cases[_i].what);
	const char *expected = cases[_i].out ? cases[_i].out : cases[_i].in;
	struct buf out = buf_make(1 << 16);
	ck_assert(replay(cases[_i].form, slice_of(cases[_i].in), &options, &out));
	ck_assert_msg(slice_is(buf_slice(&out), expected), "%.*s", SLICE_FMT(buf_slice(&out)));
	buf_finish(&out);
}
END_TEST

START_TEST(says_when_there_is_no_room)
{
	struct replay_options options = options_of(ZERO | FRESH);
	for (size_t room = 0; room < 16; room++) {
		struct buf out = buf_make(room);
		ck_assert(!replay(WIRE_PLAIN, slice_of("{\"id\":\"abcdefgh\"}"), &options, &out) ||
			  room >= 12);
		ck_assert(
		    !replay(WIRE_STREAM, slice_of("data: {\"id\":\"ab\"}\n\n"), &options, &out));
		buf_finish(&out);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *all = tcase_create("replay");
	tcase_add_loop_test(all, changes_what_it_should_and_nothing_else, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(all, says_when_there_is_no_room);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
