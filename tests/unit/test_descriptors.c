#include "proxy/descriptors.h"

#include "tests/unit/main.h"

#include <string.h>
#include <sys/resource.h>

static char no_cert[] = "";

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

START_TEST(says_what_is_missing)
{
	struct error_text why = {{0}};
	struct config c = config_of(5000);
	lower(64, 128);
	ck_assert(!descriptors_raise(&c, 1, &why));
	ck_assert_msg(strstr(why.text, "limits.connections 5000"), "%s", why.text);
	ck_assert_msg(strstr(why.text, "only 128 (ulimit -Hn)"), "%s", why.text);
	ck_assert_uint_eq(soft(), 64);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("descriptors");
	TCase *all = process_cases(suite);
	tcase_add_test(all, raises_what_is_too_low);
	tcase_add_test(all, leaves_what_is_high_enough);
	tcase_add_test(all, says_what_is_missing);
	return run_suite(suite);
}
