#include "proxy/thread_pool.h"

#include "base/buf.h"
#include "proxy/context.h"
#include "tests/unit/main.h"

#include <pthread.h>
#include <semaphore.h>

static struct context worker;
static struct budget *budget;

static void setup(void)
{
	struct error_text why;
	budget = budget_create(1 << 20, 0);
	worker = (struct context){.loop = loop_create(), .mailbox = mailbox_create()};
	worker.helpers = thread_pool_create(budget, &why);
	memory_quota_init(&worker.quota, budget, worker.mailbox);
	ck_assert_ptr_nonnull(worker.helpers);
}

static void on_mail(struct watch *w, uint32_t events)
{
}

static void teardown(void)
{
	thread_pool_destroy(&worker.helpers);
	memory_quota_finish(&worker.quota);
	mailbox_destroy(&worker.mailbox);
	loop_destroy(&worker.loop);
	budget_destroy(&budget);
}

/* A sum of numbers; it waits until it is told to go on. */
struct sum {
	struct job job;
	sem_t *begun, *go_on;
	unsigned upto, result;
	struct buf held;
	pthread_t worked_in, done_in;
	unsigned done;
};

static void add_up(struct job *j)
{
	struct sum *s = container_of(j, struct sum, job);
	if (s->begun) {
		sem_post(s->begun);
		while (sem_wait(s->go_on) < 0)
			;
	}
	for (unsigned i = 1; i <= s->upto; i++)
		s->result += i;
	s->held = buf_make(1000);
	ck_assert(buf_reserve(&s->held, 1000));
	s->worked_in = pthread_self();
}

static void note(struct job *j)
{
	struct sum *s = container_of(j, struct sum, job);
	s->done_in = pthread_self();
	s->done++;
	buf_finish(&s->held);
	memory_quota_give(&worker.quota, j->billed);
}

static struct sum sum(unsigned upto, size_t bytes)
{
	return (struct sum){.job = {.work = add_up, .done = note, .bytes = bytes}, .upto = upto};
}

static void drain(void)
{
	struct watch mail = {.fd = -1};
	ck_assert(loop_add(worker.loop, &mail, mailbox_fd(worker.mailbox), EPOLLIN, on_mail));
	thread_pool_drain(&worker);
	loop_remove(worker.loop, &mail);
}

START_TEST(work_is_done_elsewhere_and_told_here)
{
	struct sum s = sum(100, 10);
	thread_pool_start(&worker, &s.job);
	drain();
	ck_assert_uint_eq(s.result, 5050);
	ck_assert_uint_eq(s.done, 1);
	ck_assert(pthread_equal(s.done_in, pthread_self()));
	ck_assert(!pthread_equal(s.worked_in, pthread_self()));
	ck_assert_uint_eq(s.job.billed, 1000);
}
END_TEST

START_TEST(what_is_given_up_is_told_all_the_same)
{
	sem_t begun, go_on;
	sem_init(&begun, 0, 0);
	sem_init(&go_on, 0, 0);
	struct sum s = sum(10, 10);
	s.begun = &begun;
	s.go_on = &go_on;
	thread_pool_start(&worker, &s.job);
	while (sem_wait(&begun) < 0)
		;
	thread_pool_give_up(&s.job);
	mailbox_deliver(worker.mailbox);
	ck_assert_uint_eq(s.done, 0);
	sem_post(&go_on);
	drain();
	ck_assert_uint_eq(s.done, 1);
	ck_assert(s.job.given_up);
	thread_pool_give_up(NULL);
}
END_TEST

/* All helpers that may work at large jobs do; the next large one waits, a small one does not. What
 * waits and is given up never begins. */
START_TEST(small_work_does_not_wait_for_large)
{
	enum { MANY = 8, LARGE = 64 << 20 };
	sem_t begun, go_on;
	sem_init(&begun, 0, 0);
	sem_init(&go_on, 0, 0);
	struct sum large[MANY];
	for (size_t i = 0; i < MANY; i++) {
		large[i] = sum(3, LARGE);
		large[i].begun = &begun;
		large[i].go_on = &go_on;
		thread_pool_start(&worker, &large[i].job);
	}
	struct sum small = sum(4, 10);
	thread_pool_start(&worker, &small.job);
	while (!small.done) {
		mailbox_deliver(worker.mailbox);
		sched_yield();
	}
	ck_assert_uint_eq(small.result, 10);
	thread_pool_give_up(&large[MANY - 1].job);
	mailbox_deliver(worker.mailbox);
	ck_assert_uint_eq(large[MANY - 1].done, 1);
	ck_assert_uint_eq(large[MANY - 1].result, 0);
	for (size_t i = 0; i < MANY; i++)
		sem_post(&go_on);
	drain();
	for (size_t i = 0; i + 1 < MANY; i++)
		ck_assert_uint_eq(large[i].result, 6);
}
END_TEST

START_TEST(without_helpers_all_is_done_on_the_spot)
{
	struct context none = {0};
	ck_assert(!thread_pool_wants(&none, SIZE_MAX, 1));
	ck_assert(thread_pool_wants(&worker, 5, 5));
	ck_assert(!thread_pool_wants(&worker, 4, 5));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("offload");
	TCase *all = tcase_create("offload");
	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, work_is_done_elsewhere_and_told_here);
	tcase_add_test(all, what_is_given_up_is_told_all_the_same);
	tcase_add_test(all, small_work_does_not_wait_for_large);
	tcase_add_test(all, without_helpers_all_is_done_on_the_spot);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
