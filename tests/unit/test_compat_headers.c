#include "proxy/header/compat_headers.h"

#include "tests/unit/main.h"

static const struct {
	const char *name, *value;
	enum alias_meaning meaning;
	bool ours;
} cases[] = {
    {"X-Cache-Namespace", "a", ALIAS_SPACE, .ours = true},
    {"x-cache-ttl", "60", ALIAS_TTL, .ours = true},
    {"cf-aig-cache-key", "a", ALIAS_SPACE},
    {"cf-aig-cache-ttl", "60", ALIAS_TTL},
    {"cf-aig-skip-cache", "true", ALIAS_NO_STORE},
    {"CF-AIG-Skip-Cache", "True", ALIAS_NO_STORE},
    {"cf-aig-skip-cache", "false", ALIAS_NOTHING},
    {"cf-aig-skip-cache", "1", ALIAS_UNCLEAR},
    {"cf-aig-skip-cache", "", ALIAS_UNCLEAR},
    {"Helicone-Cache-Enabled", "true", ALIAS_NOTHING},
    {"Helicone-Cache-Enabled", "false", ALIAS_NO_STORE},
    {"Helicone-Cache-Enabled", "no", ALIAS_UNCLEAR},
    {"Helicone-Cache-Seed", "a", ALIAS_SPACE},
    {"X-OpenRouter-Cache", "true", ALIAS_NOTHING},
    {"X-OpenRouter-Cache", "false", ALIAS_NO_STORE},
    {"X-OpenRouter-Cache", "x", ALIAS_UNCLEAR},
    {"X-OpenRouter-Cache-Clear", "true", ALIAS_NO_CACHE},
    {"X-OpenRouter-Cache-Clear", "false", ALIAS_NOTHING},
    {"X-OpenRouter-Cache-Clear", "x", ALIAS_UNCLEAR},
    {"X-OpenRouter-Cache-TTL", "60", ALIAS_TTL},
    {"x-bt-cache-ttl", "60", ALIAS_TTL},
    {"x-bt-use-cache", "always", ALIAS_NOTHING},
    {"x-bt-use-cache", "auto", ALIAS_NOTHING},
    {"x-bt-use-cache", "never", ALIAS_NO_STORE},
    {"x-bt-use-cache", "true", ALIAS_UNCLEAR},
    {"x-higress-skip-ai-cache", "on", ALIAS_NO_STORE},
    {"x-higress-skip-ai-cache", "off", ALIAS_NOTHING},
    {"x-higress-skip-ai-cache", "true", ALIAS_UNCLEAR},
    {"x-portkey-cache-force-refresh", "true", ALIAS_NO_CACHE},
    {"x-portkey-cache-force-refresh", "false", ALIAS_NOTHING},
    {"x-portkey-cache-force-refresh", "x", ALIAS_UNCLEAR},
    {"x-portkey-cache-namespace", "a", ALIAS_SPACE},
};

START_TEST(each_has_its_meaning)
{
	struct slice name = slice_of(cases[_i].name), value = slice_of(cases[_i].value);
	enum alias_meaning got;
	ck_assert(alias_read(name, value, true, &got));
	ck_assert_int_eq(got, cases[_i].meaning);
	ck_assert(alias_is(name, true));
	ck_assert_int_eq(alias_is(name, false), cases[_i].ours);
	ck_assert_int_eq(alias_read(name, value, false, &got), cases[_i].ours);
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
		ck_assert_msg(!alias_is(slice_of(names[i]), true), "%s", names[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("aliases");
	TCase *all = tcase_create("aliases");
	tcase_add_loop_test(all, each_has_its_meaning, 0, sizeof cases / sizeof *cases);
	tcase_add_test(all, others_are_none);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
