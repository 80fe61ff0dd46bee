/* Which transcriptions and speech are accepted as complete and good. test_answer_kind.c tests texts
 * and audio themselves. */
#include "proxy/openai/family/family.h"

#include "tests/unit/answers.h"

#define HEARD "/v1/audio/transcriptions"
#define SPOKEN "/v1/audio/speech"
#define HEARD_MORE DATA("{\"type\":\"transcript.text.delta\",\"delta\":\"a\"}")
#define HEARD_ALL(text) DATA("{\"type\":\"transcript.text.done\",\"text\":\"" text "\"}")
#define SPOKEN_MORE DATA("{\"type\":\"speech.audio.delta\",\"audio\":\"AAAA\"}")
#define SPOKEN_ALL DATA("{\"type\":\"speech.audio.done\",\"usage\":{}}")

static const struct document plain[] = {
    {HEARD, "{\"text\":\"a\",\"usage\":{}}", VERDICT_FINE},
    {HEARD, "{\"text\":\"a\",\"segments\":[],\"duration\":1.5}", VERDICT_FINE},
    {HEARD, "{\"text\":\"\"}", VERDICT_EMPTY_ANSWER},
    {HEARD, "{\"text\":null}", VERDICT_UNEXPECTED_SHAPE},
    {HEARD, "{\"text\":\"a\"", VERDICT_INVALID_ANSWER},
    {HEARD, "a text", VERDICT_INVALID_ANSWER},
    {HEARD, "{\"error\":{}}", VERDICT_ERROR_INSIDE},
};

static const struct document streamed[] = {
    {HEARD, HEARD_MORE HEARD_ALL("a"), VERDICT_FINE},
    {HEARD, HEARD_MORE HEARD_ALL("a") DONE, VERDICT_FINE},
    {HEARD, HEARD_MORE DATA("{\"type\":\"transcript.text.segment\"}") HEARD_ALL("a"), VERDICT_FINE},
    {HEARD, HEARD_MORE, VERDICT_NO_TERMINAL_EVENT},
    {HEARD, HEARD_MORE DONE, VERDICT_NO_CHOICES},
    {HEARD, HEARD_ALL(""), VERDICT_EMPTY_ANSWER},
    {HEARD, HEARD_ALL("a") HEARD_MORE, VERDICT_UNEXPECTED_SHAPE},
    {HEARD, DATA("{\"type\":\"error\"}") HEARD_ALL("a"), VERDICT_ERROR_INSIDE},
    {HEARD, MORE STOP DONE, VERDICT_FINE},
    {HEARD, MORE DONE, VERDICT_FINISH_REASON},
    {HEARD, MORE STOP, VERDICT_NO_TERMINAL_EVENT},
    {HEARD, CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}") DONE,
     VERDICT_EMPTY_ANSWER},
    {SPOKEN, SPOKEN_MORE SPOKEN_MORE SPOKEN_ALL, VERDICT_FINE},
    {SPOKEN, SPOKEN_MORE SPOKEN_ALL DONE, VERDICT_FINE},
    {SPOKEN, SPOKEN_ALL, VERDICT_UNEXPECTED_SHAPE},
    {SPOKEN, SPOKEN_MORE, VERDICT_NO_TERMINAL_EVENT},
    {SPOKEN, SPOKEN_MORE DONE, VERDICT_NO_TERMINAL_EVENT},
    {SPOKEN, SPOKEN_MORE DATA("{\"type\":\"error\"}"), VERDICT_ERROR_INSIDE},
    {SPOKEN, SPOKEN_MORE MORE SPOKEN_ALL, VERDICT_UNEXPECTED_SHAPE},
};

START_TEST(plain_documents)
{
	check_documents(plain, sizeof plain / sizeof *plain, WIRE_PLAIN);
}
END_TEST

START_TEST(streamed_documents)
{
	check_documents(streamed, sizeof streamed / sizeof *streamed, WIRE_STREAM);
}
END_TEST

