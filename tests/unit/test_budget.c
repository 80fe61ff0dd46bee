#include "base/budget.h"

#include "base/buf.h"
#include "tests/unit/main.h"

#include <pthread.h>

static size_t used(const struct budget *b)
{
	return budget_figures(b).used_bytes;
}

START_TEST(what_is_large_leaves_the_headroom)
{
	struct budget *b = budget_create(100, 25);
	ck_assert(budget_take(b, 75, BUDGET_BELOW_HEADROOM));
	ck_assert(!budget_take(b, 1, BUDGET_BELOW_HEADROOM));
	ck_assert(budget_take(b, 25, BUDGET_WHOLE));
	ck_assert(!budget_take(b, 1, BUDGET_WHOLE));
	ck_assert_uint_eq(used(b), 100);
	ck_assert(budget_is_full(b) && !budget_is_full(NULL));
	budget_give(b, 100);
	ck_assert(!budget_is_full(b));
	ck_assert(!budget_take(b, 101, BUDGET_WHOLE));
	ck_assert(!budget_take(b, SIZE_MAX, BUDGET_WHOLE));
	budget_destroy(&b);
}
END_TEST

START_TEST(what_is_forced_is_paid_off_first)
{
	struct budget *b = budget_create(100, 0);
	budget_force(b, 150);
	ck_assert(!budget_take(b, 1, BUDGET_WHOLE));
	budget_give(b, 50);
	ck_assert(!budget_take(b, 1, BUDGET_WHOLE));
	budget_give(b, 1);
	ck_assert(budget_take(b, 1, BUDGET_WHOLE));
	budget_give(b, 100);
	budget_destroy(&b);
}
END_TEST

START_TEST(none_is_without_limit)
{
	ck_assert(budget_take(NULL, SIZE_MAX, BUDGET_BELOW_HEADROOM));
	budget_force(NULL, 1);
	budget_give(NULL, 5);
	budget_refused(NULL);
	ck_assert(budget_go_ahead(NULL, &used));
	budget_fall_back(NULL, &used);
	ck_assert_uint_eq(budget_figures(NULL).used_bytes, 0);
}
END_TEST

struct sleeper {
	struct budget_waiter waiter;
	unsigned woken;
};

static void on_room(struct budget_waiter *w)
{
	container_of(w, struct sleeper, waiter)->woken++;
}

START_TEST(who_waits_is_woken_once_for_each_time_that_it_asks)
{
	struct budget *b = budget_create(100, 0);
	struct sleeper s = {0};
	budget_waiter_init(&s.waiter, on_room);
	ck_assert(budget_take(b, 100, BUDGET_WHOLE));
	budget_await(b, &s.waiter);
	budget_await(b, &s.waiter);
	budget_give(b, 10);
	budget_give(b, 10);
	ck_assert_uint_eq(s.woken, 1);
	budget_await(b, &s.waiter);
	budget_leave(b, &s.waiter);
	budget_give(b, 80);
	ck_assert_uint_eq(s.woken, 1);
	budget_destroy(&b);
}
END_TEST

START_TEST(one_at_a_time_goes_ahead)
{
	struct budget *b = budget_create(100, 50);
	struct sleeper s = {0};
	int first, second;
	budget_waiter_init(&s.waiter, on_room);
	ck_assert(budget_go_ahead(b, &first));
	ck_assert(budget_go_ahead(b, &first));
	ck_assert(!budget_go_ahead(b, &second));
	ck_assert(budget_is_ahead(b, &first) && !budget_is_ahead(b, &second));
	budget_await(b, &s.waiter);
	budget_fall_back(b, &second);
	ck_assert_uint_eq(s.woken, 0);
	ck_assert(!budget_go_ahead(b, &second));
	budget_fall_back(b, &first);
	ck_assert_uint_eq(s.woken, 1);
	ck_assert(budget_go_ahead(b, &second));
	budget_destroy(&b);
}
END_TEST

/* ## The bill */

START_TEST(buffers_are_on_the_bill)
{
	struct budget *b = budget_create(4 << 20, 0);
	struct buf kept = buf_make(1 << 20), freed = buf_make(1 << 20);
	bill_open(b);
	ck_assert(buf_reserve(&kept, 1 << 20));
	ck_assert(buf_reserve(&freed, 1 << 20));
	ck_assert_uint_ge(used(b), 2 << 20);
	buf_finish(&freed);
	ck_assert_uint_eq(bill_close(), 1 << 20);
	ck_assert_uint_eq(used(b), 1 << 20);
	buf_finish(&kept);
	ck_assert_uint_eq(used(b), 1 << 20);
	budget_give(b, 1 << 20);
	budget_destroy(&b);
}
END_TEST

START_TEST(a_bill_ends_where_the_budget_does)
{
	struct budget *b = budget_create(1 << 20, 0);
	struct buf first = buf_make(600 << 10), second = buf_make(SIZE_MAX);
	bill_open(b);
	ck_assert(buf_reserve(&first, 600 << 10));
	ck_assert(!bill_was_refused());
	ck_assert_uint_eq(bill_beside(), 0);
	ck_assert(budget_take(b, 100 << 10, BUDGET_WHOLE));
	ck_assert(!buf_reserve(&second, 600 << 10));
	ck_assert(bill_was_refused());
	ck_assert_uint_eq(bill_beside(), 100 << 10);
	budget_give(b, 100 << 10);
	ck_assert_uint_eq(second.cap, 0);
	ck_assert_uint_le(used(b), 1 << 20);
	buf_finish(&first);
	ck_assert_uint_eq(bill_close(), 0);
	budget_destroy(&b);
}
END_TEST

START_TEST(what_others_paid_for_is_not_owed)
{
	struct budget *b = budget_create(1 << 20, 0);
	struct buf before = buf_make(1 << 20), after = buf_make(1 << 20);
	ck_assert(buf_reserve(&before, 512 << 10));
	bill_open(b);
	buf_finish(&before);
	ck_assert(buf_reserve(&after, 256 << 10));
	ck_assert_uint_eq(bill_close(), 0);
	ck_assert_uint_eq(used(b), 0);
	buf_finish(&after);
	bill_open(NULL);
	ck_assert(bill_charge(SIZE_MAX / 2));
	ck_assert_uint_eq(bill_close(), 0);
	budget_destroy(&b);
}
END_TEST

/* ## Threads */

enum { ROUNDS = 20000, THREADS = 4, MOST = 3 };

static void *take_and_give(void *context)
{
	struct budget *b = context;
	for (int i = 0; i < ROUNDS; i++)
		if (budget_take(b, 1, BUDGET_WHOLE)) {
			ck_assert_uint_le(used(b), MOST);
			budget_give(b, 1);
		}
	return NULL;
}

START_TEST(threads_never_take_more_than_there_is)
{
	struct budget *b = budget_create(MOST, 0);
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_give, b), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(used(b), 0);
	budget_destroy(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("budget");
	TCase *all = tcase_create("budget");
	tcase_add_test(all, what_is_large_leaves_the_headroom);
	tcase_add_test(all, what_is_forced_is_paid_off_first);
	tcase_add_test(all, none_is_without_limit);
	tcase_add_test(all, who_waits_is_woken_once_for_each_time_that_it_asks);
	tcase_add_test(all, one_at_a_time_goes_ahead);
	tcase_add_test(all, buffers_are_on_the_bill);
	tcase_add_test(all, a_bill_ends_where_the_budget_does);
	tcase_add_test(all, what_others_paid_for_is_not_owed);
	tcase_add_test(all, threads_never_take_more_than_there_is);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
