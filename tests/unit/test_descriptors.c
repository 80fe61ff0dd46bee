#include "proxy/descriptors.h"

#include "config/options.h"
#include "tests/unit/main.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static char no_cert[] = "", some_cert[] = "cert.pem";

static struct config config_of(int connections)
{
	struct config c = {0};
	c.tls.cert = no_cert;
	c.limits.connections = connections;
	c.upstream.max_connections = 1;
	return c;
}

static void lower(rlim_t soft, rlim_t hard)
{
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){soft, hard}), 0);
}

static rlim_t soft(void)
{
	struct rlimit limit;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	return limit.rlim_cur;
}

START_TEST(raises_what_is_too_low)
{
	struct error_text why = {{0}};
	struct config c = config_of(100);
	lower(64, 4096);
	ck_assert_msg(descriptors_raise(&c, 1, &why), "%s", why.text);
	rlim_t few = soft();
	ck_assert_uint_gt(few, 164);
	c = config_of(200);
	ck_assert_msg(descriptors_raise(&c, 1, &why), "%s", why.text);
	ck_assert_uint_eq(soft(), few + 100);
	ck_assert_msg(descriptors_raise(&c, 2, &why), "%s", why.text);
	ck_assert_uint_gt(soft(), few + 100);
}
END_TEST

START_TEST(leaves_what_is_high_enough)
{
	struct error_text why = {{0}};
	struct config c = config_of(1);
	lower(2000, 2000);
	ck_assert_msg(descriptors_raise(&c, 1, &why), "%s", why.text);
	ck_assert_uint_eq(soft(), 2000);
}
END_TEST

static void set_origin(struct config *c, const char *path, char *origin)
{
	c->origins[option_find(path) - options] = origin;
}

START_TEST(lowers_what_nobody_set)
{
	struct error_text why = {{0}}, note = {{0}};
	struct config c = config_of(10000);
	c.upstream.max_connections = 256;
	lower(64, 20000);
	ck_assert(descriptors_fit(&c, 1, &note, &why));
	ck_assert_int_eq(c.limits.connections, 10000);
	ck_assert_str_eq(note.text, "");
	c.tls.cert = some_cert;
	ck_assert_msg(descriptors_fit(&c, 1, &note, &why), "%s", why.text);
	ck_assert_int_gt(c.limits.connections, 6000);
	ck_assert_int_lt(c.limits.connections, 6667);
	ck_assert_int_eq(c.upstream.max_connections, 256);
	ck_assert_msg(
	    strstr(note.text, "instead of 10000, since this process may open only 20000 "), "%s",
	    note.text);
	ck_assert_msg(descriptors_raise(&c, 1, &why), "%s", why.text);
	lower(64, 600);
	ck_assert_msg(descriptors_fit(&c, 1, &note, &why), "%s", why.text);
	ck_assert_int_lt(c.upstream.max_connections, 100);
	ck_assert_msg(strstr(note.text, " and upstream.max_connections is "), "%s", note.text);
	ck_assert_msg(descriptors_raise(&c, 1, &why), "%s", why.text);
}
END_TEST

static rlim_t least_said(const struct error_text *why)
{
	static const char begins[] = "this process may open only ";
	ck_assert_msg(strncmp(why->text, begins, sizeof begins - 1) == 0, "%s", why->text);
	const char *least = strstr(why->text, "at least ");
	ck_assert_msg(least, "%s", why->text);
	return strtoul(least + 9, NULL, 10);
}

START_TEST(says_how_many_are_enough)
{
	struct error_text why = {{0}}, note = {{0}};
	for (rlim_t hard = 600; hard > 20; hard--) {
		struct config c = config_of(10000);
		c.upstream.max_connections = 256;
		lower(20, hard);
		if (descriptors_fit(&c, 1, &note, &why))
			continue;
		ck_assert_uint_eq(least_said(&why), hard + 1);
		return;
	}
	ck_abort_msg("any number was enough");
}
END_TEST

START_TEST(refuses_what_somebody_set)
{
	static char file[] = "f:3", flag[] = "--set upstream.max_connections";
	struct error_text why = {{0}}, note = {{0}};
	struct config c = config_of(5000);
	set_origin(&c, "limits.connections", file);
	lower(64, 400);
	ck_assert(!descriptors_fit(&c, 1, &note, &why));
	ck_assert_msg(strstr(why.text, "f:3: limits.connections: 5000 connections of "), "%s",
		      why.text);
	ck_assert_msg(strstr(why.text, "only 400 (ulimit -Hn)"), "%s", why.text);
	ck_assert_int_eq(c.limits.connections, 5000);
	ck_assert_uint_eq(soft(), 64);
	c = config_of(10000);
	c.upstream.max_connections = 1000;
	set_origin(&c, "upstream.max_connections", flag);
	ck_assert(!descriptors_fit(&c, 1, &note, &why));
	ck_assert_msg(strncmp(why.text, flag, strlen(flag)) == 0, "%s", why.text);
	c = config_of(10000);
	set_origin(&c, "workers", file);
	ck_assert(!descriptors_fit(&c, 250, &note, &why));
	ck_assert_msg(strncmp(why.text, "f:3: workers: 10000 ", 20) == 0, "%s", why.text);
	ck_assert_msg(strstr(why.text, " and 250 workers need "), "%s", why.text);
	lower(20, 20);
	c = config_of(10000);
	ck_assert(!descriptors_fit(&c, 1, &note, &why));
	ck_assert_uint_gt(least_said(&why), 64);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("descriptors");
	TCase *all = process_cases(suite);
	tcase_add_test(all, raises_what_is_too_low);
	tcase_add_test(all, leaves_what_is_high_enough);
	tcase_add_test(all, lowers_what_nobody_set);
	tcase_add_test(all, says_how_many_are_enough);
	tcase_add_test(all, refuses_what_somebody_set);
	return run_suite(suite);
}
