#include "proxy/observe/metrics.h"

#include "tests/unit/main.h"

START_TEST(counts_requests_by_endpoint_and_part)
{
	struct metrics m = {0};
	struct endpoint chat = {.family = FAMILY_CHAT};
	metrics_request(&m, &chat, CACHE_STATUS_HIT);
	metrics_request(&m, &chat, CACHE_STATUS_HIT);
	metrics_request(&m, NULL, CACHE_STATUS_BYPASS);
	ck_assert_uint_eq(m.requests[FAMILY_CHAT][CACHE_STATUS_HIT], 2);
	ck_assert_uint_eq(m.requests[FAMILY_CHAT][CACHE_STATUS_MISS], 0);
	ck_assert_uint_eq(m.requests[ENDPOINT_FAMILIES][CACHE_STATUS_BYPASS], 1);
}
END_TEST

START_TEST(what_is_fine_counts_nothing)
{
	struct metrics m = {0};
	metrics_verdict(&m, VERDICT_FINE);
	metrics_failure(&m, FAILURE_NONE);
	metrics_saved(&m, &(struct token_usage){.prompt = -1, .completion = -1});
	struct metrics none = {0};
	ck_assert_mem_eq(&m, &none, sizeof m);
}
END_TEST

START_TEST(saves_what_is_known)
{
	struct metrics m = {0};
	metrics_saved(&m, &(struct token_usage){.prompt = 7, .completion = -1});
	metrics_saved(&m, &(struct token_usage){.prompt = 1ll << 40, .completion = 3});
	ck_assert_uint_eq(m.prompt_saved, (1ull << 40) + 7);
	ck_assert_uint_eq(m.completion_saved, 3);
}
END_TEST

START_TEST(says_why_an_answer_was_not_stored)
{
	struct metrics m = {0};
	metrics_answer(&m, VERDICT_FINE);
	metrics_answer(&m, VERDICT_ERROR_INSIDE);
	metrics_failed(&m, FAILURE_NO_MEMORY);
	metrics_failed(&m, FAILURE_CANCELLED);
	metrics_failed(&m, FAILURE_SHUTDOWN);
	metrics_failed(&m, FAILURE_TORN);
	metrics_failed(&m, FAILURE_HEAD_TIMEOUT);
	ck_assert_uint_eq(m.stored, 1);
	ck_assert_uint_eq(m.verdicts[VERDICT_FINE], 0);
	ck_assert_uint_eq(m.verdicts[VERDICT_NO_ROOM], 1);
	ck_assert_uint_eq(m.verdicts[VERDICT_ERROR_INSIDE], 1);
	ck_assert_uint_eq(m.verdicts[VERDICT_ABANDONED], 1);
	ck_assert_uint_eq(m.verdicts[VERDICT_UPSTREAM_FAILED], 2);
}
END_TEST

/* The first, the last and some in between. */
START_TEST(adds_up_all_there_is)
{
	struct metrics m = {0}, sum = {0};
	struct endpoint models = {.family = FAMILY_MODELS};
	metrics_request(&m, &(struct endpoint){.family = FAMILY_CHAT}, CACHE_STATUS_REFUSED);
	metrics_request(&m, &models, CACHE_STATUS_JOIN);
	metrics_verdict(&m, VERDICT_SAMPLED);
	metrics_failure(&m, FAILURE_NOT_CACHED);
	metrics_answer(&m, VERDICT_FINE);
	metrics_torn(&m);
	metrics_saved(&m, &(struct token_usage){.prompt = 1, .completion = 2});
	metrics_add(&sum, &m);
	ck_assert_mem_eq(&sum, &m, sizeof m);
	metrics_add(&sum, &m);
	ck_assert_uint_eq(sum.requests[FAMILY_CHAT][CACHE_STATUS_REFUSED], 2);
	ck_assert_uint_eq(sum.requests[FAMILY_MODELS][CACHE_STATUS_JOIN], 2);
	ck_assert_uint_eq(sum.verdicts[VERDICT_SAMPLED], 2);
	ck_assert_uint_eq(sum.failures[FAILURE_NOT_CACHED], 2);
	ck_assert_uint_eq(sum.completion_saved, 4);
}
END_TEST

START_TEST(counts_turns_and_keeps_the_longest)
{
	struct metrics m = {0}, other = {0}, sum = {0};
	metrics_turn(&m, 1000);
	metrics_turn(&m, 1001);
	metrics_turn(&m, 20001);
	metrics_turn(&other, 2000001);
	metrics_turn(&other, 3);
	metrics_add(&sum, &other);
	metrics_add(&sum, &m);
	ck_assert_uint_eq(sum.turns[0], 2);
	ck_assert_uint_eq(sum.turns[1], 1);
	ck_assert_uint_eq(sum.turns[2], 0);
	ck_assert_uint_eq(sum.turns[3], 1);
	ck_assert_uint_eq(sum.turns[METRICS_TURNS], 1);
	ck_assert_uint_eq(sum.turns_us, 2022006);
	ck_assert_uint_eq(m.longest_turn_us, 20001);
	ck_assert_uint_eq(sum.longest_turn_us, 2000001);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *all = tcase_create("metrics");
	tcase_add_test(all, counts_turns_and_keeps_the_longest);
	tcase_add_test(all, counts_requests_by_endpoint_and_part);
	tcase_add_test(all, what_is_fine_counts_nothing);
	tcase_add_test(all, saves_what_is_known);
	tcase_add_test(all, says_why_an_answer_was_not_stored);
	tcase_add_test(all, adds_up_all_there_is);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
