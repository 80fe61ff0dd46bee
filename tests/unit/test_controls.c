#include "proxy/controls.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

START_TEST(reads_directives)
{
	static const struct {
		const char *fields;
		struct controls controls;
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
		struct controls got = controls_read(&f, true);
		const struct controls *want = &cases[i].controls;
		ck_assert_msg(got.no_cache == want->no_cache && got.no_store == want->no_store &&
				  got.only_if_cached == want->only_if_cached &&
				  got.max_age_ms == want->max_age_ms,
			      "%s", cases[i].fields);
	}
}
END_TEST

START_TEST(large_ages_stay_large)
{
	struct fields f = fields_of("Cache-Control: max-age=99999999999999999999999999999\n");
	struct controls got = controls_read(&f, true);
	ck_assert_int_ge(got.max_age_ms, (int64_t)INT32_MAX * 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("controls");
	TCase *all = tcase_create("controls");
	tcase_add_test(all, reads_directives);
	tcase_add_test(all, large_ages_stay_large);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
