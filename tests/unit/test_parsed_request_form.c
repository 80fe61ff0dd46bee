/* Requests that are forms, and requests for speech. */
#include "proxy/openai/parse/parsed_request.h"

#include "tests/unit/main.h"

#define HEARD "/v1/audio/transcriptions"
#define SPOKEN "/v1/audio/speech"
#define PART(name, content)                                                                        \
	"--B\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" content "\r\n"
#define AUDIO                                                                                      \
	"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n"         \
	"https://bytes\r\n"
#define FORM(parts) AUDIO parts "--B--\r\n"

static struct parsed_request read_ask(const char *path, const char *body,
				      struct parsed_request_options options, struct buf *form)
{
	struct canonical *canonical = canonical_create();
	struct parsed_request parsed;
	options.content_type = slice_of("multipart/form-data; boundary=B");
	parsed_request_read(endpoint_find(slice_of("POST"), slice_of(path)), canonical,
			    slice_of(body), &options, form, &parsed);
	canonical_destroy(&canonical);
	return parsed;
}

static struct parsed_request parse(const char *path, const char *body)
{
	struct buf form = buf_make(1 << 12);
	struct parsed_request parsed =
	    read_ask(path, body, (struct parsed_request_options){0}, &form);
	ck_assert((parsed.verdict == VERDICT_FINE) == (form.len > 0));
	buf_finish(&form);
	return parsed;
}

