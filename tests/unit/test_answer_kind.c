#include "proxy/openai/storable/answer_kind.h"

#include "tests/unit/main.h"

START_TEST(types_of_kinds)
{
	static const struct {
		enum answer_kind asked;
		const char *type;
		bool came;
		enum answer_kind kind;
	} cases[] = {
	    {ANSWER_JSON, "application/json; charset=utf-8", true, ANSWER_JSON},
	    {ANSWER_JSON, "text/plain", false, ANSWER_JSON},
	    {ANSWER_TEXT, "text/plain; charset=utf-8", true, ANSWER_TEXT},
	    {ANSWER_TEXT, "application/json", true, ANSWER_JSON},
	    {ANSWER_TEXT, "text/html", false, ANSWER_TEXT},
	    {ANSWER_TEXT, "", false, ANSWER_TEXT},
	    {ANSWER_SRT, "text/plain", true, ANSWER_SRT},
	    {ANSWER_SRT, "application/x-subrip", true, ANSWER_SRT},
	    {ANSWER_SRT, "application/json", false, ANSWER_SRT},
	    {ANSWER_VTT, "text/vtt", true, ANSWER_VTT},
	    {ANSWER_VTT, "text/srt", false, ANSWER_VTT},
	    {ANSWER_AUDIO, "audio/mpeg", true, ANSWER_AUDIO},
	    {ANSWER_AUDIO, "Audio/pcm;rate=24000", true, ANSWER_AUDIO},
	    {ANSWER_AUDIO, "application/octet-stream", true, ANSWER_AUDIO},
	    {ANSWER_AUDIO, "audio/", false, ANSWER_AUDIO},
	    {ANSWER_AUDIO, "application/json", false, ANSWER_AUDIO},
	    {ANSWER_AUDIO, "text/plain", false, ANSWER_AUDIO},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum answer_kind kind = cases[i].asked;
		bool came = answer_kind_matches(&kind, slice_of(cases[i].type));
		ck_assert_msg(came == cases[i].came && kind == cases[i].kind, "%s", cases[i].type);
	}
}
END_TEST

START_TEST(bodies_of_kinds)
{
	static const struct {
		enum answer_kind kind;
		const char *body;
		enum verdict verdict;
	} cases[] = {
	    {ANSWER_TEXT, "Hello.\n", VERDICT_FINE},
	    {ANSWER_TEXT, "", VERDICT_EMPTY_ANSWER},
	    {ANSWER_TEXT, " \r\n", VERDICT_EMPTY_ANSWER},
	    {ANSWER_TEXT, "a\xff", VERDICT_INVALID_ANSWER},
	    {ANSWER_TEXT, "\xc3\xa9", VERDICT_FINE},
	    {ANSWER_SRT, "1\n00:00:00,000 --> 00:00:01,000\na\n\n", VERDICT_FINE},
	    {ANSWER_SRT, "\n", VERDICT_EMPTY_ANSWER},
	    {ANSWER_SRT, "Internal error", VERDICT_UNEXPECTED_SHAPE},
	    {ANSWER_VTT, "WEBVTT\n\n00:00.000 --> 00:01.000\na\n", VERDICT_FINE},
	    {ANSWER_VTT, "\xef\xbb\xbfWEBVTT\n\n00:00.000 --> 00:01.000\na\n", VERDICT_FINE},
	    {ANSWER_VTT, "WEBVTT\n\n", VERDICT_EMPTY_ANSWER},
	    {ANSWER_VTT, "", VERDICT_UNEXPECTED_SHAPE},
	    {ANSWER_VTT, "a WEBVTT", VERDICT_UNEXPECTED_SHAPE},
	    {ANSWER_AUDIO, "RIFF\xff\xff", VERDICT_FINE},
	    {ANSWER_AUDIO, "", VERDICT_UNEXPECTED_SHAPE},
	    {ANSWER_AUDIO, "{\"error\":{}}", VERDICT_UNEXPECTED_SHAPE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(answer_kind_verdict(cases[i].kind, slice_of(cases[i].body)) ==
				  cases[i].verdict,
			      "%s", cases[i].body);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("answer_kind");
	TCase *c = tcase_create("answer_kind");
	tcase_add_test(c, types_of_kinds);
	tcase_add_test(c, bodies_of_kinds);
	suite_add_tcase(s, c);
	return run_suite(s);
}
