/* How fold reads a stream, and streams of all sizes. */
#include "tests/unit/main.h"
#include "tests/unit/wire_forms.h"

#define CHUNK "\"object\":\"chat.completion.chunk\""
#define FINISH "{" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}"
#define USAGE "{" CHUNK ",\"choices\":[],\"usage\":{}}"

#define ANSWER                                                                                     \
	"{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","    \
	"\"message\":{}}],\"usage\":{}}"
#define LINE_FINISH "data: " FINISH "\n\n"
#define LINE_USAGE "data: " USAGE "\n\n"
#define LINE_DONE "data: [DONE]\n\n"

/* Frames with comments, other fields and other ends of lines. */
static const struct {
	const char *stream;
	bool fine;
} framings[] = {
    {LINE_FINISH LINE_USAGE LINE_DONE, true},
    {"data:" FINISH "\r\n\r\n" LINE_USAGE "data:[DONE]\r\r", true},
    {":\n\n: PROCESSING\n\n" LINE_FINISH "\n\n:\n\n" LINE_USAGE LINE_DONE ":\n\n", true},
    {"event: ping\ndata: {\"type\":\"ping\"}\n\n" LINE_FINISH LINE_USAGE LINE_DONE, true},
    {"data: null\n\n" LINE_FINISH LINE_USAGE LINE_DONE, true},
    {"id: 1\nretry: 5\n\n" LINE_FINISH LINE_USAGE LINE_DONE, true},
    {"data: {" CHUNK ",\ndata: \"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\n"
     "data: \"stop\"}]}\n\n" LINE_USAGE LINE_DONE,
     true},
    {"\xef\xbb\xbf" LINE_FINISH LINE_USAGE LINE_DONE, true},

    {"", false},
    {LINE_FINISH LINE_USAGE "data: [DONE]\n", false},
    {LINE_FINISH LINE_USAGE LINE_DONE "data", false},
    {LINE_FINISH LINE_USAGE "data: [DONE] \n\n", false},
    {LINE_FINISH LINE_USAGE LINE_DONE "data: null\n\n", false},
    {"event: error\ndata: {}\n\n" LINE_FINISH LINE_USAGE LINE_DONE, false},
    {LINE_FINISH LINE_USAGE LINE_DONE "event: error\ndata: {}\n\n", false},
    {"data: {\"error\":{\"message\":\"no\"}}\n\n" LINE_FINISH LINE_USAGE LINE_DONE, false},
    {"data: \n\n" LINE_FINISH LINE_USAGE LINE_DONE, false},
    {"data: 5\n\n" LINE_FINISH LINE_USAGE LINE_DONE, false},
    {"data: \"text\"\n\n" LINE_FINISH LINE_USAGE LINE_DONE, false},
};

START_TEST(frames)
{
	struct buf object = folded(FAMILY_CHAT, slice_of(framings[_i].stream));
	struct slice answer = slice_of(ANSWER);
	ck_assert_msg(json_equal(buf_slice(&object), answer) == framings[_i].fine, "%s",
		      framings[_i].stream);
	ck_assert(framings[_i].fine || object.len == 0);
	buf_finish(&object);
}
END_TEST

START_TEST(what_is_folded_is_appended)
{
	static const char stream[] = LINE_FINISH LINE_USAGE LINE_DONE;
	struct buf out = buf_make(1 << 10);
	ck_assert(buf_append_text(&out, "before"));
	ck_assert(!fold(FAMILY_CHAT, slice_of("data: 5\n\n"), &out));
	ck_assert(slice_is(buf_slice(&out), "before"));
	ck_assert(fold(FAMILY_CHAT, slice_of(stream), &out));
	ck_assert(json_equal(slice_after(buf_slice(&out), strlen("before")), slice_of(ANSWER)));
	buf_finish(&out);
	struct buf small = buf_make(sizeof(ANSWER) - 2);
	ck_assert(!fold(FAMILY_CHAT, slice_of(stream), &small));
	ck_assert_uint_eq(small.len, 0);
	buf_finish(&small);
}
END_TEST

START_TEST(families_that_do_not_stream)
{
	static const enum endpoint_family families[] = {FAMILY_EMBEDDINGS, FAMILY_RERANK,
							FAMILY_TOKENS};
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct buf object = folded(families[i], slice_of(LINE_FINISH LINE_USAGE LINE_DONE));
		ck_assert_uint_eq(object.len, 0);
		struct buf stream = unfolded(families[i], slice_of(ANSWER), true, 0);
		ck_assert_uint_eq(stream.len, 0);
		buf_finish(&object);
		buf_finish(&stream);
	}
}
END_TEST

