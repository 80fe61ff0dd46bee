#include "proxy/header/header_value.h"

#include "tests/unit/main.h"

static const struct config_list none;

static const struct {
	enum header_filter filter;
	const char *value;
	const char *counts; /* NULL: nothing */
} cases[] = {
    {FILTER_NONE, "", ""},
    {FILTER_NONE, "a, b", "a, b"},
    {FILTER_CONTENT_TYPE, "application/json", "application/json"},
    {FILTER_CONTENT_TYPE, "application/json; charset=utf-8", "application/json"},
    {FILTER_CONTENT_TYPE, "Application/JSON;charset=\"UTF-8\"", "application/json"},
    {FILTER_CONTENT_TYPE, "application/json; charset=latin-1", "application/json; charset=latin-1"},
    {FILTER_CONTENT_TYPE, "application/json; charset=utf-8; a=b",
     "application/json; charset=utf-8; a=b"},
    {FILTER_CONTENT_TYPE, "application/json; charset", "application/json; charset"},
    {FILTER_CONTENT_TYPE, "application/json;", "application/json;"},
    {FILTER_CONTENT_TYPE, "text/plain; charset=utf-8", "text/plain; charset=utf-8"},
    {FILTER_CONTENT_TYPE, "", ""},
    /* curl, undici; openai; anthropic's streams; axios; jQuery; MCP; OkHttp; Chrome, Firefox,
       Safari. */
    {FILTER_ACCEPT, "*/*", NULL},
    {FILTER_ACCEPT, "application/json", NULL},
    {FILTER_ACCEPT, "text/event-stream", NULL},
    {FILTER_ACCEPT, "application/json, text/plain, */*", NULL},
    {FILTER_ACCEPT, "application/json, text/javascript, */*; q=0.01", NULL},
    {FILTER_ACCEPT, "application/json,text/event-stream", NULL},
    {FILTER_ACCEPT, "text/event-stream, application/json;q=0.9", NULL},
    {FILTER_ACCEPT, "Application/JSON; charset=utf-8", NULL},
    {FILTER_ACCEPT,
     "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
     "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
     NULL},
    {FILTER_ACCEPT,
     "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
     "image/png,image/svg+xml,*/*;q=0.8",
     NULL},
    {FILTER_ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", NULL},
    /* Values that request something else. */
    {FILTER_ACCEPT, "", ""},
    {FILTER_ACCEPT, "text/plain", "text/plain"},
    {FILTER_ACCEPT, "text/html", "text/html"},
    {FILTER_ACCEPT, "text/plain, */*", "text/plain, */*"},
    {FILTER_ACCEPT, "application/x-ndjson", "application/x-ndjson"},
    {FILTER_ACCEPT, "application/x-ndjson, */*", "application/x-ndjson, */*"},
    {FILTER_ACCEPT, "application/vnd.amazon.eventstream", "application/vnd.amazon.eventstream"},
    {FILTER_ACCEPT, "application/json;q=0.1, text/plain", "application/json;q=0.1, text/plain"},
    {FILTER_ACCEPT, "text/html, application/json;q=0", "text/html, application/json;q=0"},
    {FILTER_ACCEPT, "text/html, application/json;q=0.00", "text/html, application/json;q=0.00"},
    {FILTER_ACCEPT, "application/json;profile=x", "application/json;profile=x"},
    {FILTER_ACCEPT, "application/json;odata=verbose, */*", "application/json;odata=verbose, */*"},
    {FILTER_ACCEPT, "*/*,", "*/*,"},
    {FILTER_ACCEPT, "*/*;", "*/*;"},
    {FILTER_ACCEPT_LANGUAGE, "*", NULL},
    {FILTER_ACCEPT_LANGUAGE, "de, *", "de, *"},
    {FILTER_ACCEPT_LANGUAGE, "", ""},
    {FILTER_ACCEPT_CHARSET, "UTF-8", NULL},
    {FILTER_ACCEPT_CHARSET, "*", NULL},
    {FILTER_ACCEPT_CHARSET, "latin-1", "latin-1"},
    {FILTER_FORWARDED, "for=1.2.3.4;proto=https;by=9", NULL},
    {FILTER_FORWARDED, "For=\"[2001:db8::1]:47011\", for=unknown", NULL},
    {FILTER_FORWARDED, "for=1;Host=a.example, for=2", ",a.example"},
    {FILTER_FORWARDED, "for=1 ; host = \"a:8\" , host=b", ",\"a:8\",b"},
    {FILTER_FORWARDED, "host=b, host=a", ",b,a"},
    {FILTER_FORWARDED, "for=\"a;host=b\"", "=for=\"a;host=b\""},
    {FILTER_FORWARDED, "for=\"a, host=b", "=for=\"a, host=b"},
    {FILTER_FORWARDED, "for=\"a\\\"\"", "=for=\"a\\\"\""},
    {FILTER_FORWARDED, "", NULL},
    {FILTER_COOKIE, "a=1; AWSALB=x;b=2", "a=1;b=2"},
    {FILTER_COOKIE, "AWSALB=x; __cf_bm=y", NULL},
    {FILTER_COOKIE, "", NULL},
};

enum { CASES = sizeof cases / sizeof *cases };

START_TEST(tells_what_counts)
{
	struct buf out = buf_make(1 << 12);
	struct slice value = slice_of(cases[_i].value);
	bool counts;
	ck_assert(header_value_append(cases[_i].filter, value, &none, &out, &counts));
	ck_assert_msg(counts == (cases[_i].counts != NULL), "%s", cases[_i].value);
	if (counts)
		ck_assert_msg(slice_is(buf_slice(&out), cases[_i].counts), "%s: %.*s",
			      cases[_i].value, SLICE_FMT(buf_slice(&out)));
	ck_assert_uint_le(out.len, value.len + 1);
	for (size_t limit = 0; limit < out.len; limit++) {
		struct buf small = buf_make(limit);
		ck_assert(!header_value_append(cases[_i].filter, value, &none, &small, &counts));
		buf_finish(&small);
	}
	buf_finish(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header_value");
	TCase *all = tcase_create("header_value");
	tcase_add_loop_test(all, tells_what_counts, 0, CASES);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
