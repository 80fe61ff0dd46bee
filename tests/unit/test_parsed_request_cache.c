/* The member `cache` of a body, and the body without it. */
#include "proxy/openai/parse/parsed_request.h"

#include "tests/unit/main.h"

#include <stdio.h>

#define CHAT "/v1/chat/completions"

static struct canonical *canonical;

static void set_up(void)
{
	canonical = canonical_create();
}

static void tear_down(void)
{
	canonical_destroy(&canonical);
}

static void read_ask(const char *body, bool for_us, struct buf *form,
		     struct parsed_request *ret_parsed)
{
	struct parsed_request_options options = {.cache_member = for_us};
	memset(ret_parsed, 0xa5, sizeof *ret_parsed);
	parsed_request_read(endpoint_find(slice_of("POST"), slice_of(CHAT)), canonical,
			    slice_of(body), &options, form, ret_parsed);
}

/* A body; what is sent; and what is sent to request usage, if that differs. */
static const struct {
	const char *body, *cut, *told;
} cases[] = {
#define TELL "\"stream_options\":{\"include_usage\":true}"
    {"{\"model\":\"m\",\"cache\":{}}", "{\"model\":\"m\"}", NULL},
    {"{\"cache\":{},\"stream\":true}", "{\"stream\":true}", "{" TELL ",\"stream\":true}"},
    {"{ \"cache\":{}, \"stream\":true}", "{  \"stream\":true}", "{" TELL ",  \"stream\":true}"},
    {"{\"stream\":true,\"cache\":{}}", "{\"stream\":true}", "{" TELL ",\"stream\":true}"},
    {"{\"stream\":true,\"cache\":1,\"stream_options\":null}",
     "{\"stream\":true,\"stream_options\":null}", "{\"stream\":true," TELL "}"},
    {"{\"stream\":true,\"stream_options\":null,\"cache\":1}",
     "{\"stream\":true,\"stream_options\":null}", "{\"stream\":true," TELL "}"},
    {"{\"cache\":1,\"stream\":true,\"stream_options\":{\"include_usage\":false}}",
     "{\"stream\":true,\"stream_options\":{\"include_usage\":false}}",
     "{\"stream\":true," TELL "}"},
    {"{\"stream_options\":{\"include_usage\":null},\"cache\":1,\"stream\":true}",
     "{\"stream_options\":{\"include_usage\":null},\"stream\":true}", "{" TELL ",\"stream\":true}"},
};

START_TEST(both_edits_go_together)
{
	struct buf form = buf_make(1 << 16), body = buf_make(1 << 12);
	struct parsed_request got;
	read_ask(cases[_i].body, true, &form, &got);
	ck_assert(got.verdict == VERDICT_FINE);
	ck_assert(buf_append_text(&body, cases[_i].body) && parsed_request_edit(&got.cut, &body));
	ck_assert_msg(slice_is(buf_slice(&body), cases[_i].cut), "%.*s",
		      SLICE_FMT(buf_slice(&body)));
	ck_assert_int_eq(got.tell_usage.text != NULL, cases[_i].told != NULL);
	if (cases[_i].told) {
		ck_assert(parsed_request_edit(&got.tell_usage, &body));
		ck_assert_msg(slice_is(buf_slice(&body), cases[_i].told), "%.*s",
			      SLICE_FMT(buf_slice(&body)));
	}
	buf_finish(&form);
	buf_finish(&body);
}
END_TEST

/* Whether the member is removed from a body that is not looked up, and the verdict. */
static const struct {
	const char *body;
	enum verdict verdict;
	bool cut;
} bypasses[] = {
    {"{\"cache\":{},\"a\":1,\"a\":1}", VERDICT_DUPLICATE_MEMBER, true},
    {"{\"cache\":{\"ttl\":1,\"ttl\":2}}", VERDICT_DUPLICATE_MEMBER, true},
    {"{\"cache\":{},\"cache\":{}}", VERDICT_DUPLICATE_MEMBER, false},
    {"{\"cache\":{},\"\\u0063ache\":{}}", VERDICT_DUPLICATE_MEMBER, false},
    {"{\"cache\":{},\"kv_transfer_params\":{}}", VERDICT_KV_TRANSFER, true},
    {"{\"cache\":{},\"stream\":1}", VERDICT_STREAM_UNCLEAR, true},
    {"{\"cache\":{}", VERDICT_INVALID_JSON, false},
    {"{\"cache\":{}}x", VERDICT_TRAILING_BYTES, false},
    {"{\"cache\":{\"namespace\":\"\\ud800\"}}", VERDICT_LONE_SURROGATE, false},
    {"{\"cache\":{\"namespace\":\"\xff\"}}", VERDICT_NOT_UTF8, false},
    {"[{\"cache\":{}}]", VERDICT_NOT_AN_OBJECT, false},
    {"", VERDICT_EMPTY_BODY, false},
};

