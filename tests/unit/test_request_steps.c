#include "proxy/request/request_steps.h"

#include "tests/unit/main.h"

START_TEST(every_step_has_a_row)
{
	for (int step = 0; step < STEPS; step++) {
		ck_assert_ptr_nonnull(step_rows[step].name);
		ck_assert((step_rows[step].act == NULL) == (step == STEP_FINISH));
	}
}
END_TEST

/* No step leads to an earlier one, so every request ends. The exception is a request that waited
 * for an answer in another form, which opens again. */
START_TEST(steps_lead_forward)
{
	for (int step = 0; step < STEPS; step++) {
		unsigned back = step == STEP_AWAIT ? 1u << STEP_OPEN : 0;
		ck_assert_uint_eq(step_rows[step].may_follow & ((2u << step) - 1), back);
	}
	ck_assert_uint_eq(step_rows[STEP_FINISH].may_follow, 0);
}
END_TEST

static bool reaches(int step, int goal)
{
	if (step == goal)
		return true;
	for (int next = step + 1; next < STEPS; next++)
		if (step_rows[step].may_follow & (1u << next) && reaches(next, goal))
			return true;
	return false;
}

START_TEST(every_step_is_reached_and_reaches_the_end)
{
	for (int step = 0; step < STEPS; step++) {
		ck_assert(reaches(STEP_RECEIVE, step));
		ck_assert(reaches(step, STEP_FINISH));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("request_steps");
	TCase *all = tcase_create("request_steps");
	tcase_add_test(all, every_step_has_a_row);
	tcase_add_test(all, steps_lead_forward);
	tcase_add_test(all, every_step_is_reached_and_reaches_the_end);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
