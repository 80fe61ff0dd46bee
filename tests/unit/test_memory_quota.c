#include "proxy/memory_quota.h"

#include "tests/unit/main.h"

enum { LIMIT = 1 << 20, HEADROOM = 256 << 10, WAIT_MS = 1000 };

static struct budget *budget;
static struct mailbox *box;
static struct memory_quota a;

static void setup(void)
{
	budget = budget_create(LIMIT, HEADROOM);
	box = mailbox_create();
	memory_quota_init(&a, budget, box);
}

static void teardown(void)
{
	memory_quota_finish(&a);
	mailbox_destroy(&box);
	budget_destroy(&budget);
}

static size_t used(void)
{
	return budget_figures(budget).used_bytes;
}

START_TEST(what_is_small_is_taken_of_what_is_there)
{
	ck_assert(memory_quota_take(&a, 100, BUDGET_WHOLE));
	size_t after_one = used();
	for (int i = 0; i < 100; i++)
		ck_assert(memory_quota_take(&a, 100, BUDGET_WHOLE));
	ck_assert_uint_eq(used(), after_one);
	memory_quota_give(&a, 101 * 100);
	ck_assert_uint_eq(used(), after_one);
}
END_TEST

START_TEST(what_is_large_goes_back)
{
	ck_assert(memory_quota_take(&a, 700 << 10, BUDGET_BELOW_HEADROOM));
	ck_assert_uint_ge(used(), 700 << 10);
	memory_quota_give(&a, 700 << 10);
	ck_assert_uint_le(used(), 128 << 10);
}
END_TEST

START_TEST(the_last_bytes_can_be_taken)
{
	ck_assert(memory_quota_take(&a, LIMIT - 10, BUDGET_WHOLE));
	ck_assert(memory_quota_take(&a, 10, BUDGET_WHOLE));
	ck_assert(!memory_quota_take(&a, 1, BUDGET_WHOLE));
	memory_quota_give(&a, LIMIT);
}
END_TEST

START_TEST(without_a_budget_all_is_permitted)
{
	struct memory_quota none = {0};
	ck_assert(memory_quota_take(&none, SIZE_MAX, BUDGET_BELOW_HEADROOM));
	memory_quota_give(&none, 5);
	struct memory_wait w;
	memory_wait_init(&w, 1, NULL);
	ck_assert(!memory_quota_has_queue(&none, &w, BUDGET_WHOLE));
	ck_assert(!memory_quota_is_awaited(&none));
	memory_quota_leave(&none, &w, 0);
	memory_quota_tick(&none, 0);
	memory_quota_finish(&none);
}
END_TEST

/* ## Waiting */

struct sleeper {
	struct memory_wait wait;
	unsigned woken;
};

static void on_turn(struct memory_wait *w)
{
	container_of(w, struct sleeper, wait)->woken++;
}

static void wait(struct sleeper *s, int64_t now_ms)
{
	memory_quota_wait(&a, &s->wait, BUDGET_BELOW_HEADROOM, now_ms);
	mailbox_deliver(box);
}

static void begin(struct sleeper *s)
{
	s->woken = 0;
	memory_wait_init(&s->wait, WAIT_MS, on_turn);
}

START_TEST(the_first_is_woken_and_then_the_next)
{
	struct sleeper one, two;
	begin(&one);
	begin(&two);
	ck_assert(memory_quota_take(&a, LIMIT, BUDGET_WHOLE));
	wait(&one, 0);
	wait(&two, 0);
	ck_assert(!memory_quota_has_queue(&a, &one.wait, BUDGET_BELOW_HEADROOM));
	ck_assert(memory_quota_has_queue(&a, &two.wait, BUDGET_BELOW_HEADROOM));
	ck_assert(!memory_quota_has_queue(&a, &two.wait, BUDGET_WHOLE));
	unsigned before = one.woken;
	memory_quota_give(&a, LIMIT);
	mailbox_deliver(box);
	ck_assert_uint_eq(one.woken, before + 1);
	ck_assert_uint_eq(two.woken, 0);
	memory_quota_leave(&a, &one.wait, 0);
	mailbox_deliver(box);
	ck_assert_uint_eq(two.woken, 1);
	memory_quota_leave(&a, &two.wait, 0);
	ck_assert(!memory_quota_is_awaited(&a));
}
END_TEST

/* A waiting request gets memory that other workers give back. */
START_TEST(another_s_memory_wakes_too)
{
	struct sleeper one;
	begin(&one);
	ck_assert(budget_take(budget, LIMIT, BUDGET_WHOLE));
	ck_assert(!memory_quota_take(&a, 1, BUDGET_WHOLE));
	wait(&one, 0);
	unsigned before = one.woken;
	mailbox_deliver(box);
	ck_assert_uint_eq(one.woken, before);
	budget_give(budget, LIMIT);
	mailbox_deliver(box);
	ck_assert_uint_eq(one.woken, before + 1);
	memory_quota_leave(&a, &one.wait, 0);
}
END_TEST

START_TEST(waiting_is_over_some_time)
{
	struct sleeper one;
	begin(&one);
	wait(&one, 0);
	unsigned before = one.woken;
	memory_quota_tick(&a, WAIT_MS - 1);
	ck_assert_uint_eq(one.woken, before);
	memory_quota_tick(&a, WAIT_MS);
	memory_quota_tick(&a, WAIT_MS + 1);
	ck_assert_uint_eq(one.woken, before + 1);
	ck_assert(one.wait.over);
	memory_quota_leave(&a, &one.wait, WAIT_MS);
}
END_TEST

START_TEST(what_was_waited_before_counts)
{
	struct sleeper one;
	begin(&one);
	wait(&one, 0);
	memory_quota_leave(&a, &one.wait, WAIT_MS - 100);
	wait(&one, 5000);
	memory_quota_tick(&a, 5099);
	ck_assert(!one.wait.over);
	memory_quota_tick(&a, 5100);
	ck_assert(one.wait.over);
	memory_quota_leave(&a, &one.wait, 5100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory_quota");
	TCase *all = tcase_create("memory_quota");
	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, what_is_small_is_taken_of_what_is_there);
	tcase_add_test(all, what_is_large_goes_back);
	tcase_add_test(all, the_last_bytes_can_be_taken);
	tcase_add_test(all, without_a_budget_all_is_permitted);
	tcase_add_test(all, the_first_is_woken_and_then_the_next);
	tcase_add_test(all, another_s_memory_wakes_too);
	tcase_add_test(all, waiting_is_over_some_time);
	tcase_add_test(all, what_was_waited_before_counts);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
