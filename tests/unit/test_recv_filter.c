/* Receives with recv(2), as libmicrohttpd does: the recv of this program, since the receive filter
 * is linked into it. */
#include "proxy/http/recv_filter.h"

#include "tests/unit/main.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_LIMIT = 2048, ROOM = 4096 };

#define HEAD "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"

static int ours, theirs;
static struct recv_filter *recv_filter;
static int holds;

static void on_hold(void *context)
{
	ck_assert_ptr_eq(context, &holds);
	holds++;
}

static void connect_both(void)
{
	int pair[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	ours = pair[0];
	theirs = pair[1];
	holds = 0;
	recv_filter = recv_filter_create(&(struct recv_filter_options){
	    .fd = ours,
	    .head_limit = HEAD_LIMIT,
	    .on_hold = on_hold,
	    .context = &holds,
	});
}

static void disconnect(void)
{
	recv_filter_destroy(&recv_filter);
	ck_assert_ptr_null(recv_filter);
	close(ours);
	close(theirs);
}

static void say(const char *text)
{
	ck_assert_int_eq(write(theirs, text, strlen(text)), (ssize_t)strlen(text));
}

static void check_got(size_t room, const char *want)
{
	char got[ROOM];
	ck_assert_uint_le(room, ROOM);
	ssize_t n = recv(ours, got, room, 0);
	ck_assert_msg(n == (ssize_t)strlen(want) && memcmp(got, want, (size_t)n) == 0,
		      "%zd: '%.*s'", n, (int)n, got);
}

static void check_nothing(void)
{
	char got[ROOM];
	errno = 0;
	ck_assert_int_eq(recv(ours, got, sizeof got, 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(passes_whole_elements_straight)
{
	check_nothing();
	say(HEAD "ab");
	check_got(ROOM, HEAD "ab");
	say("cde" HEAD "12345");
	check_got(ROOM, "cde" HEAD "12345");
	check_nothing();
	ck_assert_int_eq(holds, 0);
	ck_assert_uint_eq(recv_filter_framing(recv_filter)->requests, 2);
	close(theirs);
	theirs = -1;
	check_got(ROOM, "");
}
END_TEST

START_TEST(holds_parts_of_heads)
{
	say("POST / HTTP/1.1\r\n");
	check_nothing();
	ck_assert(recv_filter_holds_head(recv_filter));
	say("Host: x\r\n");
	check_nothing();
	ck_assert_int_eq(holds, 1);
	say("Content-Length: 5\r\n\r\nab");
	check_got(ROOM, HEAD "ab");
	ck_assert(!recv_filter_holds_head(recv_filter));
	say("cdeP");
	check_got(ROOM, "cde");
	ck_assert(recv_filter_holds_head(recv_filter));
	ck_assert_int_eq(holds, 2);
}
END_TEST

/* A short read means that there are no more bytes, so a small buffer must be filled completely. */
START_TEST(fills_little_room)
{
	static const char whole[] = HEAD "abcde";
	enum { LITTLE = 7 };
	say("POST / HTTP/1.1\r\nHost: x\r\n");
	check_nothing();
	say("Content-Length: 5\r\n\r\nabcdeG");
	for (size_t at = 0; at < sizeof whole - 1; at += LITTLE) {
		char part[LITTLE + 1];
		snprintf(part, sizeof part, "%s", &whole[at]);
		check_got(LITTLE, part);
	}
	check_nothing();
}
END_TEST

/* The buffer was filled, but not all of it can be handed on: the kernel may have more, so it is
 * asked. */
START_TEST(empties_the_socket_before_it_returns_less)
{
	say(HEAD "abcde" HEAD "abc");
	check_got(strlen(HEAD "abcde") + 3, HEAD "abcdePOS");
	check_got(ROOM, "T / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc");
	say("de" HEAD);
	check_got(5, "dePOS");
	check_got(ROOM, "T / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
	say("abcde" HEAD);
	char part[HEAD_LIMIT];
	size_t room = strlen("abcde" HEAD) - 1;
	ck_assert_int_eq(recv(ours, part, room, 0), (ssize_t)room);
	check_got(ROOM, "\n");
	say("abcdeGE");
	check_got(7, "abcde");
	check_nothing();
}
END_TEST

START_TEST(ends_what_is_refused)
{
	say(HEAD "abcde" HEAD "abcdePOST /x HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n" HEAD);
	check_got(ROOM, HEAD "abcde" HEAD "abcdePOST /x HTTP/1.1\r\nHost: -\r\n\r\n");
	ck_assert_int_eq(recv_filter_framing(recv_filter)->failure, FAILURE_FRAMING);
	ck_assert_uint_eq(recv_filter_framing(recv_filter)->requests, 3);
	check_got(ROOM, "");
	say(HEAD);
	check_got(ROOM, "");
}
END_TEST

START_TEST(ends_what_is_refused_behind_a_hold)
{
	say("PO");
	check_nothing();
	say("ST  / HTTP/1.1\r\n");
	check_got(3, "- -");
	check_got(ROOM, " HTTP/1.1\r\nHost: -\r\n\r\n");
	check_got(ROOM, "");
}
END_TEST

START_TEST(refuses_heads_without_end)
{
	say("GET / HTTP/1.1\r\nX: ");
	for (int i = 0; i < HEAD_LIMIT / 8 - 2; i++) {
		check_nothing();
		say("12345678");
	}
	check_got(ROOM, "GET / HTTP/1.1\r\nHost: -\r\n\r\n");
	ck_assert_int_eq(recv_filter_framing(recv_filter)->failure, FAILURE_HEAD_TOO_LARGE);
}
END_TEST

START_TEST(sees_the_end_behind_a_hold)
{
	say(HEAD "abcdeGET");
	check_got(ROOM, HEAD "abcde");
	shutdown(theirs, SHUT_WR);
	check_got(ROOM, "");
	disconnect();
	connect_both();
	say("POST");
	check_nothing();
	say(" / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
	shutdown(theirs, SHUT_WR);
	check_got(ROOM, HEAD);
	check_got(ROOM, "");
}
END_TEST

START_TEST(ends_when_it_is_told_to)
{
	char got[8];
	say(HEAD "abcde");
	recv_filter_end(recv_filter);
	check_got(ROOM, "");
	check_got(ROOM, "");
	/* The unread bytes can still be read by other means. */
	int other = dup(ours);
	ck_assert_int_eq(recv(other, got, sizeof got, 0), (ssize_t)sizeof got);
	close(other);
}
END_TEST

START_TEST(knows_when_it_is_between_requests)
{
	static const struct {
		const char *text;
		bool between;
	} steps[] = {
	    {"", true},
	    {"POST / HTTP/1.1\r\n", false},
	    {"Host: x\r\nContent-Length: 5\r\n\r\n", false},
	    {"abcd", false},
	    {"e", true},
	    {HEAD "12345", true},
	    {"no head\r\n", false},
	};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		char got[ROOM];
		say(steps[i].text);
		recv(ours, got, sizeof got, 0);
		ck_assert_msg(recv_filter_is_between(recv_filter) == steps[i].between, "%s",
			      steps[i].text);
	}
}
END_TEST

START_TEST(leaves_others_alone)
{
	int pair[2];
	char got[8];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	ck_assert_int_eq(write(pair[0], "\n\n", 2), 2);
	ck_assert_int_eq(recv(pair[1], got, 1, MSG_PEEK), 1);
	ck_assert_int_eq(recv(pair[1], got, sizeof got, 0), 2);
	ck_assert_int_eq(recv(pair[1], got, sizeof got, MSG_DONTWAIT), -1);
	ck_assert_int_eq(recv(-1, got, sizeof got, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	close(pair[0]);
	close(pair[1]);
	recv_filter_destroy(&recv_filter);
	say("\n\n");
	ck_assert_int_eq(recv(ours, got, sizeof got, 0), 2);
}
END_TEST

static void *receive_elsewhere(void *context)
{
	char got[8];
	ck_assert_int_eq(recv(ours, got, sizeof got, 0), 2);
	return NULL;
}

/* Each thread has its own table. */
START_TEST(leaves_other_threads_alone)
{
	pthread_t thread;
	say("\n\n");
	ck_assert_int_eq(pthread_create(&thread, NULL, receive_elsewhere, NULL), 0);
	pthread_join(thread, NULL);
	check_nothing();
	ck_assert_int_eq(recv_filter_framing(recv_filter)->failure, FAILURE_NONE);
}
END_TEST

/* However the bytes are split and whatever the size of the buffer: an edge-triggered reader, which
 * after a short read comes back only for new bytes, gets all of them. */
START_TEST(loses_nothing_to_an_edge_triggered_reader)
{
#define STREAM(extension)                                                                          \
	HEAD "abcde"                                                                               \
	     "PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"                    \
	     "2" extension "\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n"                                 \
	     "GET / HTTP/1.0\r\n\r\n" HEAD "12345"
	static const char stream[] = STREAM(";a=b"), passed[] = STREAM("");
	unsigned seed = (unsigned)_i;
	size_t said = 0, heard = 0;
	char got[sizeof stream + 32];
	while (said < sizeof stream - 1) {
		seed = seed * 1103515245 + 12345;
		size_t n = 1 + (seed >> 16) % (seed & 1 << 14 ? 4 : 90);
		n = n < sizeof stream - 1 - said ? n : sizeof stream - 1 - said;
		ck_assert_int_eq(write(theirs, stream + said, n), (ssize_t)n);
		said += n;
		for (ssize_t room = 0, come = 0; come == room;) {
			seed = seed * 1103515245 + 12345;
			room = 1 + (seed >> 16) % 32;
			come = recv(ours, got + heard, (size_t)room, 0);
			heard += come > 0 ? (size_t)come : 0;
			ck_assert_uint_le(heard, sizeof stream - 1);
		}
	}
	ck_assert_uint_eq(heard, sizeof passed - 1);
	ck_assert_mem_eq(got, passed, heard);
	ck_assert_uint_eq(recv_filter_framing(recv_filter)->requests, 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recv_filter");
	TCase *all = tcase_create("recv_filter");
	tcase_add_checked_fixture(all, connect_both, disconnect);
	tcase_add_test(all, passes_whole_elements_straight);
	tcase_add_test(all, holds_parts_of_heads);
	tcase_add_test(all, fills_little_room);
	tcase_add_test(all, empties_the_socket_before_it_returns_less);
	tcase_add_test(all, ends_what_is_refused);
	tcase_add_test(all, ends_what_is_refused_behind_a_hold);
	tcase_add_test(all, refuses_heads_without_end);
	tcase_add_test(all, sees_the_end_behind_a_hold);
	tcase_add_test(all, ends_when_it_is_told_to);
	tcase_add_test(all, knows_when_it_is_between_requests);
	tcase_add_test(all, leaves_others_alone);
	tcase_add_test(all, leaves_other_threads_alone);
	tcase_add_loop_test(all, loses_nothing_to_an_edge_triggered_reader, 0, 100);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
