#include "proxy/upstream/sockets.h"

#include "tests/unit/connection.h"

START_TEST(in_use_it_says_what_it_is_ready_for)
{
	ck_assert(want(ours, EPOLLOUT));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
	ck_assert_uint_eq(ready_events, EPOLLOUT);
	ck_assert(want(ours, EPOLLIN));
	ready_fd = -1;
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
	send_byte();
	await_input(ours);
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
	ck_assert_uint_eq(ready_events, EPOLLIN);
	expect_open();
}
END_TEST

START_TEST(idle_bytes_shut_it)
{
	make_idle();
	loop_turn(loop, 0);
	expect_open();
	send_byte();
	await_input(ours);
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, -1);
	expect_shut();
}
END_TEST

START_TEST(an_idle_end_shuts_it)
{
	make_idle();
	shutdown(theirs, SHUT_WR);
	await_input(ours);
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, -1);
	expect_shut();
	/* And the loop no longer reports events on it. */
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
}
END_TEST

/* libcurl may wait for the end of a connection that it is closing. */
START_TEST(who_waits_for_an_idle_one_is_told_once)
{
	make_idle();
	ck_assert(want(ours, EPOLLIN));
	send_byte();
	await_input(ours);
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
	expect_shut();
	ready_fd = -1;
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
}
END_TEST

START_TEST(a_foreign_one_is_let_go)
{
	int foreign = eventfd(1, EFD_NONBLOCK);
	ck_assert(want(foreign, EPOLLIN));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, foreign);
	ck_assert(want(foreign, 0));
	ready_fd = -1;
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
	uint64_t count;
	ck_assert_int_eq(read(foreign, &count, sizeof count), sizeof count);
	close(foreign);
	ck_assert(want(foreign, 0));
}
END_TEST

START_TEST(a_number_used_again_is_a_new_socket)
{
	make_idle();
	int number = ours;
	ck_assert_int_eq(sockets_close(sockets, ours), 0);
	ours = sockets_open(sockets, AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(ours, number);
	ck_assert(want(ours, EPOLLOUT));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, number);
}
END_TEST

/* libcurl closes a socket that does not connect without telling, and another thread may open a
 * socket with the same number before libcurl stops watching it. */
START_TEST(what_never_connected_is_forgotten)
{
	int ends[2], gone = sockets_open(sockets, AF_INET, SOCK_STREAM, 0);
	ck_assert(want(gone, EPOLLOUT));
	close(gone);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(ends[0], gone);
	ck_assert(want(gone, 0));
	ck_assert(take_it(&claim));
	ready_fd = -1;
	char byte = 'x';
	ck_assert_int_eq(send(ends[1], &byte, 1, 0), 1);
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
	ck_assert_int_eq(recv(ends[1], &byte, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(large_numbers_have_room)
{
	int high = dup2(theirs, 700);
	ck_assert(want(high, EPOLLOUT));
	ck_assert(want(ours, EPOLLIN));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, 700);
	ck_assert(want(high, 0));
	close(high);
}
END_TEST

START_TEST(what_the_loop_refuses_is_told)
{
	ck_assert(!want(900, EPOLLIN));
	ck_assert_int_eq(sockets_open(sockets, -1, 0, 0), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sockets");
	TCase *all = tcase_create("sockets");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, in_use_it_says_what_it_is_ready_for);
	tcase_add_test(all, idle_bytes_shut_it);
	tcase_add_test(all, an_idle_end_shuts_it);
	tcase_add_test(all, who_waits_for_an_idle_one_is_told_once);
	tcase_add_test(all, a_foreign_one_is_let_go);
	tcase_add_test(all, a_number_used_again_is_a_new_socket);
	tcase_add_test(all, what_never_connected_is_forgotten);
	tcase_add_test(all, large_numbers_have_room);
	tcase_add_test(all, what_the_loop_refuses_is_told);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
