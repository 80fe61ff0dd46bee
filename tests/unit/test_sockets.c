#include "proxy/upstream/sockets.h"

#include "tests/unit/main.h"

#include <errno.h>
#include <poll.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct sockets *sockets;
static int listener, ours, theirs; /* a connection: made by sockets_open, and its other end */
static int ready_fd;
static uint32_t ready_events;

static void on_ready(void *context, int fd, uint32_t events)
{
	ck_assert_ptr_eq(context, &ready_fd);
	ready_fd = fd;
	ready_events = events;
}

static void set_up(void)
{
	loop = loop_create();
	sockets = sockets_create(loop, on_ready, &ready_fd);
	ready_fd = -1;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&a, &len);
	ours = sockets_open(sockets, AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(ours, 0);
	ck_assert_int_eq(connect(ours, (struct sockaddr *)&a, len), 0);
	theirs = accept(listener, NULL, NULL);
	ck_assert_int_ge(theirs, 0);
}

static void tear_down(void)
{
	if (ours >= 0)
		ck_assert_int_eq(sockets_close(sockets, ours), 0);
	sockets_destroy(&sockets);
	ck_assert_ptr_null(sockets);
	sockets_destroy(&sockets);
	loop_destroy(&loop);
	close(theirs);
	close(listener);
}

static void send_byte(void)
{
	ck_assert_int_eq(send(theirs, "x", 1, 0), 1);
}

/* Blocks until something is there to see on fd, at most ten seconds. */
static void await_input(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
}

/* The other end sees the end of the stream, or a reset. */
static void expect_shut(void)
{
	char byte;
	await_input(theirs);
	ck_assert_int_le(recv(theirs, &byte, 1, 0), 0);
}

static void expect_open(void)
{
	char byte;
	ck_assert_int_eq(recv(theirs, &byte, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(in_use_it_says_what_it_is_ready_for)
{
	ck_assert(sockets_want(sockets, ours, EPOLLOUT));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
	ck_assert_uint_eq(ready_events, EPOLLOUT);
	ck_assert(sockets_want(sockets, ours, EPOLLIN));
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
	ck_assert(sockets_want(sockets, ours, EPOLLIN));
	sockets_rest(sockets, ours);
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
	sockets_rest(sockets, ours);
	shutdown(theirs, SHUT_WR);
	await_input(ours);
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, -1);
	expect_shut();
	/* And the loop has no more to say of it. */
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
}
END_TEST

START_TEST(sifting_shuts_what_something_arrived_on)
{
	sockets_rest(sockets, ours);
	sockets_sift(sockets);
	expect_open();
	send_byte();
	await_input(ours);
	sockets_sift(sockets);
	expect_shut();
}
END_TEST

START_TEST(sifting_shuts_what_has_ended)
{
	sockets_rest(sockets, ours);
	shutdown(theirs, SHUT_WR);
	await_input(ours);
	sockets_sift(sockets);
	expect_shut();
}
END_TEST

/* Before its first request a server may speak: TLS does. */
START_TEST(sifting_leaves_what_is_in_use)
{
	send_byte();
	await_input(ours);
	sockets_sift(sockets);
	expect_open();
	ck_assert(sockets_want(sockets, ours, EPOLLIN));
	sockets_sift(sockets);
	expect_open();
	sockets_rest(sockets, ours);
	ck_assert(sockets_want(sockets, ours, EPOLLIN));
	sockets_sift(sockets);
	expect_open();
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
}
END_TEST

START_TEST(in_use_again_after_a_rest)
{
	ck_assert(sockets_want(sockets, ours, EPOLLIN));
	sockets_rest(sockets, ours);
	ck_assert(sockets_want(sockets, ours, EPOLLIN));
	send_byte();
	await_input(ours);
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
	expect_open();
}
END_TEST

START_TEST(a_paused_one_is_left_alone)
{
	ck_assert(sockets_want(sockets, ours, EPOLLIN));
	sockets_pause(sockets, ours);
	send_byte();
	await_input(ours);
	loop_turn(loop, 0);
	sockets_sift(sockets);
	ck_assert_int_eq(ready_fd, -1);
	expect_open();
	ck_assert(sockets_want(sockets, ours, EPOLLIN));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
}
END_TEST

START_TEST(a_foreign_one_is_let_go)
{
	int foreign = eventfd(1, EFD_NONBLOCK);
	ck_assert(sockets_want(sockets, foreign, EPOLLIN));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, foreign);
	sockets_rest(sockets, foreign);
	ready_fd = -1;
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
	uint64_t count;
	ck_assert_int_eq(read(foreign, &count, sizeof count), sizeof count);
	close(foreign);
	sockets_rest(sockets, foreign);
}
END_TEST

START_TEST(a_number_used_again_is_a_new_socket)
{
	sockets_rest(sockets, ours);
	int before = ours;
	ck_assert_int_eq(sockets_close(sockets, ours), 0);
	ours = sockets_open(sockets, AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(ours, before);
	ck_assert(sockets_want(sockets, ours, EPOLLOUT));
	sockets_sift(sockets);
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, ours);
}
END_TEST

START_TEST(large_numbers_have_room)
{
	int high = dup2(theirs, 700);
	ck_assert(sockets_want(sockets, high, EPOLLOUT));
	ck_assert(sockets_want(sockets, ours, EPOLLIN));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, 700);
	sockets_rest(sockets, high);
	close(high);
}
END_TEST

START_TEST(what_the_loop_refuses_is_told)
{
	ck_assert(!sockets_want(sockets, 900, EPOLLIN));
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
	tcase_add_test(all, sifting_shuts_what_something_arrived_on);
	tcase_add_test(all, sifting_shuts_what_has_ended);
	tcase_add_test(all, sifting_leaves_what_is_in_use);
	tcase_add_test(all, in_use_again_after_a_rest);
	tcase_add_test(all, a_paused_one_is_left_alone);
	tcase_add_test(all, a_foreign_one_is_let_go);
	tcase_add_test(all, a_number_used_again_is_a_new_socket);
	tcase_add_test(all, large_numbers_have_room);
	tcase_add_test(all, what_the_loop_refuses_is_told);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
