#include "proxy/openai/parse/parsed_request.h"

#include "tests/unit/main.h"

#define CHAT "/v1/chat/completions"
#define RESPONSES "/v1/responses"
#define MESSAGES "/v1/messages"
#define OPTIONS(stream, options) "{\"a\":1,\"stream\":" stream ",\"stream_options\":" options "}"

/* Stream options: the requested wire form, and the body that requests usage. */
static const struct {
	const char *path;
	const char *body;
	enum verdict verdict;
	enum wire_form form;
	const char *edited; /* NULL: nothing to change */
} streams[] = {
    {CHAT, "{\"a\":1}", VERDICT_FINE, WIRE_PLAIN, NULL},
    {CHAT, OPTIONS("false", "{\"include_usage\":true}"), VERDICT_FINE, WIRE_PLAIN, NULL},
    {CHAT, "{\"stream\":true}", VERDICT_FINE, WIRE_STREAM,
     "{\"stream_options\":{\"include_usage\":true},\"stream\":true}"},
    {CHAT, " \n{ \"stream\" : true }", VERDICT_FINE, WIRE_STREAM,
     " \n{\"stream_options\":{\"include_usage\":true}, \"stream\" : true }"},
    {CHAT, OPTIONS("true", "null"), VERDICT_FINE, WIRE_STREAM,
     OPTIONS("true", "{\"include_usage\":true}")},
    {CHAT, OPTIONS("true", "{\"include_usage\":false}"), VERDICT_FINE, WIRE_STREAM,
     OPTIONS("true", "{\"include_usage\":true}")},
    {CHAT, OPTIONS("true", "{\"include_usage\" : null }"), VERDICT_FINE, WIRE_STREAM,
     OPTIONS("true", "{\"include_usage\" : true }")},
    {CHAT, OPTIONS("true", "{\"include_usage\":true}"), VERDICT_FINE, WIRE_STREAM_USAGE, NULL},
    {CHAT, OPTIONS("true", "{\"include_obfuscation\":false,\"include_usage\":false}"), VERDICT_FINE,
     WIRE_STREAM, OPTIONS("true", "{\"include_obfuscation\":false,\"include_usage\":true}")},
    {CHAT, OPTIONS("true", "{\"include_usage\":true,\"continuous_usage_stats\":false}"),
     VERDICT_FINE, WIRE_STREAM_USAGE, NULL},
    {"/v1/completions", "{\"stream\":true}", VERDICT_FINE, WIRE_STREAM,
     "{\"stream_options\":{\"include_usage\":true},\"stream\":true}"},

    {CHAT, OPTIONS("true", "{}"), VERDICT_STREAM_OPTIONS, WIRE_STREAM, NULL},
    {CHAT, OPTIONS("true", "{\"include_obfuscation\":true}"), VERDICT_STREAM_OPTIONS, WIRE_STREAM,
     NULL},
    {CHAT, OPTIONS("true", "{\"include_usage\":1}"), VERDICT_STREAM_OPTIONS, WIRE_STREAM, NULL},
    {CHAT, OPTIONS("true", "{\"include_usage\":{}}"), VERDICT_STREAM_OPTIONS, WIRE_STREAM, NULL},
    {CHAT, OPTIONS("true", "{\"include_usage\":true,\"continuous_usage_stats\":true}"),
     VERDICT_STREAM_OPTIONS, WIRE_STREAM_USAGE, NULL},
    {CHAT, OPTIONS("true", "{\"include_usage\":true,\"new\":[]}"), VERDICT_STREAM_OPTIONS,
     WIRE_STREAM_USAGE, NULL},

    /* These streams always contain usage. */
    {RESPONSES, "{\"stream\":true}", VERDICT_FINE, WIRE_STREAM, NULL},
    {RESPONSES, OPTIONS("true", "{}"), VERDICT_FINE, WIRE_STREAM, NULL},
    {RESPONSES, OPTIONS("true", "{\"include_obfuscation\":false}"), VERDICT_FINE, WIRE_STREAM,
     NULL},
    {RESPONSES, OPTIONS("true", "{\"include_usage\":true}"), VERDICT_FINE, WIRE_STREAM, NULL},
    {RESPONSES, OPTIONS("true", "{\"new\":1}"), VERDICT_STREAM_OPTIONS, WIRE_STREAM, NULL},
    {MESSAGES, "{\"stream\":true}", VERDICT_FINE, WIRE_STREAM, NULL},
    {"/completion", "{\"stream\":true}", VERDICT_FINE, WIRE_STREAM, NULL},
    {"/completions", "{\"stream\":true}", VERDICT_FINE, WIRE_STREAM, NULL},
};

START_TEST(streams_are_made_to_tell_their_usage)
{
	static const struct parsed_request_options no_options;
	struct canonical *canonical = canonical_create();
	struct buf form = buf_make(1 << 16);
	struct parsed_request got;
	parsed_request_read(endpoint_find(slice_of("POST"), slice_of(streams[_i].path)), canonical,
			    slice_of(streams[_i].body), &no_options, &form, &got);
	canonical_destroy(&canonical);
	buf_finish(&form);
	ck_assert_str_eq(verdict_text(got.verdict), verdict_text(streams[_i].verdict));
	ck_assert_int_eq(got.form, streams[_i].form);
	ck_assert_int_eq(got.tell_usage.text != NULL, streams[_i].edited != NULL);
	if (!streams[_i].edited)
		return;
	struct buf body = buf_make(1 << 10);
	ck_assert(buf_append_text(&body, streams[_i].body));
	ck_assert(parsed_request_edit(&got.tell_usage, &body));
	ck_assert(slice_is(buf_slice(&body), streams[_i].edited));
	buf_finish(&body);
}
END_TEST

START_TEST(an_edit_that_does_not_fit_changes_nothing)
{
	struct parsed_request_edit edit = {.at = 1, .text = "\"b\":1,"};
	struct buf body = buf_make(8);
	ck_assert(buf_append_text(&body, "{\"a\":1}"));
	ck_assert(!parsed_request_edit(&edit, &body));
	ck_assert(slice_is(buf_slice(&body), "{\"a\":1}"));
	buf_finish(&body);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parsed_request_streams");
	TCase *all = tcase_create("parsed_request_streams");
	tcase_add_loop_test(all, streams_are_made_to_tell_their_usage, 0,
			    sizeof(streams) / sizeof(streams[0]));
	tcase_add_test(all, an_edit_that_does_not_fit_changes_nothing);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
