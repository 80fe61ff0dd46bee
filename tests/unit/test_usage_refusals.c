#include "proxy/upstream/usage_refusals.h"

#include "tests/unit/main.h"

#include <stdio.h>

static struct usage_refusals *u;

static void set_up(void)
{
	u = usage_refusals_create();
}

static void tear_down(void)
{
	usage_refusals_destroy(&u);
}

START_TEST(remembers_a_model_of_an_upstream)
{
	ck_assert(!usage_refusals_has(u, "a", slice_of("m"), 0));
	usage_refusals_add(u, "a", slice_of("m"), 0);
	ck_assert(usage_refusals_has(u, "a", slice_of("m"), 0));
	ck_assert(!usage_refusals_has(u, "b", slice_of("m"), 0));
	ck_assert(!usage_refusals_has(u, "a", slice_of("n"), 0));
	ck_assert(!usage_refusals_has(u, "a", slice_of(""), 0));
	usage_refusals_add(u, "a", slice_of(""), 0);
	ck_assert(usage_refusals_has(u, "a", slice_of(""), 0));
}
END_TEST

START_TEST(forgets_it_after_a_while)
{
	usage_refusals_add(u, "a", slice_of("m"), 5);
	ck_assert(usage_refusals_has(u, "a", slice_of("m"), USAGE_REFUSAL_MS + 4));
	ck_assert(!usage_refusals_has(u, "a", slice_of("m"), USAGE_REFUSAL_MS + 5));
	usage_refusals_add(u, "a", slice_of("m"), USAGE_REFUSAL_MS);
	ck_assert(usage_refusals_has(u, "a", slice_of("m"), USAGE_REFUSAL_MS + 5));
}
END_TEST

START_TEST(is_bounded)
{
	char model[32];
	for (int i = 0; i <= USAGE_REFUSALS_MOST; i++) {
		snprintf(model, sizeof model, "m%d", i);
		usage_refusals_add(u, "a", slice_of(model), i);
	}
	ck_assert(!usage_refusals_has(u, "a", slice_of("m0"), 0));
	ck_assert(usage_refusals_has(u, "a", slice_of("m1"), 0));
	ck_assert(usage_refusals_has(u, "a", slice_of(model), 0));
}
END_TEST

START_TEST(nothing_is_a_table_too)
{
	usage_refusals_add(NULL, "a", slice_of("m"), 0);
	ck_assert(!usage_refusals_has(NULL, "a", slice_of("m"), 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("usage_refusals");
	TCase *all = tcase_create("usage_refusals");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, remembers_a_model_of_an_upstream);
	tcase_add_test(all, forgets_it_after_a_while);
	tcase_add_test(all, is_bounded);
	tcase_add_test(all, nothing_is_a_table_too);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
