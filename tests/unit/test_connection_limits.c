#include "proxy/http/connection_limits.h"

#include "tests/unit/main.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/un.h>

static struct address_key v4(uint32_t host)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
	return address_key((const struct sockaddr *)&at);
}

static struct address_key v6(const char *text)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6};
	ck_assert_int_eq(inet_pton(AF_INET6, text, &at.sin6_addr), 1);
	return address_key((const struct sockaddr *)&at);
}

START_TEST(counts_each_for_itself)
{
	struct connection_limits *a = connection_limits_create();
	connection_limits_enter(a, v4(1));
	connection_limits_enter(a, v4(1));
	connection_limits_enter(a, v4(2));
	ck_assert_uint_eq(connection_limits_count(a, v4(1)), 2);
	ck_assert_uint_eq(connection_limits_count(a, v4(2)), 1);
	ck_assert_uint_eq(connection_limits_count(a, v4(3)), 0);
	connection_limits_leave(a, v4(1));
	ck_assert_uint_eq(connection_limits_count(a, v4(1)), 1);
	connection_limits_leave(a, v4(1));
	ck_assert_uint_eq(connection_limits_count(a, v4(1)), 0);
	connection_limits_destroy(&a);
	ck_assert_ptr_null(a);
	connection_limits_destroy(&a);
}
END_TEST

START_TEST(takes_a_network_for_one)
{
	struct connection_limits *a = connection_limits_create();
	connection_limits_enter(a, v6("2001:db8:1:2::1"));
	ck_assert_uint_eq(connection_limits_count(a, v6("2001:db8:1:2:ffff::9")), 1);
	ck_assert_uint_eq(connection_limits_count(a, v6("2001:db8:1:3::1")), 0);
	connection_limits_enter(a, v4(0x7f000001));
	ck_assert_uint_eq(connection_limits_count(a, v6("::ffff:127.0.0.1")), 1);
	ck_assert_uint_eq(connection_limits_count(a, v6("::1")), 0);
	connection_limits_destroy(&a);
}
END_TEST

START_TEST(does_not_count_unix_sockets)
{
	struct connection_limits *a = connection_limits_create();
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct address_key key = address_key((const struct sockaddr *)&at);
	connection_limits_enter(a, key);
	ck_assert_uint_eq(connection_limits_count(a, key), 0);
	connection_limits_leave(a, key);
	connection_limits_destroy(&a);
}
END_TEST

/* xorshift32: the same numbers each time. */
static uint32_t draw(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Against a plain array, through growth and many holes. */
START_TEST(is_right_after_many_comings_and_goings)
{
	enum { HOSTS = 3000, MOVES = 200000 };
	static size_t count[HOSTS];
	struct connection_limits *a = connection_limits_create();
	uint32_t state = 7;
	for (int i = 0; i < MOVES; i++) {
		uint32_t host = draw(&state) % HOSTS;
		if (count[host] && draw(&state) % 2) {
			connection_limits_leave(a, v4(host));
			count[host]--;
		} else if (count[host] < 3) {
			connection_limits_enter(a, v4(host));
			count[host]++;
		}
		ck_assert_uint_eq(connection_limits_count(a, v4(host)), count[host]);
	}
	for (uint32_t host = 0; host < HOSTS; host++)
		ck_assert_uint_eq(connection_limits_count(a, v4(host)), count[host]);
	connection_limits_destroy(&a);
}
END_TEST

static void *come_and_go(void *context)
{
	for (uint32_t i = 0; i < 20000; i++) {
		connection_limits_enter(context, v4(i % 100));
		connection_limits_leave(context, v4(i % 100));
	}
	return NULL;
}

START_TEST(any_thread_may_count)
{
	struct connection_limits *a = connection_limits_create();
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, a), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t host = 0; host < 100; host++)
		ck_assert_uint_eq(connection_limits_count(a, v4(host)), 0);
	connection_limits_destroy(&a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("connection_limits");
	TCase *all = tcase_create("connection_limits");
	tcase_add_test(all, counts_each_for_itself);
	tcase_add_test(all, takes_a_network_for_one);
	tcase_add_test(all, does_not_count_unix_sockets);
	tcase_add_test(all, is_right_after_many_comings_and_goings);
	tcase_add_test(all, any_thread_may_count);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
