#include "proxy/request/cache_control.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

#include <inttypes.h>
#include <stdio.h>

START_TEST(reads_directives)
{
	static const struct {
		const char *fields;
		struct cache_control cache_control;
	} cases[] = {
	    {"", {.max_age_ms = -1}},
	    {"Cache-Control:\n", {.max_age_ms = -1}},
	    {"Cache-Control: no-cache\n", {.no_cache = true, .max_age_ms = -1}},
	    {"cache-control: No-Store\n", {.no_store = true, .max_age_ms = -1}},
	    {"Cache-Control: only-if-cached\n", {.only_if_cached = true, .max_age_ms = -1}},
	    {"Cache-Control: ,no-cache , no-store,\n",
	     {.no_cache = true, .no_store = true, .max_age_ms = -1}},
	    {"Cache-Control: no-cache\nCache-Control: no-store\n",
	     {.no_cache = true, .no_store = true, .max_age_ms = -1}},
	    {"Cache-Control: no-cache=\"x\"\n", {.no_cache = true, .max_age_ms = -1}},
	    {"Cache-Control: x-no-cache, no-cached, private\n", {.max_age_ms = -1}},
	    {"Cache-Control: max-age=60\n", {.max_age_ms = 60000}},
	    {"Cache-Control: MAX-AGE = \"60\"\n", {.max_age_ms = 60000}},
	    {"Cache-Control: max-age=0\n", {.max_age_ms = 0}},
	    /* When in doubt, fresh. */
	    {"Cache-Control: max-age\n", {.max_age_ms = 0}},
	    {"Cache-Control: max-age=\n", {.max_age_ms = 0}},
	    {"Cache-Control: max-age=-5\n", {.max_age_ms = 0}},
	    {"Cache-Control: max-age=1.5\n", {.max_age_ms = 0}},
	    {"Cache-Control: max-age=\"\n", {.max_age_ms = 0}},
	    {"Cache-Control: max-age=60, max-age=30\n", {.max_age_ms = 30000}},
	    {"Cache-Control: max-age=30, max-age=60\n", {.max_age_ms = 30000}},
	    {"Cache-Control: max-age=30\nCache-Control: max-age=x\n", {.max_age_ms = 0}},
	    {"Pragma: no-cache\n", {.no_cache = true, .max_age_ms = -1}},
	    {"Pragma: x, No-Cache\n", {.no_cache = true, .max_age_ms = -1}},
	    {"Pragma: no-cache\nCache-Control: max-age=5\n", {.max_age_ms = 5000}},
	    {"Pragma: no-store\n", {.max_age_ms = -1}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fields f = fields_of(cases[i].fields);
		struct cache_control got = cache_control_read(&f, true);
		const struct cache_control *want = &cases[i].cache_control;
		ck_assert_msg(got.no_cache == want->no_cache && got.no_store == want->no_store &&
				  got.only_if_cached == want->only_if_cached &&
				  got.max_age_ms == want->max_age_ms,
			      "%s", cases[i].fields);
	}
}
END_TEST

/* As a text. */
static char *tell(const struct cache_control *c)
{
	static char told[256];
	int len = snprintf(told, sizeof told, "%s%s%s%s", c->unclear ? " unclear" : "",
			   c->no_cache ? " no-cache" : "", c->no_store ? " no-store" : "",
			   c->only_if_cached ? " only-if-cached" : "");
	if (c->ttl_ms >= 0)
		len += snprintf(told + len, sizeof told - (size_t)len, " ttl=%" PRId64, c->ttl_ms);
	if (c->max_age_ms >= 0)
		len +=
		    snprintf(told + len, sizeof told - (size_t)len, " age=%" PRId64, c->max_age_ms);
	if (c->space_len)
		snprintf(told + len, sizeof told - (size_t)len, " space=%.*s", (int)c->space_len,
			 c->space);
	return told;
}

/* Directives in headers and in the body. */
static const struct {
	const char *fields;
	const char *member; /* of the body; NULL: none */
	const char *told;
	bool compat; /* the headers are those of other caches */
} cases[] = {
    {"X-Cache-TTL: 60\n", NULL, " ttl=60000"},
    {"x-cache-ttl: 0\n", NULL, " ttl=0"},
    {"X-Cache-TTL:\n", NULL, " unclear"},
    {"X-Cache-TTL: 1h\n", NULL, " unclear"},
    {"X-Cache-TTL: -1\n", NULL, " unclear"},
    {"X-Cache-TTL: 60\nX-Cache-TTL: 30\n", NULL, " ttl=30000"},
    {"X-Cache-TTL: 30\nX-Cache-TTL: x\n", NULL, " unclear ttl=30000"},
    {"X-Cache-Namespace: a\n", NULL, " space=a"},
    {"X-Cache-Namespace:\n", NULL, ""},
    {"X-Cache-Namespace: a\nX-Cache-Namespace: a\n", NULL, " space=a"},
    {"X-Cache-Namespace: a\nX-Cache-Namespace: b\n", NULL, " unclear space=a"},
    {"X-Cache-Namespace: a\nX-Cache-Namespace: A\n", NULL, " unclear space=a"},
    {"cf-aig-skip-cache: true\n", NULL, " no-store", .compat = true},
    {"cf-aig-skip-cache: false\n", NULL, ""},
    {"cf-aig-skip-cache: x\n", NULL, " unclear", .compat = true},
    {"x-portkey-cache-force-refresh: true\n", NULL, " no-cache", .compat = true},
    {"x-bt-use-cache: never\nx-portkey-cache-force-refresh: true\n", NULL, " no-cache no-store",
     .compat = true},
    /* The stricter of header and body applies. */
    {"", "{\"ttl\":60,\"s-maxage\":30}", " ttl=60000 age=30000"},
    {"X-Cache-TTL: 30\nCache-Control: max-age=90\n", "{\"ttl\":60,\"s-maxage\":60}",
     " ttl=30000 age=60000"},
    {"X-Cache-TTL: 90\nCache-Control: max-age=30\n", "{\"ttl\":60,\"s-maxage\":60}",
     " ttl=60000 age=30000"},
    {"Cache-Control: no-store\n", "{\"no-store\":false,\"use-cache\":true}", " no-store"},
    {"Helicone-Cache-Enabled: true\n", "{\"no-store\":true}", " no-store"},
    {"Cache-Control: no-cache\n", "{\"no-store\":true}", " no-cache no-store"},
    {"", "{\"namespace\":\"a\"}", " space=a"},
    {"X-Cache-Namespace: a\n", "{\"namespace\":\"a\"}", " space=a"},
    {"X-Cache-Namespace: a\n", "{\"namespace\":\"\"}", " space=a"},
    {"X-Cache-Namespace: a\n", "{\"namespace\":\"b\"}", " unclear space=a"},
    {"X-Cache-TTL: 60\n", "7", " unclear ttl=60000"},
};

START_TEST(the_stricter_counts)
{
	struct fields f = fields_of(cases[_i].fields);
	struct cache_control got = cache_control_read(&f, true);
	if (cases[_i].member) {
		char body[128];
		struct cache_member member;
		snprintf(body, sizeof body, "{\"cache\":%s}", cases[_i].member);
		cache_member_read(slice_of(body), &member);
		cache_control_add(&got, &member);
	}
	ck_assert_str_eq(tell(&got), cases[_i].told);
	if (cases[_i].member)
		return;
	got = cache_control_read(&f, false);
	ck_assert_str_eq(tell(&got), cases[_i].compat ? "" : cases[_i].told);
}
END_TEST

START_TEST(namespaces_are_bounded)
{
	char field[512];
	for (int len = CACHE_MEMBER_SPACE; len <= CACHE_MEMBER_SPACE + 1; len++) {
		snprintf(field, sizeof field, "X-Cache-Namespace: %0*d\n", len, 0);
		struct fields f = fields_of(field);
		struct cache_control got = cache_control_read(&f, true);
		ck_assert_int_eq(got.unclear, len > CACHE_MEMBER_SPACE);
		ck_assert_uint_eq(got.space_len, got.unclear ? 0 : (size_t)len);
	}
}
END_TEST

START_TEST(large_ages_stay_large)
{
	struct fields f = fields_of("Cache-Control: max-age=99999999999999999999999999999\n");
	struct cache_control got = cache_control_read(&f, true);
	ck_assert_int_ge(got.max_age_ms, (int64_t)INT32_MAX * 1000);
}
END_TEST

START_TEST(clients_say_what_they_may)
{
	static const char said[] = "Cache-Control: no-cache, no-store, only-if-cached, max-age=5\n"
				   "X-Cache-TTL: 60\nX-Cache-Namespace: n\nx-bt-use-cache: what\n";
	struct fields f = fields_of(said);
	struct cache_control all = cache_control_read(&f, true), some = all, none = all;
	cache_control_bound(&all, CONFIG_CLIENT_HONOUR);
	ck_assert(all.no_cache && all.no_store && all.only_if_cached && all.unclear);
	ck_assert_int_eq(all.max_age_ms, 5000);
	ck_assert_int_eq(all.ttl_ms, 60000);
	ck_assert(slice_is(cache_control_space(&all), "n"));
	cache_control_bound(&some, CONFIG_CLIENT_RESTRICT);
	ck_assert(!some.no_cache && some.no_store && some.only_if_cached && some.unclear);
	ck_assert_int_eq(some.max_age_ms, -1);
	ck_assert_int_eq(some.ttl_ms, 60000);
	ck_assert(slice_is(cache_control_space(&some), "n"));
	cache_control_bound(&none, CONFIG_CLIENT_IGNORE);
	ck_assert(!none.no_cache && !none.no_store && !none.only_if_cached && !none.unclear);
	ck_assert_int_eq(none.max_age_ms, -1);
	ck_assert_int_eq(none.ttl_ms, -1);
	ck_assert_uint_eq(none.space_len, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cache_control");
	TCase *all = tcase_create("cache_control");
	tcase_add_test(all, reads_directives);
	tcase_add_loop_test(all, the_stricter_counts, 0, sizeof cases / sizeof *cases);
	tcase_add_test(all, namespaces_are_bounded);
	tcase_add_test(all, large_ages_stay_large);
	tcase_add_test(all, clients_say_what_they_may);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
