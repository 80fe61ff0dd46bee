#include "proxy/openai/error.h"

#include "cache/key/json_scan.h"
#include "tests/unit/main.h"

#include <stdio.h>

static const char *spell(enum error_shape shape, unsigned status, const char *message)
{
	static char text[1024];
	struct buf out = buf_make(sizeof(text) - 1);
	ck_assert(
	    error_body(shape, status, "upstream_error", "upstream_unreachable", message, &out));
	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(buf_slice(&out)));
	ck_assert(json_valid(buf_slice(&out)));
	buf_finish(&out);
	return text;
}

START_TEST(spells_openai)
{
	ck_assert_str_eq(spell(ERROR_OPENAI, 502, "no \"one\""),
			 "{\"error\":{\"message\":\"no \\\"one\\\"\",\"type\":\"upstream_error\","
			 "\"param\":null,\"code\":\"upstream_unreachable\"}}");
}
END_TEST

START_TEST(spells_anthropic)
{
	static const struct {
		unsigned status;
		const char *type;
	} cases[] = {
	    {400, "invalid_request_error"},
	    {401, "authentication_error"},
	    {403, "permission_error"},
	    {404, "not_found_error"},
	    {405, "invalid_request_error"},
	    {413, "request_too_large"},
	    {429, "rate_limit_error"},
	    {500, "api_error"},
	    {502, "api_error"},
	    {503, "overloaded_error"},
	    {504, "timeout_error"},
	    {529, "overloaded_error"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char want[256];
		snprintf(want, sizeof(want),
			 "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"m\"}}",
			 cases[i].type);
		ck_assert_str_eq(spell(ERROR_ANTHROPIC, cases[i].status, "m"), want);
	}
}
END_TEST

START_TEST(message_of_any_bytes_is_a_json_string)
{
	static const struct {
		const char *message;
		const char *spelled;
	} cases[] = {
	    {"", ""},
	    {"a\\b", "a\\\\b"},
	    {"\n\x01\x7f", "\\u000a\\u0001\\u007f"},
	    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
	    {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	    {"x\xffy", "x\xef\xbf\xbdy"},
	    {"\xc3", "\xef\xbf\xbd"},				      /* cut */
	    {"\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* cut */
	    {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},		      /* overlong */
	    {"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong */
	    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
	    {"\xf5\x80", "\xef\xbf\xbd\xef\xbf\xbd"},		      /* above U+10FFFF */
	    {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* too */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char want[256];
		snprintf(
		    want, sizeof(want),
		    "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"%s\"}}",
		    cases[i].spelled);
		ck_assert_str_eq(spell(ERROR_ANTHROPIC, 500, cases[i].message), want);
	}
}
END_TEST

START_TEST(every_byte_pair_is_valid_json)
{
	for (unsigned first = 1; first < 256; first++)
		for (unsigned second = 1; second < 256; second++) {
			char message[] = {(char)first, (char)second, 0};
			spell(ERROR_OPENAI, 500, message); /* checks it */
		}
}
END_TEST

START_TEST(full_buffer_is_left_as_it_was)
{
	struct buf out = buf_make(40);
	ck_assert(buf_append_text(&out, "before"));
	ck_assert(!error_body(ERROR_OPENAI, 500, "t", "c", "a message too long for it", &out));
	ck_assert(slice_is(buf_slice(&out), "before"));
	buf_finish(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("error");
	TCase *all = tcase_create("error");
	tcase_add_test(all, spells_openai);
	tcase_add_test(all, spells_anthropic);
	tcase_add_test(all, message_of_any_bytes_is_a_json_string);
	tcase_add_test(all, every_byte_pair_is_valid_json);
	tcase_add_test(all, full_buffer_is_left_as_it_was);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
