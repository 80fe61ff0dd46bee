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
static struct socket_claim claim;

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
	claim = (struct socket_claim){0};
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
	return sockets_watch(sockets, fd, events);
}

static int port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	getsockname(fd, (struct sockaddr *)&a, &len);
	return ntohs(a.sin_port);
}

/* The claim of a transfer on the connection to the listener with this port of ours. */
static bool take_port(struct socket_claim *c, int local_port)
{
	const struct connection_ends ends = {
	    .peer = "127.0.0.1",
	    .local = "127.0.0.1",
	    .peer_port = port_of(listener),
	    .local_port = local_port,
	};
	return sockets_claim(sockets, c, &ends);
}

static bool take_it(struct socket_claim *c)
{
	return take_port(c, port_of(ours));
}

/* A transfer had it and is over. */
static void make_idle(void)
{
	ck_assert(take_it(&claim));
	ck_assert(!claim.kept);
	ck_assert(want(ours, EPOLLIN));
	ck_assert(want(ours, 0));
	sockets_release(&claim);
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

static void receive_byte(void)
{
	char byte;
	ck_assert_int_eq(recv(ours, &byte, 1, 0), 1);
}

static const struct {
	const char *name;
	bool kept;   /* another transfer had it before */
	bool wanted; /* libcurl has waited for it and no longer does, as while it pauses; else it
		      * never said a word of it */
} claimed[] = {
    {"new, never waited for", false, false},
    {"new, paused", false, true},
    {"kept, never waited for", true, false},
    {"kept, paused", true, true},
};

/* Whatever libcurl has said of its socket or not, an answer is no stray bytes. */
START_TEST(what_is_claimed_is_left_alone)
{
	if (claimed[_i].kept)
		make_idle();
	ck_assert(take_it(&claim));
	ck_assert_int_eq(claim.kept, claimed[_i].kept);
	if (claimed[_i].wanted)
		ck_assert(want(ours, EPOLLIN) && want(ours, 0));
	send_byte();
	await_input(ours);
	for (int turn = 0; turn < 3; turn++)
		loop_turn(loop, 0);
	ck_assert_int_eq(ready_fd, -1);
	expect_open();
	ck_assert(want(ours, EPOLLIN));
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
	expect_open();
}
END_TEST

/* libcurl waits for the same events for the next transfer, and so does not say so again. */
START_TEST(what_libcurl_waits_for_outlives_the_idle_time)
{
	ck_assert(take_it(&claim));
	ck_assert(want(ours, EPOLLIN));
	sockets_release(&claim);
	ck_assert(take_it(&claim));
	send_byte();
	await_input(ours);
	loop_turn(loop, 1000);
	ck_assert_int_eq(ready_fd, ours);
	expect_open();
}
END_TEST

/* libcurl tells of the end of one transfer after it has given its connection to the next. */
START_TEST(the_next_claim_takes_it_over)
{
	struct socket_claim next = {0};
	ck_assert(take_it(&claim));
	ck_assert(take_it(&next));
	ck_assert(next.kept);
	sockets_release(&claim);
	send_byte();
	await_input(ours);
	loop_turn(loop, 0);
	expect_open();
	sockets_release(&next);
	ck_assert(next.answered);
	ck_assert(!claim.answered);
	loop_turn(loop, 1000);
	expect_shut();
}
END_TEST

START_TEST(a_claim_holds_until_something_arrived)
{
	make_idle();
	ck_assert(take_it(&claim));
	ck_assert(claim.kept);
	expect_open();
	sockets_release(&claim);
	send_byte();
	await_input(ours);
	ck_assert(!take_it(&claim));
	ck_assert(claim.kept);
	expect_shut();
	/* And not at a second try either. */
	ck_assert(!take_it(&claim));
}
END_TEST

START_TEST(other_ends_are_other_connections)
{
	make_idle();
	send_byte();
	await_input(ours);
	ck_assert(!take_port(&claim, port_of(ours) ^ 1));
	ck_assert(!take_port(&claim, 0));
	const struct connection_ends elsewhere = {
	    .peer = "127.0.0.2",
	    .local = "127.0.0.1",
	    .peer_port = port_of(listener),
	    .local_port = port_of(ours),
	};
	ck_assert(!sockets_claim(sockets, &claim, &elsewhere));
	ck_assert_ptr_null(claim.socket);
	expect_open();
}
END_TEST

/* Before its first request a server may speak: TLS does. */
START_TEST(a_new_one_is_fit_whatever_arrived)
{
	send_byte();
	await_input(ours);
	ck_assert(take_it(&claim));
	sockets_release(&claim);
	ck_assert(!claim.answered);
}
END_TEST

START_TEST(an_end_or_a_reset_refuses_the_claim)
{
	make_idle();
	struct linger at_once = {.l_onoff = _i};
	setsockopt(theirs, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(theirs);
	theirs = -1;
	await_input(ours);
	ck_assert(!take_it(&claim));
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

static void close_ours(void)
{
	ck_assert_int_eq(sockets_close(sockets, ours), 0);
	ours = -1;
}

START_TEST(closed_in_use_it_tells_whether_bytes_had_come)
{
	ck_assert(take_it(&claim));
	send_byte();
	await_input(ours);
	close_ours();
	ck_assert(claim.answered);
	ck_assert_ptr_null(claim.socket);
	sockets_release(&claim);
}
END_TEST

START_TEST(an_end_alone_is_no_byte)
{
	make_idle();
	ck_assert(take_it(&claim));
	shutdown(theirs, SHUT_WR);
	await_input(ours);
	close_ours();
	ck_assert(!claim.answered);
}
END_TEST

START_TEST(bytes_of_the_answer_before_do_not_count)
{
	struct socket_claim next = {0};
	ck_assert(take_it(&claim));
	send_byte();
	await_input(ours);
	receive_byte();
	sockets_release(&claim);
	ck_assert(claim.answered);
	ck_assert(take_it(&next));
	ck_assert(sockets_silent(&next));
	close_ours();
	ck_assert(!next.answered);
}
END_TEST

START_TEST(what_came_since_counts_read_or_not)
{
	make_idle();
	ck_assert(take_it(&claim));
	ck_assert(sockets_silent(&claim));
	send_byte();
	await_input(ours);
	ck_assert(!sockets_silent(&claim));
	receive_byte();
	ck_assert(!sockets_silent(&claim));
	close_ours();
	ck_assert(!sockets_silent(&claim));
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

/* libcurl closes one that does not connect without telling, and another thread may open a socket
 * before we hear that nothing is wanted of it. */
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
	tcase_add_loop_test(all, what_is_claimed_is_left_alone, 0,
			    sizeof claimed / sizeof *claimed);
	tcase_add_test(all, what_libcurl_waits_for_outlives_the_idle_time);
	tcase_add_test(all, the_next_claim_takes_it_over);
	tcase_add_test(all, a_claim_holds_until_something_arrived);
	tcase_add_test(all, other_ends_are_other_connections);
	tcase_add_test(all, a_new_one_is_fit_whatever_arrived);
	tcase_add_loop_test(all, an_end_or_a_reset_refuses_the_claim, 0, 2);
	tcase_add_test(all, who_waits_for_an_idle_one_is_told_once);
	tcase_add_test(all, closed_in_use_it_tells_whether_bytes_had_come);
	tcase_add_test(all, an_end_alone_is_no_byte);
	tcase_add_test(all, bytes_of_the_answer_before_do_not_count);
	tcase_add_test(all, what_came_since_counts_read_or_not);
	tcase_add_test(all, a_foreign_one_is_let_go);
	tcase_add_test(all, a_number_used_again_is_a_new_socket);
	tcase_add_test(all, what_never_connected_is_forgotten);
	tcase_add_test(all, large_numbers_have_room);
	tcase_add_test(all, what_the_loop_refuses_is_told);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