START_TEST(verdicts_of_forms)
{
	static const struct {
		const char *body;
		enum verdict verdict;
	} cases[] = {
	    {FORM(""), VERDICT_FINE},
	    {FORM(PART("model", "m") PART("prompt", "see https://x")), VERDICT_FINE},
	    {FORM(PART("timestamp_granularities[]", "word")
		      PART("timestamp_granularities[]", "segment")),
	     VERDICT_FINE},
	    {FORM(PART("known_speaker_references[]", "data:audio/wav;base64,AAAA")), VERDICT_FINE},
	    {FORM(PART("url", "https://x/a.wav")), VERDICT_REMOTE_MEDIA},
	    {FORM(PART("known_speaker_references[]", "https://x/a.wav")), VERDICT_STORED_OBJECT},
	    {FORM(PART("file_url", "file:a.wav")), VERDICT_REMOTE_MEDIA},
	    {FORM(PART("file", "a.wav")), VERDICT_FINE},
	    {FORM(PART("file_id", "f-1")), VERDICT_FILE_REFERENCE},
	    {FORM(PART("model", "m") PART("model", "n")), VERDICT_DUPLICATE_MEMBER},
	    {FORM(PART("stream", "true") PART("stream", "false")), VERDICT_DUPLICATE_MEMBER},
	    {AUDIO, VERDICT_INVALID_FORM},
	    {"{}", VERDICT_INVALID_FORM},
	    {"", VERDICT_EMPTY_BODY},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(parse(HEARD, cases[i].body).verdict == cases[i].verdict, "%s",
			      cases[i].body);
}
END_TEST

START_TEST(what_a_form_asks_for)
{
	struct parsed_request parsed = parse(HEARD, FORM(PART("model", "whisper-1")));
	ck_assert(slice_is(slice_make(parsed.model, parsed.model_len), "whisper-1"));
	ck_assert(parsed.form == WIRE_PLAIN && parsed.kind == ANSWER_JSON && !parsed.by_chance);
	ck_assert(!parsed.cut.text && !parsed.tell_usage.text);
	ck_assert(parse(HEARD, FORM(PART("stream", "true"))).form == WIRE_STREAM);
	ck_assert(parse(HEARD, FORM(PART("stream", "True"))).form == WIRE_STREAM);
	ck_assert(parse(HEARD, FORM(PART("stream", "false"))).form == WIRE_PLAIN);
	ck_assert(parse(HEARD, FORM(PART("response_format", "text"))).kind == ANSWER_TEXT);
	ck_assert(parse(HEARD, FORM(PART("response_format", "srt"))).kind == ANSWER_SRT);
	ck_assert(parse(HEARD, FORM(PART("response_format", "vtt"))).kind == ANSWER_VTT);
	ck_assert(parse(HEARD, FORM(PART("response_format", "verbose_json"))).kind == ANSWER_JSON);
}
END_TEST

/* A form has no limit and no number of choices. */
START_TEST(nothing_is_expected_of_its_answer)
{
	struct parsed_request parsed =
	    parse(HEARD, FORM(PART("model", "whisper-1") PART("max_tokens", "1")));
	ck_assert_int_eq(parsed.expects.length_limit, -1);
	ck_assert_uint_eq(parsed.expects.choices, 0);
	ck_assert(!parsed.expects.one_form);
}
END_TEST

START_TEST(chance_is_asked_for)
{
	ck_assert(!parse(HEARD, FORM(PART("temperature", "0"))).by_chance);
	ck_assert(!parse(HEARD, FORM(PART("temperature", "0.0"))).by_chance);
	ck_assert(parse(HEARD, FORM(PART("temperature", "0.2"))).by_chance);
	ck_assert(!parse(HEARD, FORM(PART("temperature", "1") PART("seed", "4"))).by_chance);
	ck_assert(parse(HEARD, FORM(PART("temperature", "1") PART("seed", ""))).by_chance);
}
END_TEST

START_TEST(ignored_fields_stay_out)
{
	static const char *const ignored[] = {"trace"};
	struct parsed_request_options options = {.ignore = ignored, .ignore_count = 1};
	struct buf a = buf_make(1 << 12), b = buf_make(1 << 12);
	read_ask(HEARD, FORM(PART("a", "1")), options, &a);
	read_ask(HEARD, FORM(PART("user", "u") PART("a", "1") PART("trace", "t")), options, &b);
	ck_assert(a.len && slice_equal(buf_slice(&a), buf_slice(&b)));
	/* cache.count */
	static const char *const counted[] = {"user"};
	options.count = counted;
	options.count_count = 1;
	buf_clear(&b);
	read_ask(HEARD, FORM(PART("user", "u") PART("a", "1") PART("trace", "t")), options, &b);
	ck_assert(b.len && !slice_equal(buf_slice(&a), buf_slice(&b)));
	buf_finish(&a);
	buf_finish(&b);
}
END_TEST

START_TEST(the_path_names_the_model)
{
	struct parsed_request_options options = {.deployment = slice_of("d-1")};
	struct buf form = buf_make(1 << 12);
	struct parsed_request parsed = read_ask(HEARD, FORM(PART("model", "m")), options, &form);
	ck_assert(slice_is(slice_make(parsed.model, parsed.model_len), "d-1"));
	parsed = read_ask("/v1/chat/completions", "{\"model\":\"m\"}", options, &form);
	ck_assert(slice_is(slice_make(parsed.model, parsed.model_len), "d-1"));
	parsed = read_ask("/v1/chat/completions", "{}", options, &form);
	ck_assert(slice_is(slice_make(parsed.model, parsed.model_len), "d-1"));
	options.deployment = slice_of("sonar-pro");
	parsed = read_ask("/v1/chat/completions", "{\"model\":\"m\"}", options, &form);
	ck_assert(parsed.verdict == VERDICT_WEB_SEARCH);
	parsed = read_ask("/v1/responses", "{}", options, &form);
	ck_assert(parsed.verdict == VERDICT_WEB_SEARCH);
	/* Requests that generate nothing do not search the web. */
	parsed = read_ask(HEARD, FORM(PART("model", "m")), options, &form);
	ck_assert(parsed.verdict == VERDICT_FINE);
	buf_finish(&form);
}
END_TEST

START_TEST(speech)
{
	struct parsed_request parsed =
	    parse(SPOKEN, "{\"input\":\"see https://x\",\"voice\":\"a\"}");
	ck_assert(parsed.verdict == VERDICT_FINE && parsed.form == WIRE_PLAIN);
	ck_assert(parsed.kind == ANSWER_AUDIO && parsed.by_chance);
	ck_assert(!parse(SPOKEN, "{\"seed\":1}").by_chance);
	ck_assert(parse(SPOKEN, "{\"stream_format\":\"sse\"}").form == WIRE_STREAM);
	ck_assert(parse(SPOKEN, "{\"stream_format\":\"audio\"}").form == WIRE_PLAIN);
	ck_assert(parse(SPOKEN, "{\"voice\":{\"id\":\"v\"}}").verdict == VERDICT_FILE_REFERENCE);
	ck_assert(parse("/pooling", "{\"data\":{}}").verdict == VERDICT_SERVER_TOOL);
	ck_assert(parse("/pooling", "{\"input\":\"a\"}").verdict == VERDICT_FINE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("parsed_request_form");
	TCase *c = tcase_create("parsed_request_form");
	tcase_add_test(c, verdicts_of_forms);
	tcase_add_test(c, what_a_form_asks_for);
	tcase_add_test(c, nothing_is_expected_of_its_answer);
	tcase_add_test(c, chance_is_asked_for);
	tcase_add_test(c, ignored_fields_stay_out);
	tcase_add_test(c, the_path_names_the_model);
	tcase_add_test(c, speech);
	suite_add_tcase(s, c);
	return run_suite(s);
}
