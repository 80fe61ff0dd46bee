#include "proxy/upstream/transfer_limit.h"

#include "base/own.h"
#include "tests/unit/main.h"

#include <pthread.h>
#include <stdatomic.h>

static struct transfer_limit *limit;
static struct transfer_limit_pass *order[16]; /* the admitted passes, in order */
static size_t let_in;

static void on_pass(struct transfer_limit_pass *pass)
{
	order[let_in++] = pass;
}

static void set_up(void)
{
	limit = transfer_limit_create(2);
	let_in = 0;
}

static void tear_down(void)
{
	transfer_limit_destroy(&limit);
	ck_assert_ptr_null(limit);
	transfer_limit_destroy(&limit);
}

static void make(struct transfer_limit_pass *passes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		transfer_limit_pass_init(&passes[i], on_pass);
}

START_TEST(lets_so_many_in_and_then_one_for_one)
{
	struct transfer_limit_pass p[5];
	make(p, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert(transfer_limit_enter(limit, &p[i]) == (i < 2));
	ck_assert_uint_eq(let_in, 0);
	ck_assert_uint_eq(transfer_limit_figures(limit).held, 2);
	ck_assert_uint_eq(transfer_limit_figures(limit).waiting, 3);
	transfer_limit_leave(limit, &p[1]);
	transfer_limit_leave(limit, &p[0]);
	transfer_limit_leave(limit, &p[2]);
	ck_assert_uint_eq(let_in, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_eq(order[i], &p[i + 2]);
	ck_assert_uint_eq(transfer_limit_figures(limit).held, 2);
	ck_assert_uint_eq(transfer_limit_figures(limit).waiting, 0);
	transfer_limit_leave(limit, &p[3]);
	transfer_limit_leave(limit, &p[4]);
	ck_assert_uint_eq(let_in, 3);
	ck_assert_uint_eq(transfer_limit_figures(limit).held, 0);
}
END_TEST

START_TEST(who_leaves_the_line_is_not_called)
{
	struct transfer_limit_pass p[4];
	make(p, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert(transfer_limit_enter(limit, &p[i]) == (i < 2));
	transfer_limit_leave(limit, &p[2]);
	ck_assert_uint_eq(let_in, 0);
	transfer_limit_leave(limit, &p[0]);
	ck_assert_uint_eq(let_in, 1);
	ck_assert_ptr_eq(order[0], &p[3]);
	transfer_limit_leave(limit, &p[1]);
	transfer_limit_leave(limit, &p[3]);
}
END_TEST

START_TEST(leaving_twice_frees_one_place)
{
	struct transfer_limit_pass p[4];
	make(p, 4);
	transfer_limit_leave(limit, &p[0]);
	ck_assert(transfer_limit_enter(limit, &p[0]));
	ck_assert(transfer_limit_enter(limit, &p[1]));
	transfer_limit_leave(limit, &p[0]);
	transfer_limit_leave(limit, &p[0]);
	ck_assert(transfer_limit_enter(limit, &p[2]));
	ck_assert(!transfer_limit_enter(limit, &p[3]));
	for (size_t i = 1; i < 4; i++)
		transfer_limit_leave(limit, &p[4 - i]);
	ck_assert_uint_eq(let_in, 0);
	ck_assert(transfer_limit_enter(limit, &p[0]));
	transfer_limit_leave(limit, &p[0]);
}
END_TEST

/* ## Threads: never more than two inside, and everybody gets in */

enum { THREADS = 4, ROUNDS = 2000 };

struct guest {
	struct transfer_limit_pass pass;
	atomic_bool called;
};

static atomic_int inside, most;

static void on_call(struct transfer_limit_pass *pass)
{
	atomic_store(&container_of(pass, struct guest, pass)->called, true);
}

static void *visit(void *context)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct guest g = {.called = false};
		transfer_limit_pass_init(&g.pass, on_call);
		if (!transfer_limit_enter(limit, &g.pass)) {
			/* Every third does not wait. */
			while (i % 3 && !atomic_load(&g.called))
				sched_yield();
			if (i % 3 == 0) {
				transfer_limit_leave(limit, &g.pass);
				continue;
			}
		}
		int now = atomic_fetch_add(&inside, 1) + 1;
		int before = atomic_load(&most);
		while (now > before && !atomic_compare_exchange_weak(&most, &before, now))
			;
		atomic_fetch_sub(&inside, 1);
		transfer_limit_leave(limit, &g.pass);
	}
	return NULL;
}

START_TEST(holds_between_threads)
{
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, visit, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_le(atomic_load(&most), 2);
	ck_assert_int_ge(atomic_load(&most), 1);
	struct transfer_limit_pass p[3];
	make(p, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert(transfer_limit_enter(limit, &p[i]) == (i < 2));
	for (size_t i = 0; i < 3; i++)
		transfer_limit_leave(limit, &p[2 - i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("transfer_limit");
	TCase *all = tcase_create("transfer_limit");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, lets_so_many_in_and_then_one_for_one);
	tcase_add_test(all, who_leaves_the_line_is_not_called);
	tcase_add_test(all, leaving_twice_frees_one_place);
	tcase_add_test(all, holds_between_threads);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
