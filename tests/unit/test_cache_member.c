#include "proxy/openai/parse/cache_member.h"

#include "tests/unit/main.h"

#include <inttypes.h>
#include <stdio.h>

/* The value of the member, and the result. */
static const struct {
	const char *value;
	const char *says;
} values[] = {
    {"{}", ""},
    {"null", ""},
    {"true", ""},
    {"false", " no-store"},
    {"\"on\"", " unclear"},
    {"1", " unclear"},
    {"[]", " unclear"},
    {"[{\"ttl\":1}]", " unclear"},
    {"{\"ttl\":60}", " ttl=60000"},
    {"{\"ttl\":0}", " ttl=0"},
    {"{\"ttl\":1.9}", " ttl=1000"},
    {"{\"ttl\":60.0}", " ttl=60000"},
    {"{\"ttl\":null}", ""},
    {"{\"ttl\":-1}", " unclear"},
    {"{\"ttl\":-0}", " unclear"},
    {"{\"ttl\":6e1}", " unclear"},
    {"{\"ttl\":6.0e1}", " unclear"},
    {"{\"ttl\":\"60\"}", " unclear"},
    {"{\"ttl\":true}", " unclear"},
    {"{\"ttl\":{\"no-store\":true}}", " unclear"},
    {"{\"ttl\":[60],\"no-store\":true}", " unclear no-store"},
    {"{\"s-maxage\":60}", " age=60000"},
    {"{\"s-max-age\":60}", " age=60000"},
    {"{\"s-max-age\":60,\"s-maxage\":50}", " age=50000"},
    {"{\"s-max-age\":50,\"s-maxage\":60}", " age=50000"},
    {"{\"no-cache\":true}", " no-cache"},
    {"{\"no-cache\":false}", ""},
    {"{\"no-cache\":null}", ""},
    {"{\"no-cache\":\"true\"}", " unclear"},
    {"{\"no-cache\":1}", " unclear"},
    {"{\"no-store\":true}", " no-store"},
    {"{\"no-store\":0}", " unclear"},
    {"{\"use-cache\":false}", " no-store"},
    {"{\"use-cache\":true}", ""},
    {"{\"use-cache\":{}}", " unclear"},
    {"{\"use-cache\":true,\"no-store\":true}", " no-store"},
    {"{\"type\":\"exact_match\",\"ttl\":1800}", " ttl=1800000"},
    {"{\"type\":\"exact\\u005fmatch\"}", ""},
    {"{\"type\":\"semantic\"}", " unclear"},
    {"{\"no_cache\":true}", " unclear"},
    {"{\"TTL\":1}", " unclear"},
    {"{\"\":null}", " unclear"},
    {"{\"\\u0074tl\":60,\"n\\u006f-c\\u0061che\":true}", " no-cache ttl=60000"},
    {"{\"namespace\":\"a b\"}", " space=a b"},
    {"{\"namespace\":\"\\u0061\\/\\n\"}", " space=a/\n"},
    {"{\"namespace\":\"\"}", ""},
    {"{\"namespace\":null}", ""},
    {"{\"namespace\":7}", " unclear"},
    {"{\"ttl\":1,\"namespace\":\"n\",\"s-maxage\":2,\"no-cache\":true,\"no-store\":true}",
     " no-cache no-store ttl=1000 age=2000 space=n"},
};

START_TEST(reads_what_it_says)
{
	char body[256], says[128];
	struct cache_member got;
	snprintf(body, sizeof body, "{\"a\":{\"cache\":{\"ttl\":7}},\"cache\":%s}",
		 values[_i].value);
	cache_member_read(slice_of(body), &got);
	int len = snprintf(says, sizeof says, "%s%s%s", got.unclear ? " unclear" : "",
			   got.no_cache ? " no-cache" : "", got.no_store ? " no-store" : "");
	if (got.ttl_ms >= 0)
		len += snprintf(says + len, sizeof says - (size_t)len, " ttl=%" PRId64, got.ttl_ms);
	if (got.max_age_ms >= 0)
		len += snprintf(says + len, sizeof says - (size_t)len, " age=%" PRId64,
				got.max_age_ms);
	if (got.space_len)
		snprintf(says + len, sizeof says - (size_t)len, " space=%.*s", (int)got.space_len,
			 got.space);
	ck_assert_str_eq(says, values[_i].says);
}
END_TEST

