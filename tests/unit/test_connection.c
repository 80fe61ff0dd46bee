#include "proxy/http/connection.h"

#include "proxy/http/handler.h"

#include "proxy/http/recv_filter.h"
#include "tests/unit/main.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

static int hangups;
static struct http_request request;

static void on_gone(struct connection *c)
{
	hangups++;
}

static int ended;

static void on_end(struct connection *c)
{
	ended++;
}

static struct loop *loop;
static struct connection *client;
static int ends[2];

static void set_up(void)
{
	static const struct sockaddr_un nobody = {.sun_family = AF_UNIX};
	loop = loop_create();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	client = connection_create(loop, ends[0], (const struct sockaddr *)&nobody);
	client->request = &request;
	client->on_gone = on_gone;
	hangups = ended = 0;
}

static void tear_down(void)
{
	connection_destroy(&client);
	ck_assert_ptr_null(client);
	connection_destroy(&client);
	loop_destroy(&loop);
	close(ends[0]);
	close(ends[1]);
}

START_TEST(tells_of_a_hangup_once)
{
	ck_assert(connection_watch(client));
	loop_turn(loop, 0);
	ck_assert_int_eq(hangups, 0);
	shutdown(ends[1], SHUT_RDWR);
	loop_turn(loop, 1000);
	loop_turn(loop, 0);
	ck_assert_int_eq(hangups, 1);
	ck_assert(client->gone && client->ended);
	ck_assert(!connection_watch(client));
}
END_TEST

START_TEST(tells_of_a_hangup_that_came_before)
{
	shutdown(ends[1], SHUT_RDWR);
	ck_assert(connection_watch(client));
	loop_turn(loop, 1000);
	ck_assert_int_eq(hangups, 1);
}
END_TEST

START_TEST(an_end_is_no_hangup)
{
	client->on_end = on_end;
	ck_assert(connection_watch(client));
	shutdown(ends[1], SHUT_WR);
	loop_turn(loop, 1000);
	ck_assert(client->ended && !client->gone);
	ck_assert_int_eq(ended, 1);
	ck_assert_int_eq(hangups, 0);
	ck_assert(connection_watch(client));
	/* What libmicrohttpd may see. */
	shutdown(ends[0], SHUT_RD);
	loop_turn(loop, 1000);
	ck_assert(!client->gone);
	close(ends[1]);
	ends[1] = -1;
	loop_turn(loop, 1000);
	ck_assert_int_eq(hangups, 1);
	ck_assert_int_eq(ended, 1);
}
END_TEST

START_TEST(who_is_cut_is_gone)
{
	ck_assert(connection_watch(client));
	connection_cut(client);
	loop_turn(loop, 1000);
	ck_assert_int_eq(hangups, 1);
	char byte;
	ck_assert_int_eq(read(ends[1], &byte, 1), 0);
}
END_TEST

START_TEST(bytes_are_no_hangup)
{
	ck_assert(connection_watch(client));
	ck_assert_int_eq(write(ends[1], "next", 4), 4);
	loop_turn(loop, 0);
	ck_assert_int_eq(hangups, 0);
	ck_assert(connection_watch(client));
	/* Also one behind unread bytes. */
	close(ends[1]);
	ends[1] = -1;
	loop_turn(loop, 1000);
	ck_assert_int_eq(hangups, 1);
}
END_TEST

START_TEST(between_requests_there_is_nobody_to_tell)
{
	ck_assert(connection_watch(client));
	client->request = NULL;
	shutdown(ends[1], SHUT_RDWR);
	loop_turn(loop, 1000);
	ck_assert_int_eq(hangups, 0);
	ck_assert(!connection_watch(client));
}
END_TEST

START_TEST(a_destroyed_one_hears_nothing)
{
	ck_assert(connection_watch(client));
	shutdown(ends[1], SHUT_RDWR);
	connection_destroy(&client);
	loop_turn(loop, 0);
	ck_assert_int_eq(hangups, 0);
}
END_TEST

START_TEST(what_cannot_be_watched_counts_as_gone)
{
	int fd = client->fd;
	client->fd = -1;
	ck_assert(!connection_watch(client));
	client->fd = fd;
	ck_assert(connection_watch(client));
}
END_TEST

START_TEST(knows_where_it_came_from)
{
	ck_assert_str_eq(client->peer, "");
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(99)};
	inet_pton(AF_INET, "192.0.2.1", &four.sin_addr);
	struct connection *c = connection_create(loop, 0, (const struct sockaddr *)&four);
	ck_assert_str_eq(c->peer, "192.0.2.1");
	connection_destroy(&c);
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	inet_pton(AF_INET6, "2001:db8::7", &six.sin6_addr);
	c = connection_create(loop, 0, (const struct sockaddr *)&six);
	ck_assert_str_eq(c->peer, "2001:db8::7");
	connection_destroy(&c);
}
END_TEST

static void receive(size_t room)
{
	char got[64];
	recv(ends[0], got, room, 0);
}

static void ignore(void *context)
{
}

START_TEST(may_be_sending_until_all_is_read)
{
	static const char first[] = "GET / HTTP/1.0\r\n\r\n", piece[] = "GET";
	client->recv_filter = recv_filter_create(
	    &(struct recv_filter_options){.fd = ends[0], .head_limit = 1000, .on_hold = ignore});
	ck_assert(!connection_may_be_sending(client));
	ck_assert_int_eq(write(ends[1], first, sizeof first - 1), (ssize_t)sizeof first - 1);
	ck_assert(connection_may_be_sending(client)); /* unread */
	receive(sizeof first - 1);
	ck_assert(connection_may_be_sending(client)); /* and not yet found by libmicrohttpd */
	client->requests++;
	ck_assert(!connection_may_be_sending(client));
	ck_assert_int_eq(write(ends[1], piece, sizeof piece - 1), (ssize_t)sizeof piece - 1);
	receive(64);
	ck_assert(connection_may_be_sending(client)); /* the rest of a head */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("connection");
	TCase *all = tcase_create("connection");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, tells_of_a_hangup_once);
	tcase_add_test(all, may_be_sending_until_all_is_read);
	tcase_add_test(all, tells_of_a_hangup_that_came_before);
	tcase_add_test(all, an_end_is_no_hangup);
	tcase_add_test(all, who_is_cut_is_gone);
	tcase_add_test(all, bytes_are_no_hangup);
	tcase_add_test(all, between_requests_there_is_nobody_to_tell);
	tcase_add_test(all, a_destroyed_one_hears_nothing);
	tcase_add_test(all, what_cannot_be_watched_counts_as_gone);
	tcase_add_test(all, knows_where_it_came_from);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
