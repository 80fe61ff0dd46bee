#include "proxy/http/timeouts.h"

#include "tests/unit/main.h"

#include <sys/socket.h>

static struct config *config;
static struct timeouts timeouts;
static struct connection clients[3];
static uint64_t received[3];

static uint64_t received_of(const struct connection *c)
{
	return received[c - clients];
}

static struct connection *lose(int64_t now_ms)
{
	return timeouts_next_expired(&timeouts, now_ms, received_of);
}

static void set_up(void)
{
	config = config_create();
	config->limits.header_time_ms = 10;
	config->limits.idle_ms = 100;
	config->limits.body_time_ms = 1000;
	config->limits.body_rate = 50;
	timeouts_init(&timeouts, config);
	memset(received, 0, sizeof received);
	memset(clients, 0, sizeof clients);
	for (size_t i = 0; i < 3; i++)
		list_init(&clients[i].link);
}

static void tear_down(void)
{
	for (size_t i = 0; i < 3; i++)
		timeouts_end(&clients[i]);
	config_unref(&config);
}

START_TEST(nothing_is_due_of_nobody)
{
	ck_assert_int_eq(timeouts_due_ms(&timeouts), -1);
	ck_assert_ptr_null(lose(INT64_MAX));
}
END_TEST

START_TEST(a_head_has_its_time_from_the_first_on)
{
	timeouts_expect_head(&timeouts, &clients[0], 1);
	timeouts_expect_head(&timeouts, &clients[1], 2);
	ck_assert(!clients[0].head_begun);
	timeouts_see_head(&timeouts, &clients[0], 9);
	ck_assert(clients[0].head_begun);
	ck_assert_int_eq(timeouts_due_ms(&timeouts), 11);
	ck_assert_ptr_null(lose(10));
	ck_assert_ptr_eq(lose(12), &clients[0]);
	ck_assert_ptr_eq(lose(12), &clients[1]);
	ck_assert_ptr_null(lose(12));
	ck_assert_int_eq(timeouts_due_ms(&timeouts), -1);
}
END_TEST

START_TEST(a_next_head_has_its_time_from_its_first_byte_on)
{
	timeouts_expect_next(&timeouts, &clients[0], 0);
	ck_assert_int_eq(timeouts_due_ms(&timeouts), 110);
	timeouts_see_head(&timeouts, &clients[0], 50);
	timeouts_see_head(&timeouts, &clients[0], 59);
	ck_assert_int_eq(timeouts_due_ms(&timeouts), 60);
	ck_assert_ptr_eq(lose(60), &clients[0]);
	ck_assert(clients[0].head_begun);
}
END_TEST

START_TEST(who_has_sent_all_is_waited_for_no_longer)
{
	timeouts_expect_head(&timeouts, &clients[0], 0);
	timeouts_expect_body(&timeouts, &clients[1], 0, 0);
	timeouts_end(&clients[0]);
	timeouts_end(&clients[1]);
	ck_assert_ptr_null(lose(INT64_MAX));
}
END_TEST

START_TEST(a_body_has_to_keep_the_pace)
{
	timeouts_expect_body(&timeouts, &clients[0], 0, 0);
	timeouts_expect_body(&timeouts, &clients[1], 0, 0);
	timeouts_expect_body(&timeouts, &clients[2], 0, 0);
	received[0] = 50;
	received[1] = 49;
	received[2] = 1000;
	/* A second call begins no new period. */
	timeouts_expect_body(&timeouts, &clients[1], 40, 999);
	ck_assert_ptr_null(lose(999));
	ck_assert_ptr_eq(lose(1000), &clients[1]);
	ck_assert_ptr_null(lose(1000));
	ck_assert_int_eq(timeouts_due_ms(&timeouts), 2000);
	/* Bytes of an earlier period do not count. */
	received[0] = 100;
	received[2] = 1001;
	ck_assert_ptr_eq(lose(2000), &clients[2]);
	ck_assert_ptr_null(lose(2000));
}
END_TEST

START_TEST(a_body_that_waited_for_us_begins_anew)
{
	timeouts_expect_body(&timeouts, &clients[0], 0, 0);
	received[0] = 10;
	timeouts_end(&clients[0]);
	ck_assert_ptr_null(lose(5000));
	timeouts_expect_body(&timeouts, &clients[0], 10, 5000);
	received[0] = 59;
	ck_assert_ptr_null(lose(5999));
	ck_assert_ptr_eq(lose(6000), &clients[0]);
	ck_assert_int_eq(clients[0].waits, WAITS_BODY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("timeouts");
	TCase *all = tcase_create("timeouts");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, nothing_is_due_of_nobody);
	tcase_add_test(all, a_head_has_its_time_from_the_first_on);
	tcase_add_test(all, a_next_head_has_its_time_from_its_first_byte_on);
	tcase_add_test(all, who_has_sent_all_is_waited_for_no_longer);
	tcase_add_test(all, a_body_has_to_keep_the_pace);
	tcase_add_test(all, a_body_that_waited_for_us_begins_anew);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