START_TEST(thousands_of_choices)
{
	enum { CHOICES = 4096 };
	struct buf stream = buf_make(WIRE_FORMS_LIMIT);
	for (int round = 0; round < 4; round++)
		for (int i = CHOICES - 1; i >= 0; i--)
			ck_assert(buf_printf(&stream,
					     "data: {" CHUNK
					     ",\"choices\":[{\"index\":%d,\"delta\":{\"content\":"
					     "\"w\"},\"finish_reason\":%s}]}\n\n",
					     i, round == 3 ? "\"stop\"" : "null"));
	ck_assert(buf_append_text(&stream, "data: " USAGE "\n\ndata: [DONE]\n\n"));
	struct buf object = folded(FAMILY_CHAT, buf_slice(&stream));
	struct json_tree *t = json_tree_create(WIRE_FORMS_LIMIT);
	struct json_node *choices =
	    json_node_member(json_tree_read(t, buf_slice(&object)), "choices");
	ck_assert(choices && json_node_count(choices) == CHOICES);
	for (struct json_node *c = choices->first; c; c = c->next)
		ck_assert(json_node_is(json_node_member(json_node_member(c, "message"), "content"),
				       "wwww"));
	json_tree_destroy(&t);
	buf_finish(&object);
	buf_finish(&stream);
}
END_TEST

/* 16 MiB, a large part of it lists of numbers. */
START_TEST(large_streams)
{
	struct buf stream = buf_make(WIRE_FORMS_LIMIT);
	unsigned events = 0;
	for (; stream.len < 16 << 20; events++)
		ck_assert(buf_append_text(
		    &stream,
		    "data: {" CHUNK ",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
		    "\" word\"},\"logprobs\":{\"content\":[{\"token\":\" word\",\"bytes\":["
		    "32,119,111,114,100],\"logprob\":-1.5}]},\"finish_reason\":null}]}"
		    "\n\n"));
	ck_assert(
	    buf_append_text(&stream, "data: " FINISH "\n\ndata: " USAGE "\n\ndata: [DONE]\n\n"));
	struct buf object = folded(FAMILY_CHAT, buf_slice(&stream));
	ck_assert_uint_gt(object.len, events * 60);
	buf_finish(&object);
	buf_finish(&stream);
}
END_TEST

/* One-digit numbers alone would make a tree many times their size. */
START_TEST(dense_streams)
{
	struct buf stream = buf_make(WIRE_FORMS_LIMIT);
	ck_assert(buf_append_text(&stream, "data: {\"x\":[0"));
	for (int i = 0; i < 1 << 18; i++)
		ck_assert(buf_append_text(&stream, ",0"));
	ck_assert(buf_append_text(
	    &stream, "]," CHUNK ",\"choices\":[]}\n\n" LINE_FINISH LINE_USAGE LINE_DONE));
	struct buf object = folded(FAMILY_CHAT, buf_slice(&stream));
	ck_assert_uint_eq(object.len, 0);
	buf_finish(&object);
	buf_finish(&stream);
}
END_TEST

/* What would take long to search is refused quickly. */
START_TEST(many_members)
{
	static const char *const places[][2] = {
	    {"\"choices\":[],", ""},
	    {"\"choices\":[{\"index\":0,\"delta\":{},", "}]"},
	    {"\"choices\":[{\"index\":0,\"delta\":{", "}}]"},
	};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct buf stream = buf_make(WIRE_FORMS_LIMIT);
		for (int k = 0; k < 20000; k++)
			ck_assert(buf_printf(&stream, "data: {" CHUNK ",%s\"m%d\":1%s}\n\n",
					     places[i][0], k, places[i][1]));
		ck_assert(buf_append_text(&stream, LINE_FINISH LINE_USAGE LINE_DONE));
		struct buf object = folded(FAMILY_CHAT, buf_slice(&stream));
		ck_assert_uint_eq(object.len, 0);
		buf_finish(&object);
		buf_finish(&stream);
	}
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("fold");
	tcase_add_loop_test(c, frames, 0, sizeof(framings) / sizeof(framings[0]));
	tcase_add_test(c, what_is_folded_is_appended);
	tcase_add_test(c, families_that_do_not_stream);
	tcase_add_test(c, thousands_of_choices);
	tcase_add_test(c, large_streams);
	tcase_add_test(c, dense_streams);
	tcase_add_test(c, many_members);
	Suite *s = suite_create("fold");
	suite_add_tcase(s, c);
	return run_suite(s);
}
