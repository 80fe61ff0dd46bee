#include "proxy/header/cookies.h"

#include "tests/unit/main.h"

#include <stdio.h>

static char *const names[] = {"session_*", "theme"};
static const struct config_list more = {2, (char **)names};

/* The cookies that count, separated by bars. */
static void check(const char *value, const char *counts)
{
	char got[512] = "";
	struct cookie_walk walk = {.rest = slice_of(value), .ignored = &more};
	struct cookie c;
	while (cookies_next(&walk, &c))
		snprintf(got + strlen(got), sizeof got - strlen(got), "%.*s=%.*s|",
			 SLICE_FMT(c.name), SLICE_FMT(c.text));
	ck_assert_msg(strcmp(got, counts) == 0, "%s: %s", value, got);
}

START_TEST(walks_over_the_cookies_that_count)
{
	check("", "");
	check(";; ;", "");
	check("a=1", "a=a=1|");
	check(" a=1;b=2 ;\tc = 3", "a=a=1|b=b=2|c=c = 3|");
	check("a", "=a|");
	check("=a", "==a|");
}
END_TEST

START_TEST(leaves_out_what_load_balancers_set)
{
	check("AWSALB=x; a=1; AWSALBCORS=y", "a=a=1|");
	check("AWSALBTG=x; AWSALBAPP-0=y; AWSELB=z; ARRAffinity=a; GCLB=b; __cflb=c; __cf_bm=d; "
	      "_cfuvid=e; BIGipServerpool~1=f; INGRESSCOOKIE=g; SERVERID=h; ROUTEID=i; "
	      "ApplicationGatewayAffinity=j; ak_bmsc=k; incap_ses_1_2=l; nlbi_5=m",
	      "");
	/* Names are compared as a whole, with case. */
	check("awsalb=1; AWSALB2=2; XAWSALB=3; JSESSIONID=4",
	      "awsalb=awsalb=1|AWSALB2=AWSALB2=2|XAWSALB=XAWSALB=3|JSESSIONID=JSESSIONID=4|");
	check("AWSALB", "=AWSALB|");
}
END_TEST

START_TEST(leaves_out_what_is_configured)
{
	check("theme=dark; session_1=a; themes=b; Theme=c", "themes=themes=b|Theme=Theme=c|");
}
END_TEST

/* Some servers parse this as a cookie, others as a part of one. */
START_TEST(what_stands_in_quotes_counts)
{
	check("a=\"x; theme=1; y\"; theme=2", "a=a=\"x|theme=theme=1|=y\"|");
	check("a=\"x\"; theme=2", "a=a=\"x\"|");
	check("theme=\"x\"", "");
	check("theme=\"x; b=1", "theme=theme=\"x|b=b=1|");
	check("a=\"; theme=1", "a=a=\"|theme=theme=1|");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cookies");
	TCase *all = tcase_create("cookies");
	tcase_add_test(all, walks_over_the_cookies_that_count);
	tcase_add_test(all, leaves_out_what_load_balancers_set);
	tcase_add_test(all, leaves_out_what_is_configured);
	tcase_add_test(all, what_stands_in_quotes_counts);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