START_TEST(bounds_namespaces)
{
	char body[2048];
	struct cache_member got;
	for (int len = CACHE_MEMBER_SPACE; len <= CACHE_MEMBER_SPACE + 1; len++) {
		snprintf(body, sizeof body, "{\"cache\":{\"namespace\":\"%0*d\"}}", len, 0);
		cache_member_read(slice_of(body), &got);
		ck_assert_int_eq(got.unclear, len > CACHE_MEMBER_SPACE);
		ck_assert_uint_eq(got.space_len, got.unclear ? 0 : (size_t)len);
	}
	/* Six bytes for each. */
	size_t at = (size_t)snprintf(body, sizeof body, "{\"cache\":{\"namespace\":\"");
	for (int i = 0; i < CACHE_MEMBER_SPACE; i++)
		at += (size_t)snprintf(body + at, sizeof body - at, "\\u0000");
	snprintf(body + at, sizeof body - at, "\"}}");
	cache_member_read(slice_of(body), &got);
	ck_assert(!got.unclear);
	ck_assert_uint_eq(got.space_len, CACHE_MEMBER_SPACE);
}
END_TEST

/* A body, and what is left when the member is cut out. */
static const struct {
	const char *body, *left;
} cuts[] = {
    {"{}", "{}"},
    {"{\"a\":1}", "{\"a\":1}"},
    {"{\"a\":{\"cache\":1}}", "{\"a\":{\"cache\":1}}"},
    {"{\"a\":\"cache\"}", "{\"a\":\"cache\"}"},
    {"{\"Cache\":1,\"cache \":1}", "{\"Cache\":1,\"cache \":1}"},
    {"{\"cache\":1}", "{}"},
    {"{\"cache\":{}}", "{}"},
    {" { \"cache\" : { } } ", " {  } "},
    {"{\"cache\":1,\"a\":1}", "{\"a\":1}"},
    {"{\"cache\":1 , \"a\":1}", "{ \"a\":1}"},
    {"{\n\t\"cache\":[1,{}]\r\n,\"a\":1}", "{\n\t\"a\":1}"},
    {"{\"a\":1,\"cache\":1}", "{\"a\":1}"},
    {"{\"a\":1 , \"cache\" : {\"b\":[1,2]} }", "{\"a\":1  }"},
    {"{\"a\":1,\"cache\":\"}\",\"b\":2}", "{\"a\":1,\"b\":2}"},
    {"{\"a\":\",\" ,\n\"cache\":null\n,\"b\":2}", "{\"a\":\",\" \n,\"b\":2}"},
    {"{\"\\u0063ach\\u0065\":1,\"a\":1}", "{\"a\":1}"},
    {"{\"\\u0063\\u0061\\u0063\\u0068\\u0065\":1}", "{}"},
    {"{\"cache\":\"a\\\"b\",\"a\":1}", "{\"a\":1}"},
    {"{\"cache\":-1.5e3,\"a\":1}", "{\"a\":1}"},
    {"{\"a\":[{\"b\":[]}],\"cache\":{\"x\":{\"y\":[{}]}},\"c\":{}}",
     "{\"a\":[{\"b\":[]}],\"c\":{}}"},
};

START_TEST(says_what_to_cut)
{
	char left[256];
	struct cache_member got;
	struct slice body = slice_of(cuts[_i].body);
	cache_member_read(body, &got);
	ck_assert_uint_le(got.at + got.len, body.len);
	snprintf(left, sizeof left, "%.*s%s", (int)got.at, body.at, body.at + got.at + got.len);
	ck_assert_str_eq(left, cuts[_i].left);
	ck_assert_int_eq(got.len > 0, strcmp(cuts[_i].body, cuts[_i].left) != 0);
}
END_TEST

START_TEST(tells_seconds)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
	    {"0", 0},	{"60", 60000}, {"0060", 60000}, {"", -1},   {"-1", -1},
	    {"+1", -1}, {"1.5", -1},   {"1s", -1},	{" 1", -1}, {"0x1", -1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_int_eq(cache_member_seconds(slice_of(cases[i].text)), cases[i].ms);
	ck_assert_int_ge(cache_member_seconds(slice_of("99999999999999999999999999")),
			 (int64_t)INT32_MAX * 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cache_member");
	TCase *all = tcase_create("cache_member");
	tcase_add_loop_test(all, reads_what_it_says, 0, sizeof values / sizeof *values);
	tcase_add_test(all, bounds_namespaces);
	tcase_add_loop_test(all, says_what_to_cut, 0, sizeof cuts / sizeof *cuts);
	tcase_add_test(all, tells_seconds);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
