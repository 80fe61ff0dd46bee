/* Streams of responses, folded. */
#include "tests/unit/response_events.h"
#include "tests/unit/typed_events.h"

/* ## Recorded */

/* Random members, or times; and llama.cpp's streams contain neither the time of their end nor the
 * status of reasoning. */
#define DIFFERENT "id", "created_at", "completed_at", "output[].id"

START_TEST(recorded_pairs_mean_the_same)
{
	static const char *const but[] = {DIFFERENT, NULL};
	assert_recorded(FAMILY_RESPONSES, "resp-nonstream", "resp-stream", but);
	static const char *const reasoning[] = {DIFFERENT, "output[].status", NULL};
	assert_recorded(FAMILY_RESPONSES, "think-responses", "think-responses-stream", reasoning);
	/* The two were sampled: other words, other arguments, another number of tokens. */
	static const char *const sampled[] = {
	    DIFFERENT, "usage", "output[].call_id", "output[].arguments", "output[].content[].text",
	    NULL};
	assert_recorded(FAMILY_RESPONSES, "resp-tools", "resp-tools-stream", sampled);
}
END_TEST

/* ## Fold */

START_TEST(the_last_event_has_it_all)
{
	static const char *const objects[] = {
	    PLAIN(""),
	    PLAIN(MESSAGE("completed", TEXT("\\u00e9 \\ud83d\\ude00"))),
	    PLAIN("{\"type\":\"new\",\"x\":1.50}"),
	    RESPONSE("incomplete", "", USAGE),
	};
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		struct buf stream = buf_make(WIRE_FORMS_LIMIT);
		ck_assert(buf_printf(
		    &stream,
		    CREATED IN_PROGRESS EVENT("keepalive", ",\"sequence_number\":2") EVENT(
			"response.output_text.delta", ",\"item_id\":\"msg_1\",\"delta\":\"a\"")
			EVENT("response.completed",
			      ",\"response\":%s,\"sequence_number\":9,\"timings\":{}"),
		    objects[i]));
		struct buf object = folded(FAMILY_RESPONSES, buf_slice(&stream));
		ck_assert_msg(slice_is(buf_slice(&object), objects[i]), "%.*s",
			      SLICE_FMT(buf_slice(&object)));
		buf_finish(&stream);
		buf_finish(&object);
	}
}
END_TEST

START_TEST(an_answer_that_was_cut_short)
{
	struct buf object = folded(
	    FAMILY_RESPONSES, slice_of(CREATED EVENT("response.incomplete", ",\"response\":" CUT)));
	ck_assert(slice_is(buf_slice(&object), CUT));
	buf_finish(&object);
}
END_TEST

#define DONE EVENT("response.output_item.done", ",\"output_index\":0,\"item\":{}")

START_TEST(streams_that_are_refused)
{
	static const char *const bad[] = {
	    "",
	    CREATED,
	    CREATED IN_PROGRESS,
	    COMPLETED(PLAIN("")),
	    CREATED CREATED COMPLETED(PLAIN("")),
	    IN_PROGRESS CREATED COMPLETED(PLAIN("")),
	    CREATED COMPLETED(PLAIN("")) COMPLETED(PLAIN("")),
	    CREATED COMPLETED(PLAIN("")) IN_PROGRESS,
	    CREATED EVENT("response.created", "") COMPLETED(PLAIN("")),
	    EVENT("response.created", "") COMPLETED(PLAIN("")),
	    CREATED EVENT("error", ",\"code\":\"x\",\"message\":\"m\"") COMPLETED(PLAIN("")),
	    CREATED "data: {\"error\":{\"message\":\"m\"}}\n\n" COMPLETED(PLAIN("")),
	    CREATED EVENT("response.failed", ",\"response\":" PLAIN("")) COMPLETED(PLAIN("")),
	    CREATED EVENT("news", "") COMPLETED(PLAIN("")),
	    CREATED "data: {}\n\n" COMPLETED(PLAIN("")),
	    CREATED "data: {\"type\":{}}\n\n" COMPLETED(PLAIN("")),
	    CREATED "data: 1\n\n" COMPLETED(PLAIN("")),
	    CREATED EVENT("response.completed", ""),
	    CREATED COMPLETED("1"),
	    CREATED COMPLETED(RESPONSE("failed", "", USAGE)),
	    CREATED COMPLETED(RESPONSE("in_progress", "", USAGE)),
	    CREATED EVENT("response.incomplete", ",\"response\":{\"output\":[],\"usage\":{}}"),
	    CREATED COMPLETED(RESPONSE("completed", "", "null")),
	    CREATED COMPLETED("{\"status\":\"completed\",\"usage\":{}}"),
	    CREATED COMPLETED("{\"status\":\"completed\",\"output\":{},\"usage\":{}}"),
	    CREATED COMPLETED("{\"status\":\"completed\",\"output\":[],\"usage\":{},\"error\":{}}"),
	    /* an item has disappeared */
	    CREATED DONE DONE COMPLETED(PLAIN(MESSAGE("completed", ""))),
	    CREATED DONE COMPLETED(PLAIN("")),
	    /* may be a part of the object */
	    CREATED EVENT("response.completed", ",\"news\":1,\"response\":" PLAIN("")),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(FAMILY_RESPONSES, bad[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fold_responses");
	TCase *c = tcase_create("fold");
	tcase_add_test(c, recorded_pairs_mean_the_same);
	tcase_add_test(c, the_last_event_has_it_all);
	tcase_add_test(c, an_answer_that_was_cut_short);
	tcase_add_test(c, streams_that_are_refused);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
