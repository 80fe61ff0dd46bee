#include "base/loop.h"

#include "tests/unit/main.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct bell {
	struct watch watch;
	int fd;
	int rung;
	struct bell *silences; /* removed from the loop when this one rings */
};

static struct loop *loop;
static struct bell one, two;

static void on_ring(struct watch *w, uint32_t events)
{
	struct bell *bell = container_of(w, struct bell, watch);
	ck_assert(events & EPOLLIN);
	bell->rung++;
	uint64_t count;
	ck_assert_int_eq(read(bell->fd, &count, sizeof count), sizeof count);
	if (bell->silences)
		loop_remove(loop, &bell->silences->watch);
}

static void ring(struct bell *bell)
{
	uint64_t n = 1;
	ck_assert_int_eq(write(bell->fd, &n, sizeof n), sizeof n);
}

static void hang(struct bell *bell)
{
	*bell = (struct bell){.fd = eventfd(0, EFD_NONBLOCK), .watch.fd = -1};
	ck_assert(loop_add(loop, &bell->watch, bell->fd, EPOLLIN, on_ring));
}

static void set_up(void)
{
	loop = loop_create();
	ck_assert_ptr_nonnull(loop);
	hang(&one);
	hang(&two);
}

static void tear_down(void)
{
	loop_destroy(&loop);
	ck_assert_ptr_null(loop);
	loop_destroy(&loop);
	close(one.fd);
	close(two.fd);
}

START_TEST(calls_those_that_are_ready)
{
	loop_turn(loop, 0);
	ck_assert_int_eq(one.rung + two.rung, 0);
	ring(&two);
	loop_turn(loop, -1);
	ck_assert_int_eq(one.rung, 0);
	ck_assert_int_eq(two.rung, 1);
}
END_TEST

START_TEST(forgets_an_event_already_fetched)
{
	/* Whichever event is handled first removes the other watch. */
	one.silences = &two;
	two.silences = &one;
	ring(&one);
	ring(&two);
	loop_turn(loop, -1);
	ck_assert_int_eq(one.rung + two.rung, 1);
	struct bell *silenced = one.rung ? &two : &one;
	ck_assert_int_eq(silenced->watch.fd, -1);
}
END_TEST

START_TEST(removes_what_was_never_added)
{
	struct watch w = {.fd = -1};
	loop_remove(loop, &w);
	loop_remove(loop, &one.watch);
	loop_remove(loop, &one.watch);
	ring(&one);
	loop_turn(loop, 0);
	ck_assert_int_eq(one.rung, 0);
}
END_TEST

START_TEST(watches_for_other_events_when_told)
{
	ck_assert(loop_change(loop, &one.watch, 0));
	ring(&one);
	loop_turn(loop, 0);
	ck_assert_int_eq(one.rung, 0);
	ck_assert(loop_change(loop, &one.watch, EPOLLIN));
	loop_turn(loop, 0);
	ck_assert_int_eq(one.rung, 1);
}
END_TEST

START_TEST(refuses_what_cannot_be_watched)
{
	struct watch w = {.fd = -1};
	ck_assert(!loop_add(loop, &w, one.fd, EPOLLIN, on_ring));
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(w.fd, -1);
	ck_assert(!loop_add(loop, &w, -1, EPOLLIN, on_ring));
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(forgets_a_descriptor_that_is_closed)
{
	close(one.fd);
	loop_forget(loop, &one.watch);
	ck_assert_int_eq(one.watch.fd, -1);
	one.fd = eventfd(0, EFD_NONBLOCK);
	ck_assert(loop_add(loop, &one.watch, one.fd, EPOLLIN, on_ring));
	ring(&one);
	loop_turn(loop, -1);
	ck_assert_int_eq(one.rung, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loop");
	TCase *all = tcase_create("loop");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, calls_those_that_are_ready);
	tcase_add_test(all, forgets_an_event_already_fetched);
	tcase_add_test(all, removes_what_was_never_added);
	tcase_add_test(all, watches_for_other_events_when_told);
	tcase_add_test(all, refuses_what_cannot_be_watched);
	tcase_add_test(all, forgets_a_descriptor_that_is_closed);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
