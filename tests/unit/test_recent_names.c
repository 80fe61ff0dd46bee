#include "cache/flight/recent_names.h"

#include "tests/unit/main.h"
#include "tests/unit/names.h"

START_TEST(last_for_a_while)
{
	struct recent_names *m = recent_names_create();
	struct name a = name_numbered(1), b = name_numbered(2);
	ck_assert(!recent_names_has(m, &a, 0));
	recent_names_add(m, &a, 100);
	ck_assert(recent_names_has(m, &a, 0));
	ck_assert(recent_names_has(m, &a, 99));
	ck_assert(!recent_names_has(m, &a, 100));
	ck_assert(!recent_names_has(m, &b, 0));
	recent_names_add(m, &a, 200);
	ck_assert(recent_names_has(m, &a, 150));
	recent_names_destroy(&m);
	ck_assert_ptr_null(m);
}
END_TEST

START_TEST(names_in_one_place_take_it_from_each_other)
{
	struct recent_names *m = recent_names_create();
	struct name a = name_numbered(1), b = a;
	b.identity[0] ^= 1;
	recent_names_add(m, &a, 100);
	ck_assert(!recent_names_has(m, &b, 0));
	recent_names_add(m, &b, 100);
	ck_assert(recent_names_has(m, &b, 0));
	ck_assert(!recent_names_has(m, &a, 0));
	recent_names_destroy(&m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recent_names");
	TCase *all = tcase_create("recent_names");
	tcase_add_test(all, last_for_a_while);
	tcase_add_test(all, names_in_one_place_take_it_from_each_other);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
