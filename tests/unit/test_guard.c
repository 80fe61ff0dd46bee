#include "proxy/guard.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(refuses_a_second_of_what_stands_once)
{
	static const char *const once[] = {"Authorization",	  "content-type", "Cookie",
					   "x-api-key",		  "Api-Key",	  "OpenAI-Project",
					   "OpenAI-Organization", "Expect"};
	for (size_t i = 0; i < COUNT(once); i++) {
		struct fields f = fields_of("Host: 1\n");
		f.at[f.count++] = (struct field){slice_of(once[i]), slice_of("1")};
		ck_assert_ptr_null(guard_refusal(&f));
		f.at[f.count++] = (struct field){slice_of(once[i]), slice_of("1")};
		const char *got = guard_refusal(&f);
		ck_assert_msg(got && strstr(got, "twice"), "%s: %s", once[i], got);
	}
}
END_TEST

START_TEST(lets_others_stand_more_than_once)
{
	struct fields several = fields_of("Host: a\nAccept: b\nAccept: c\nX: 1\nX: 1\n");
	ck_assert_ptr_null(guard_refusal(&several));
	struct fields none = {0};
	ck_assert_ptr_null(guard_refusal(&none));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guard");
	TCase *all = tcase_create("guard");
	tcase_add_test(all, refuses_a_second_of_what_stands_once);
	tcase_add_test(all, lets_others_stand_more_than_once);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
