#include "base/refs.h"

#include "tests/unit/main.h"

#include <pthread.h>
#include <signal.h>

enum {
	THREADS = 4,
	ROUNDS = 10000,
};

START_TEST(the_last_one_is_told)
{
	struct refs r;
	refs_init(&r);
	refs_add(&r);
	refs_add(&r);
	ck_assert(!refs_drop(&r));
	ck_assert(!refs_drop(&r));
	ck_assert(refs_drop(&r));
}
END_TEST

START_TEST(what_is_gone_is_not_dropped)
{
	struct refs r;
	refs_init(&r);
	ck_assert(refs_drop(&r));
	refs_drop(&r);
}
END_TEST

START_TEST(what_is_gone_is_not_shared)
{
	struct refs r;
	refs_init(&r);
	ck_assert(refs_drop(&r));
	refs_add(&r);
}
END_TEST

struct shared {
	struct refs refs;
	int written[THREADS]; /* each written by its own thread; all read by the one that frees */
	int sum;
	atomic_int next;
	atomic_int frees;
};

/* Reads what the others wrote before refs_drop; TSan checks that refs_drop orders that. */
static void drop(struct shared *s)
{
	if (!refs_drop(&s->refs))
		return;
	atomic_fetch_add(&s->frees, 1);
	for (int i = 0; i < THREADS; i++)
		s->sum += s->written[i];
}

static void *use(void *cls)
{
	struct shared *s = cls;
	int own = atomic_fetch_add(&s->next, 1);
	for (int i = 0; i < ROUNDS; i++) {
		refs_add(&s->refs);
		s->written[own]++;
		drop(s);
	}
	drop(s);
	return NULL;
}

START_TEST(threads_free_it_once_and_after_all_they_did)
{
	struct shared s = {0};
	refs_init(&s.refs);
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++) {
		refs_add(&s.refs);
		pthread_create(&threads[i], NULL, use, &s);
	}
	drop(&s);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(s.frees, 1);
	ck_assert_int_eq(s.sum, THREADS * ROUNDS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("refs");
	TCase *all = tcase_create("refs");
	tcase_add_test(all, the_last_one_is_told);
	tcase_add_test(all, threads_free_it_once_and_after_all_they_did);
	TCase *aborting = process_cases(suite);
	tcase_add_test_raise_signal(aborting, what_is_gone_is_not_dropped, SIGABRT);
	tcase_add_test_raise_signal(aborting, what_is_gone_is_not_shared, SIGABRT);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
