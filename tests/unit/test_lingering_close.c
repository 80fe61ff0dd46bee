#include "proxy/http/lingering_close.h"

#include "tests/unit/main.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NOW = 1000 };

static struct loop *loop;
static struct lingering_closes lingering_closes;
static int ours, theirs;

static void set_up(void)
{
	loop = loop_create();
	lingering_closes_init(&lingering_closes, loop);
	ck_assert_int_eq(lingering_closes_due_ms(&lingering_closes), -1);
}

static void tear_down(void)
{
	lingering_closes_finish(&lingering_closes);
	ck_assert_uint_eq(lingering_closes.count, 0);
	ck_assert(list_empty(&lingering_closes.all));
	loop_destroy(&loop);
}

static void connect_pair(void)
{
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	ours = ends[0];
	theirs = ends[1];
}

static void connect_tcp(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	getsockname(listening, (struct sockaddr *)&a, &len);
	theirs = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(theirs, (struct sockaddr *)&a, len), 0);
	ours = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
	ck_assert_int_ge(ours, 0);
	close(listening);
	ck_assert_int_eq(fcntl(theirs, F_SETFL, O_NONBLOCK), 0);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void send_all(size_t left)
{
	static const char bytes[64 << 10];
	for (long tries = 0; left > 0; tries++) {
		ck_assert_msg(tries < 100000, "%zu bytes are not taken", left);
		size_t piece = left < sizeof bytes ? left : sizeof bytes;
		ssize_t put = send(theirs, bytes, piece, MSG_NOSIGNAL);
		ck_assert_msg(put > 0 || errno == EAGAIN, "%s", strerror(errno));
		left -= put > 0 ? (size_t)put : 0;
		loop_turn(loop, put > 0 ? 0 : 10);
	}
}

static void check_answer_and_end(void)
{
	char got[64];
	ck_assert_int_eq(recv(theirs, got, sizeof got, 0), 6);
	ck_assert_mem_eq(got, "answer", 6);
	ck_assert_int_eq(recv(theirs, got, sizeof got, 0), 0);
}

/* Like the owner of the descriptor, closes it while bytes are unread and more are to come. */
static void check_late_reader(void)
{
	send_all(1000);
	ck_assert_int_eq(send(ours, "answer", 6, 0), 6);
	lingering_close_begin_copy(&lingering_closes, ours, NOW);
	close(ours);
	ck_assert_uint_eq(lingering_closes.count, 1);
	send_all(4 << 20);
	check_answer_and_end();
	ck_assert_uint_eq(lingering_closes.count, 1);
	close(theirs);
	for (int i = 0; i < 200 && lingering_closes.count; i++)
		loop_turn(loop, 100);
	ck_assert_uint_eq(lingering_closes.count, 0);
	ck_assert_int_eq(lingering_closes_due_ms(&lingering_closes), -1);
}

START_TEST(who_writes_all_before_it_reads_gets_the_answer)
{
	connect_tcp();
	check_late_reader();
	connect_pair();
	check_late_reader();
}
END_TEST

/* More bytes than are read at once are waiting, so the first read does not find the end. */
START_TEST(ends_behind_all_that_came)
{
	connect_pair();
	static const char bytes[100000];
	ck_assert_int_eq(send(theirs, bytes, sizeof bytes, 0), (ssize_t)sizeof bytes);
	close(theirs);
	lingering_close_begin(&lingering_closes, ours, NOW);
	loop_turn(loop, 1000);
	ck_assert_uint_eq(lingering_closes.count, 1);
	for (int i = 0; i < 10 && lingering_closes.count; i++)
		loop_turn(loop, 1000);
	ck_assert_uint_eq(lingering_closes.count, 0);
	ck_assert(!is_open(ours));
}
END_TEST

START_TEST(ends_with_its_time_whatever_comes)
{
	connect_pair();
	int first = ours, first_theirs = theirs;
	lingering_close_begin(&lingering_closes, ours, NOW);
	connect_pair();
	lingering_close_begin(&lingering_closes, ours, NOW + 10);
	send_all(1 << 20);
	ck_assert_int_eq(lingering_closes_due_ms(&lingering_closes), NOW + LINGERING_CLOSE_MS);
	lingering_closes_work(&lingering_closes, NOW + LINGERING_CLOSE_MS - 1);
	ck_assert_uint_eq(lingering_closes.count, 2);
	lingering_closes_work(&lingering_closes, NOW + LINGERING_CLOSE_MS);
	ck_assert_uint_eq(lingering_closes.count, 1);
	ck_assert(!is_open(first));
	ck_assert(is_open(ours));
	ck_assert_int_eq(lingering_closes_due_ms(&lingering_closes), NOW + 10 + LINGERING_CLOSE_MS);
	lingering_closes_work(&lingering_closes, NOW + 2 * LINGERING_CLOSE_MS);
	ck_assert_int_eq(send(theirs, "x", 1, MSG_NOSIGNAL), -1);
	close(theirs);
	close(first_theirs);
}
END_TEST

START_TEST(the_oldest_goes_where_there_are_too_many)
{
	static int others[LINGERING_CLOSES_MOST + 1];
	int first = -1, second = -1;
	for (int i = 0; i <= LINGERING_CLOSES_MOST; i++) {
		connect_pair();
		others[i] = theirs;
		first = i == 0 ? ours : first;
		second = i == 1 ? ours : second;
		ck_assert(is_open(first));
		lingering_close_begin(&lingering_closes, ours, NOW + i);
	}
	ck_assert_uint_eq(lingering_closes.count, LINGERING_CLOSES_MOST);
	ck_assert(!is_open(first));
	ck_assert(is_open(second));
	ck_assert_int_eq(lingering_closes_due_ms(&lingering_closes), NOW + 1 + LINGERING_CLOSE_MS);
	lingering_closes_finish(&lingering_closes);
	ck_assert(!is_open(second));
	for (int i = 0; i <= LINGERING_CLOSES_MOST; i++)
		close(others[i]);
}
END_TEST

START_TEST(is_nothing_without_a_descriptor)
{
	lingering_close_begin(&lingering_closes, -1, NOW);
	lingering_close_begin_copy(&lingering_closes, -1, NOW);
	ck_assert_uint_eq(lingering_closes.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lingering_close");
	TCase *all = tcase_create("lingering_close");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, who_writes_all_before_it_reads_gets_the_answer);
	tcase_add_test(all, ends_behind_all_that_came);
	tcase_add_test(all, ends_with_its_time_whatever_comes);
	tcase_add_test(all, the_oldest_goes_where_there_are_too_many);
	tcase_add_test(all, is_nothing_without_a_descriptor);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
