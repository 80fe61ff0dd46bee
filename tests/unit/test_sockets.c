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
static bool spoke;

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
	spoke = false;
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

static bool want(int fd, uint32_t events)
{
	return sockets_want(sockets, fd, events, &spoke);
}

static int port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	getsockname(fd, (struct sockaddr *)&a, &len);
	return ntohs(a.sin_port);
}

/* A transfer had it and is over. */
static void make_idle(void)
{
	ck_assert(want(ours, EPOLLIN));
	sockets_return(sockets, ours, &spoke, port_of(ours));
}

static bool fit(void)
{
	return sockets_fit(sockets, port_of(ours));
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
	/* And the loop has no more to say of it. */
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
}
END_TEST

/* libcurl wants nothing of a socket while its transfer is paused, and the server goes on sending.
 */
START_TEST(a_paused_one_is_left_alone)
{
	ck_assert(want(ours, EPOLLIN));
	sockets_rest(sockets, ours);
	send_byte();
	await_input(ours);
	loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
	ck_assert(fit());
	expect_open();
	ck_assert(want(ours, EPOLLIN));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
}
END_TEST

START_TEST(fit_until_something_arrived)
{
	make_idle();
	ck_assert(fit());
	expect_open();
	send_byte();
	await_input(ours);
	ck_assert(!fit());
	expect_shut();
}
END_TEST

START_TEST(other_ports_do_not_matter)
{
	make_idle();
	send_byte();
	await_input(ours);
	ck_assert(sockets_fit(sockets, port_of(ours) ^ 1));
	expect_open();
}
END_TEST

/* Before its first request a server may speak: TLS does. */
START_TEST(a_new_one_is_fit_whatever_arrived)
{
	send_byte();
	await_input(ours);
	ck_assert(fit());
}
END_TEST

START_TEST(an_end_or_a_reset_makes_it_unfit)
{
	make_idle();
	struct linger at_once = {.l_onoff = _i};
	setsockopt(theirs, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(theirs);
	theirs = -1;
	await_input(ours);
	ck_assert(!fit());
}
END_TEST

START_TEST(the_next_transfer_may_have_it_at_once)
{
	make_idle();
	ck_assert(want(ours, EPOLLIN));
	send_byte();
	await_input(ours);
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
	expect_open();
}
END_TEST

static void close_ours(void)
{
	ck_assert_int_eq(sockets_close(sockets, ours), 0);
	ours = -1;
}

START_TEST(closed_in_use_it_tells_whether_bytes_had_come)
{
	ck_assert(want(ours, EPOLLIN));
	send_byte();
	await_input(ours);
	close_ours();
	ck_assert(spoke);
}
END_TEST

START_TEST(an_end_alone_is_no_byte)
{
	make_idle();
	ck_assert(want(ours, EPOLLIN));
	shutdown(theirs, SHUT_WR);
	await_input(ours);
	close_ours();
	ck_assert(!spoke);
}
END_TEST

START_TEST(bytes_of_the_answer_before_do_not_count)
{
	ck_assert(want(ours, EPOLLIN));
	send_byte();
	await_input(ours);
	char byte;
	ck_assert_int_eq(recv(ours, &byte, 1, 0), 1);
	sockets_return(sockets, ours, &spoke, port_of(ours));
	spoke = false;
	ck_assert(fit());
	ck_assert(want(ours, EPOLLIN));
	close_ours();
	ck_assert(!spoke);
}
END_TEST

/* A quick answer is read before libcurl wants anything of the socket. */
START_TEST(what_was_read_before_the_request_does_not_count)
{
	make_idle();
	send_byte();
	await_input(ours);
	char byte;
	ck_assert_int_eq(recv(ours, &byte, 1, 0), 1);
	ck_assert(fit());
	ck_assert(sockets_silent(sockets, -1, port_of(ours)));
	ck_assert(sockets_silent(sockets, ours, 0));
}
END_TEST

START_TEST(what_came_since_counts_read_or_not)
{
	make_idle();
	ck_assert(fit());
	send_byte();
	await_input(ours);
	ck_assert(!sockets_silent(sockets, -1, port_of(ours)));
	ck_assert(sockets_silent(sockets, -1, port_of(ours) ^ 1));
	char byte;
	ck_assert_int_eq(recv(ours, &byte, 1, 0), 1);
	ck_assert(!sockets_silent(sockets, -1, port_of(ours)));
	ck_assert(want(ours, EPOLLIN));
	ck_assert(!sockets_silent(sockets, ours, 0));
}
END_TEST

START_TEST(a_foreign_one_is_let_go)
{
	int foreign = eventfd(1, EFD_NONBLOCK);
	ck_assert(want(foreign, EPOLLIN));
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

/* libcurl closes one that does not connect without telling, and another thread may open a socket
 * before we hear that nothing is wanted of it. */
START_TEST(what_never_connected_is_forgotten)
{
	int ends[2], gone = sockets_open(sockets, AF_INET, SOCK_STREAM, 0);
	ck_assert(want(gone, EPOLLOUT));
	close(gone);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(ends[0], gone);
	sockets_return(sockets, gone, &spoke, _i ? port_of(ours) : -1);
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
	sockets_rest(sockets, high);
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
	tcase_add_test(all, a_paused_one_is_left_alone);
	tcase_add_test(all, fit_until_something_arrived);
	tcase_add_test(all, other_ports_do_not_matter);
	tcase_add_test(all, a_new_one_is_fit_whatever_arrived);
	tcase_add_loop_test(all, an_end_or_a_reset_makes_it_unfit, 0, 2);
	tcase_add_test(all, the_next_transfer_may_have_it_at_once);
	tcase_add_test(all, closed_in_use_it_tells_whether_bytes_had_come);
	tcase_add_test(all, an_end_alone_is_no_byte);
	tcase_add_test(all, bytes_of_the_answer_before_do_not_count);
	tcase_add_test(all, what_was_read_before_the_request_does_not_count);
	tcase_add_test(all, what_came_since_counts_read_or_not);
	tcase_add_test(all, a_foreign_one_is_let_go);
	tcase_add_test(all, a_number_used_again_is_a_new_socket);
	tcase_add_loop_test(all, what_never_connected_is_forgotten, 0, 2);
	tcase_add_test(all, large_numbers_have_room);
	tcase_add_test(all, what_the_loop_refuses_is_told);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