static enum verdict storable_plain(const char *path, enum answer_kind kind, const char *type,
				   const char *body, bool delimited)
{
	struct buf kept = buf_make(LIMIT);
	struct storable_options options = {
	    .endpoint = at(path),
	    .kind = kind,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	struct storable *j = storable_create(&options);
	storable_head(j, 200, slice_of(type), slice_of(""));
	if (!delimited)
		storable_undelimited(j);
	storable_feed(j, slice_of(body));
	enum verdict verdict = storable_finish(j);
	ck_assert(verdict != VERDICT_FINE || slice_is(buf_slice(&kept), body));
	storable_destroy(&j);
	buf_finish(&kept);
	return verdict;
}

START_TEST(what_is_no_json_has_to_be_delimited)
{
	ck_assert_int_eq(storable_plain(HEARD, ANSWER_TEXT, "text/plain", "a", true), VERDICT_FINE);
	ck_assert_int_eq(storable_plain(HEARD, ANSWER_TEXT, "text/plain", "a", false),
			 VERDICT_NOT_DELIMITED);
	ck_assert_int_eq(
	    storable_plain(HEARD, ANSWER_JSON, "application/json", "{\"text\":\"a\"}", false),
	    VERDICT_FINE);
	ck_assert_int_eq(
	    storable_plain(HEARD, ANSWER_TEXT, "application/json", "{\"text\":\"a\"}", false),
	    VERDICT_FINE);
	ck_assert_int_eq(storable_plain(HEARD, ANSWER_JSON, "text/plain", "a", true),
			 VERDICT_CONTENT_TYPE);
	ck_assert_int_eq(storable_plain(SPOKEN, ANSWER_AUDIO, "audio/wav", "RIFF", true),
			 VERDICT_FINE);
	ck_assert_int_eq(storable_plain(SPOKEN, ANSWER_AUDIO, "audio/wav", "RIFF", false),
			 VERDICT_NOT_DELIMITED);
	ck_assert_int_eq(storable_plain(SPOKEN, ANSWER_AUDIO, "audio/wav", "", true),
			 VERDICT_UNEXPECTED_SHAPE);
	ck_assert_int_eq(storable_plain(SPOKEN, ANSWER_AUDIO, "application/json", "{}", true),
			 VERDICT_CONTENT_TYPE);
}
END_TEST

static enum verdict storable_empty(enum answer_kind kind, enum wire_form form, const char *type,
				   const char *body)
{
	struct buf kept = buf_make(LIMIT);
	struct storable_options options = {
	    .endpoint = at(HEARD),
	    .form = form,
	    .kind = kind,
	    .store_empty = true,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	struct storable *j = storable_create(&options);
	storable_head(j, 200, slice_of(type), slice_of(""));
	storable_feed(j, slice_of(body));
	enum verdict verdict = storable_finish(j);
	storable_destroy(&j);
	buf_finish(&kept);
	return verdict;
}

/* cache.store_empty */
START_TEST(nothing_heard_is_stored_where_that_is_wanted)
{
	static const struct {
		enum answer_kind kind;
		enum wire_form form;
		const char *type;
		const char *body;
		enum verdict verdict;
	} cases[] = {
	    {ANSWER_JSON, WIRE_PLAIN, "application/json", "{\"text\":\"\"}", VERDICT_FINE},
	    {ANSWER_JSON, WIRE_PLAIN, "application/json", "{}", VERDICT_UNEXPECTED_SHAPE},
	    {ANSWER_TEXT, WIRE_PLAIN, "text/plain", "\n", VERDICT_FINE},
	    {ANSWER_VTT, WIRE_PLAIN, "text/vtt", "WEBVTT\n", VERDICT_FINE},
	    {ANSWER_VTT, WIRE_PLAIN, "text/vtt", "", VERDICT_UNEXPECTED_SHAPE},
	    {ANSWER_JSON, WIRE_STREAM, "text/event-stream", HEARD_ALL(""), VERDICT_FINE},
	    {ANSWER_JSON, WIRE_STREAM, "text/event-stream",
	     CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}") DONE, VERDICT_FINE},
	    {ANSWER_JSON, WIRE_STREAM, "text/event-stream", DONE, VERDICT_NO_CHOICES},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(storable_empty(cases[i].kind, cases[i].form, cases[i].type,
					     cases[i].body) == cases[i].verdict,
			      "%s", cases[i].body);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("transcriptions");
	TCase *c = tcase_create("transcriptions");
	tcase_add_test(c, plain_documents);
	tcase_add_test(c, streamed_documents);
	tcase_add_test(c, what_is_no_json_has_to_be_delimited);
	tcase_add_test(c, nothing_heard_is_stored_where_that_is_wanted);
	suite_add_tcase(s, c);
	return run_suite(s);
}
