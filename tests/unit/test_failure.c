#include "proxy/failure.h"

#include "tests/unit/main.h"

#include <ctype.h>
#include <signal.h>
#include <string.h>

START_TEST(every_failure_has_its_row)
{
	for (int f = FAILURE_NONE + 1; f < FAILURES; f++) {
		const struct failure_row *row = failure_row((enum failure)f);
		ck_assert_msg(row->status >= 400 && row->status < 600, "%d", f);
		ck_assert_msg(*row->type && *row->code && *row->sentence, "%d", f);
		/* Details follow the text behind a colon; without details a full stop is added.
		 */
		ck_assert_msg(row->sentence[strlen(row->sentence) - 1] != '.', "%s", row->sentence);
		ck_assert_msg(isupper(row->sentence[0]), "%s", row->sentence);
		/* The code is a token in Cache-Status, too. */
		for (const char *c = row->code; *c; c++)
			ck_assert_msg(islower(*c) || *c == '_', "%s", row->code);
	}
}
END_TEST

START_TEST(codes_differ)
{
	for (int a = FAILURE_NONE + 1; a < FAILURES; a++)
		for (int b = a + 1; b < FAILURES; b++)
			ck_assert_str_ne(failure_row((enum failure)a)->code,
					 failure_row((enum failure)b)->code);
}
END_TEST

START_TEST(none_has_no_row)
{
	failure_row(FAILURE_NONE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("failure");
	TCase *all = tcase_create("failure");
	tcase_add_test(all, every_failure_has_its_row);
	tcase_add_test(all, codes_differ);
	tcase_add_test_raise_signal(process_cases(suite), none_has_no_row, SIGABRT);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
