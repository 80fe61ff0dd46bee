#include "cache/flight/recent_keys.h"

#include "tests/unit/main.h"
#include "tests/unit/keys.h"

START_TEST(last_for_a_while)
{
	struct recent_keys *m = recent_keys_create();
	struct cache_key a = key_numbered(1), b = key_numbered(2);
	ck_assert(!recent_keys_has(m, &a, 0));
	recent_keys_add(m, &a, 100);
	ck_assert(recent_keys_has(m, &a, 0));
	ck_assert(recent_keys_has(m, &a, 99));
	ck_assert(!recent_keys_has(m, &a, 100));
	ck_assert(!recent_keys_has(m, &b, 0));
	recent_keys_add(m, &a, 200);
	ck_assert(recent_keys_has(m, &a, 150));
	recent_keys_destroy(&m);
	ck_assert_ptr_null(m);
}
END_TEST

START_TEST(names_in_one_place_take_it_from_each_other)
{
	struct recent_keys *m = recent_keys_create();
	struct cache_key a = key_numbered(1), b = a;
	b.identity[0] ^= 1;
	recent_keys_add(m, &a, 100);
	ck_assert(!recent_keys_has(m, &b, 0));
	recent_keys_add(m, &b, 100);
	ck_assert(recent_keys_has(m, &b, 0));
	ck_assert(!recent_keys_has(m, &a, 0));
	recent_keys_destroy(&m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recent_keys");
	TCase *all = tcase_create("recent_keys");
	tcase_add_test(all, last_for_a_while);
	tcase_add_test(all, names_in_one_place_take_it_from_each_other);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
