#include "proxy/header/compat_headers.h"

#include "tests/unit/main.h"

static const struct {
	const char *name, *value;
	enum compat_header_meaning meaning;
	bool ours;
} cases[] = {
    {"X-Cache-Namespace", "a", COMPAT_HEADER_SPACE, .ours = true},
    {"x-cache-ttl", "60", COMPAT_HEADER_TTL, .ours = true},
    {"cf-aig-cache-key", "a", COMPAT_HEADER_SPACE},
    {"cf-aig-cache-ttl", "60", COMPAT_HEADER_TTL},
    {"cf-aig-skip-cache", "true", COMPAT_HEADER_NO_STORE},
    {"CF-AIG-Skip-Cache", "True", COMPAT_HEADER_NO_STORE},
    {"cf-aig-skip-cache", "false", COMPAT_HEADER_NOTHING},
    {"cf-aig-skip-cache", "1", COMPAT_HEADER_UNCLEAR},
    {"cf-aig-skip-cache", "", COMPAT_HEADER_UNCLEAR},
    {"Helicone-Cache-Enabled", "true", COMPAT_HEADER_NOTHING},
    {"Helicone-Cache-Enabled", "false", COMPAT_HEADER_NO_STORE},
    {"Helicone-Cache-Enabled", "no", COMPAT_HEADER_UNCLEAR},
    {"Helicone-Cache-Seed", "a", COMPAT_HEADER_SPACE},
    {"X-OpenRouter-Cache", "true", COMPAT_HEADER_NOTHING},
    {"X-OpenRouter-Cache", "false", COMPAT_HEADER_NO_STORE},
    {"X-OpenRouter-Cache", "x", COMPAT_HEADER_UNCLEAR},
    {"X-OpenRouter-Cache-Clear", "true", COMPAT_HEADER_NO_CACHE},
    {"X-OpenRouter-Cache-Clear", "false", COMPAT_HEADER_NOTHING},
    {"X-OpenRouter-Cache-Clear", "x", COMPAT_HEADER_UNCLEAR},
    {"X-OpenRouter-Cache-TTL", "60", COMPAT_HEADER_TTL},
    {"x-bt-cache-ttl", "60", COMPAT_HEADER_TTL},
    {"x-bt-use-cache", "always", COMPAT_HEADER_NOTHING},
    {"x-bt-use-cache", "auto", COMPAT_HEADER_NOTHING},
    {"x-bt-use-cache", "never", COMPAT_HEADER_NO_STORE},
    {"x-bt-use-cache", "true", COMPAT_HEADER_UNCLEAR},
    {"x-higress-skip-ai-cache", "on", COMPAT_HEADER_NO_STORE},
    {"x-higress-skip-ai-cache", "off", COMPAT_HEADER_NOTHING},
    {"x-higress-skip-ai-cache", "true", COMPAT_HEADER_UNCLEAR},
    {"x-portkey-cache-force-refresh", "true", COMPAT_HEADER_NO_CACHE},
    {"x-portkey-cache-force-refresh", "false", COMPAT_HEADER_NOTHING},
    {"x-portkey-cache-force-refresh", "x", COMPAT_HEADER_UNCLEAR},
    {"x-portkey-cache-namespace", "a", COMPAT_HEADER_SPACE},
};

START_TEST(each_has_its_meaning)
{
	struct slice name = slice_of(cases[_i].name), value = slice_of(cases[_i].value);
	enum compat_header_meaning got;
	ck_assert(compat_header_read(name, value, true, &got));
	ck_assert_int_eq(got, cases[_i].meaning);
	ck_assert(compat_header_is(name, true));
	ck_assert_int_eq(compat_header_is(name, false), cases[_i].ours);
	ck_assert_int_eq(compat_header_read(name, value, false, &got), cases[_i].ours);
}
END_TEST

START_TEST(others_are_none)
{
	static const char *const names[] = {
	    "",
	    "X-Cache",
	    "Cache-Control",
	    "X-Cache-TTL2",
	    "cf-aig-cache",
	    "X-Stainless",
	    "Host",
	    "x-bf-cache-key",
	    "Content-Type",
	    "cf-ray",
	    "Cookie",
	    "Authorization",
	    "x-portkey-config",
	    "Helicone-Auth",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		ck_assert_msg(!compat_header_is(slice_of(names[i]), true), "%s", names[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compat_headers");
	TCase *all = tcase_create("compat_headers");
	tcase_add_loop_test(all, each_has_its_meaning, 0, sizeof cases / sizeof *cases);
	tcase_add_test(all, others_are_none);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
