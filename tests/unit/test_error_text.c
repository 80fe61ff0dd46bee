#include "base/error_text.h"

#include "tests/unit/main.h"

#include <string.h>

START_TEST(says_what_and_where)
{
	struct error_text why;
	ck_assert(!error_text_set(&why, "must be %s", "a size"));
	ck_assert_str_eq(why.text, "must be a size");
	ck_assert(!error_text_wrap(&why, "cache.%s", "memory"));
	ck_assert(!error_text_wrap(&why, "reprise.yaml:%d", 7));
	ck_assert_str_eq(why.text, "reprise.yaml:7: cache.memory: must be a size");
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
	ck_assert(!error_text_set(NULL, "x"));
	ck_assert(!error_text_wrap(NULL, "x"));
}
END_TEST

START_TEST(cuts_what_is_too_long)
{
	char text[2 * ERROR_TEXT];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	struct error_text why;
	error_text_set(&why, "%s", text);
	ck_assert_uint_eq(strlen(why.text), ERROR_TEXT - 1);
	error_text_wrap(&why, "where");
	ck_assert_uint_eq(strlen(why.text), ERROR_TEXT - 1);
	ck_assert_int_eq(strncmp(why.text, "where: xxx", 10), 0);
	error_text_wrap(&why, "%s", text);
	ck_assert_uint_eq(strlen(why.text), ERROR_TEXT - 1);
	ck_assert_int_eq(why.text[0], 'x');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("error_text");
	TCase *all = tcase_create("error_text");
	tcase_add_test(all, says_what_and_where);
	tcase_add_test(all, nobody_needs_to_listen);
	tcase_add_test(all, cuts_what_is_too_long);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
