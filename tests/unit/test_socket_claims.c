#include "proxy/upstream/sockets.h"

#include "tests/unit/connection.h"

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

/* Whatever libcurl has told about its socket, an answer does not count as stray bytes. */
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

/* libcurl waits for the same events for the next transfer, so it does not tell again. */
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

/* libcurl reports the end of a transfer after it has given the connection to the next one. */
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
	/* Nor at a second try. */
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

/* A server may send bytes before the first request, as with TLS. */
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

int main(void)
{
	Suite *suite = suite_create("socket_claims");
	TCase *all = tcase_create("socket_claims");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_loop_test(all, what_is_claimed_is_left_alone, 0,
			    sizeof claimed / sizeof *claimed);
	tcase_add_test(all, what_libcurl_waits_for_outlives_the_idle_time);
	tcase_add_test(all, the_next_claim_takes_it_over);
	tcase_add_test(all, a_claim_holds_until_something_arrived);
	tcase_add_test(all, other_ends_are_other_connections);
	tcase_add_test(all, a_new_one_is_fit_whatever_arrived);
	tcase_add_loop_test(all, an_end_or_a_reset_refuses_the_claim, 0, 2);
	tcase_add_test(all, closed_in_use_it_tells_whether_bytes_had_come);
	tcase_add_test(all, an_end_alone_is_no_byte);
	tcase_add_test(all, bytes_of_the_answer_before_do_not_count);
	tcase_add_test(all, what_came_since_counts_read_or_not);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
