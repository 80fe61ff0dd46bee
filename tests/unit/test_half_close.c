#include "proxy/http/half_close.h"

#include "proxy/http/handler.h"
#include "tests/unit/main.h"

#include <sys/un.h>
#include <unistd.h>

static int probes;
static int64_t told_ms;
static struct http_request request;

static void probe(struct connection *c)
{
	probes++;
	told_ms = c->ended_ms;
}

static struct loop *loop;
static struct half_closes all;
static int ends[2];

static struct connection *client_make(void)
{
	static const struct sockaddr_un nobody = {.sun_family = AF_UNIX};
	struct connection *c = connection_create(loop, ends[0], (const struct sockaddr *)&nobody);
	c->request = &request;
	return c;
}

static void set_up(void)
{
	loop = loop_create();
	half_closes_init(&all, probe);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	probes = 0;
}

static void tear_down(void)
{
	loop_destroy(&loop);
	close(ends[0]);
	close(ends[1]);
}

START_TEST(probes_by_and_by)
{
	struct connection *c = client_make();
	ck_assert_int_eq(half_closes_due_ms(&all), -1);
	half_close_begin(&all, c, 1000);
	int64_t now_ms = 1000;
	for (int i = 0; i < HALF_CLOSE_STAGES + 3; i++) {
		int stage = i < HALF_CLOSE_STAGES ? i : HALF_CLOSE_STAGES - 1;
		now_ms += half_close_after_ms[stage];
		ck_assert_int_eq(half_closes_due_ms(&all), now_ms);
		half_closes_work(&all, now_ms - 1);
		ck_assert_int_eq(probes, i);
		half_closes_work(&all, now_ms);
		ck_assert_int_eq(probes, i + 1);
		ck_assert_int_eq(told_ms, 1000);
	}
	connection_destroy(&c);
	ck_assert_int_eq(half_closes_due_ms(&all), -1);
}
END_TEST

START_TEST(probes_nobody_between_requests)
{
	struct connection *c = client_make();
	c->request = NULL;
	half_close_begin(&all, c, 0);
	half_closes_work(&all, half_close_after_ms[0]);
	ck_assert_int_eq(probes, 0);
	/* A request that came before the end may begin after it. */
	c->request = &request;
	half_closes_work(&all, half_close_after_ms[0] + half_close_after_ms[1]);
	ck_assert_int_eq(probes, 1);
	connection_destroy(&c);
}
END_TEST

START_TEST(probes_nobody_who_is_gone)
{
	struct connection *c = client_make();
	half_close_begin(&all, c, 0);
	c->gone = true;
	half_closes_work(&all, half_close_after_ms[0]);
	ck_assert_int_eq(probes, 0);
	connection_destroy(&c);
}
END_TEST

START_TEST(the_sooner_one_is_due)
{
	struct connection *c = client_make(), *d = client_make();
	half_close_begin(&all, c, 0);
	half_closes_work(&all, half_close_after_ms[0]);
	half_close_begin(&all, d, 1000);
	ck_assert_int_eq(half_closes_due_ms(&all), 1000 + half_close_after_ms[0]);
	connection_destroy(&d);
	ck_assert_int_eq(half_closes_due_ms(&all), half_close_after_ms[0] + half_close_after_ms[1]);
	connection_destroy(&c);
}
END_TEST

START_TEST(shows_an_end_once)
{
	struct connection *c = client_make();
	ck_assert(!half_closes_new(&all));
	half_close_begin(&all, c, 0);
	ck_assert(half_closes_new(&all));
	half_closes_show(&all);
	ck_assert(!half_closes_new(&all));
	char byte;
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	ck_assert_int_eq(write(ends[0], "x", 1), 1);
	connection_destroy(&c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("half_close");
	TCase *tests = tcase_create("half_close");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, probes_by_and_by);
	tcase_add_test(tests, probes_nobody_between_requests);
	tcase_add_test(tests, probes_nobody_who_is_gone);
	tcase_add_test(tests, the_sooner_one_is_due);
	tcase_add_test(tests, shows_an_end_once);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