START_TEST(bypasses_are_cut_where_that_can_be)
{
	struct buf form = buf_make(1 << 16);
	struct parsed_request got;
	read_ask(bypasses[_i].body, true, &form, &got);
	ck_assert_str_eq(verdict_text(got.verdict), verdict_text(bypasses[_i].verdict));
	ck_assert_int_eq(got.cut.text != NULL, bypasses[_i].cut);
	ck_assert_uint_eq(form.len, 0);
	buf_finish(&form);
}
END_TEST

static bool same_form(const char *a, const char *b, bool for_us)
{
	struct buf one = buf_make(1 << 16), two = buf_make(1 << 16);
	struct parsed_request got;
	read_ask(a, for_us, &one, &got);
	read_ask(b, for_us, &two, &got);
	bool same = slice_equal(buf_slice(&one), buf_slice(&two));
	buf_finish(&one);
	buf_finish(&two);
	return same;
}

START_TEST(is_part_of_the_name_only_where_it_is_not_for_us)
{
	ck_assert(same_form("{\"a\":1}", "{\"cache\":{\"ttl\":1},\"a\":1}", true));
	ck_assert(!same_form("{\"a\":1}", "{\"cache\":{\"ttl\":1},\"a\":1}", false));
	ck_assert(!same_form("{\"a\":{}}", "{\"a\":{\"cache\":1}}", true));
	/* Nothing is removed from members that the upstream may read. */
	ck_assert(same_form("{}", "{\"cache\":{\"file_id\":\"f\",\"uuid\":\"u\"}}", true));
	struct buf form = buf_make(1 << 16);
	struct parsed_request got;
	read_ask("{\"cache\":{\"no-store\":true}}", false, &form, &got);
	ck_assert(got.verdict == VERDICT_FINE && !got.cut.text);
	buf_finish(&form);
}
END_TEST

START_TEST(tells_the_model)
{
	static const struct {
		const char *body, *model;
	} models[] = {
	    {"{}", ""},
	    {"{\"model\":\"gpt-4\"}", "gpt-4"},
	    {"{\"m\\u006fdel\":\"gpt\\u002d\\/4\"}", "gpt-/4"},
	    {"{\"model\":null}", ""},
	    {"{\"model\":7}", ""},
	    {"{\"model\":{\"model\":\"x\"}}", ""},
	    {"{\"model\":[\"x\"]}", ""},
	    {"{\"x\":{\"model\":\"x\"}}", ""},
	};
	char body[PARSED_REQUEST_MODEL + 64];
	struct buf form = buf_make(1 << 16);
	struct parsed_request got;
	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		read_ask(models[i].body, true, &form, &got);
		ck_assert(slice_is(slice_make(got.model, got.model_len), models[i].model));
	}
	for (int len = PARSED_REQUEST_MODEL; len <= PARSED_REQUEST_MODEL + 1; len++) {
		snprintf(body, sizeof body, "{\"model\":\"%0*d\"}", len, 0);
		read_ask(body, true, &form, &got);
		ck_assert_uint_eq(got.model_len, len > PARSED_REQUEST_MODEL ? 0 : (size_t)len);
	}
	buf_finish(&form);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parsed_request_cache");
	TCase *all = tcase_create("parsed_request_cache");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_loop_test(all, both_edits_go_together, 0, sizeof cases / sizeof *cases);
	tcase_add_loop_test(all, bypasses_are_cut_where_that_can_be, 0,
			    sizeof bypasses / sizeof *bypasses);
	tcase_add_test(all, is_part_of_the_name_only_where_it_is_not_for_us);
	tcase_add_test(all, tells_the_model);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
