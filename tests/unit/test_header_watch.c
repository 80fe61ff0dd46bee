#include "proxy/observe/header_watch.h"

#include "base/log.h"
#include "tests/unit/fields.h"
#include "tests/unit/main.h"

#include <pthread.h>
#include <stdio.h>

static const struct config_list none;
static struct header_table *table;
static struct findings *findings;
static struct header_watch *watch;

static struct header_watch *make_watch(void)
{
	return header_watch_create(&(struct header_watch_options){
	    .findings = findings, .ignored_cookies = &none, .forwarded = true});
}

static void set_up(void)
{
	log_setup(LOG_ERROR, LOG_TEXT);
	table = header_table_create(
	    &(struct header_table_options){.ignore = &none, .forwarded = true, .compat = true});
	findings = findings_create();
	watch = make_watch();
}

static void tear_down(void)
{
	header_watch_destroy(&watch);
	findings_destroy(&findings);
	header_table_destroy(&table);
}

/* A request with these fields; %d is a number. */
static void note_in(struct header_watch *w, const char *format, int number)
{
	char text[512];
	struct header_marks marks;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof text, format, number);
#pragma GCC diagnostic pop
	struct fields f = fields_of(text);
	header_table_mark(table, &f, &marks);
	header_watch_note(w, &f, &marks);
}

static void note(const char *format, int number)
{
	note_in(watch, format, number);
}

static void check_finding(size_t index, const char *header, const char *cookie, const char *option)
{
	ck_assert_uint_lt(index, findings_count(findings));
	const struct finding *f = findings_at(findings, index);
	ck_assert_str_eq(f->header, header);
	ck_assert_str_eq(f->cookie, cookie);
	ck_assert_str_eq(f->option, option);
}

START_TEST(finds_what_is_always_new)
{
	static const struct {
		const char *fields, *header, *cookie, *option;
	} cases[] = {
	    {"X-Nonce: %d\n", "x-nonce", "", "cache.ignore_headers"},
	    {"Cookie: a=b; Visit=%d; AWSALB=c\n", "cookie", "Visit", "cache.ignore_cookies"},
	    {"Authorization: Bearer %d\n", "authorization", "", "cache.share"},
	    {"X-Any-Token: %d\n", "x-any-token", "", "cache.ignore_headers"},
	    {"Host: h%d.example\n", "host", "", "upstream.forwarded"},
	    {"X-Long: a value that is new in its middle only: %d, and not behind it\n", "x-long",
	     "", "cache.ignore_headers"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int n = 1; n < WATCH_WINDOW; n++)
			note(cases[i].fields, n);
		ck_assert_uint_eq(findings_count(findings), i);
		note(cases[i].fields, 0);
		check_finding(i, cases[i].header, cases[i].cookie, cases[i].option);
		for (int n = 0; n < 3 * WATCH_WINDOW; n++)
			note(cases[i].fields, n);
		ck_assert_uint_eq(findings_count(findings), i + 1);
	}
}
END_TEST

START_TEST(lets_pass_what_comes_again)
{
	for (int n = 0; n < 8 * WATCH_WINDOW; n++) {
		note("X-Same: 1\nTraceparent: %d\nX-Request-Id: %d\nCookie: AWSALB=%d; a=1\n", n);
		note("X-Some: %d\n", n % 200);
		note("X-Often: %d\n", n % 8 ? n : 0);
		note("X-Team: t\nHost: h\n", 0);
	}
	ck_assert_uint_eq(findings_count(findings), 0);
}
END_TEST

/* A field that was good at first is still watched and found later. */
START_TEST(notices_what_becomes_new)
{
	for (int n = 0; n < 3 * WATCH_WINDOW; n++)
		note("X-A: same\n", 0);
	for (int n = 0; n < 2 * WATCH_WINDOW; n++)
		note("X-A: %d\n", n);
	check_finding(0, "x-a", "", "cache.ignore_headers");
}
END_TEST

/* Names that a client makes up do not displace a recurring one. */
START_TEST(finds_it_among_made_up_names)
{
	for (int n = 0; n < 4 * WATCH_WINDOW; n++) {
		note("X-Real: %d\n", n);
		for (int k = 0; k < 8; k++)
			note("X-Made-%d: 1\n", 8 * n + k);
	}
	ck_assert_uint_eq(findings_count(findings), 1);
	check_finding(0, "x-real", "", "cache.ignore_headers");
}
END_TEST

START_TEST(tells_no_more_than_there_is_room_for)
{
	for (int k = 0; k < 2 * FINDINGS_MAX; k++) {
		char format[64];
		snprintf(format, sizeof format, "X-Made-%d: %%d\n", k);
		for (int n = 0; n < WATCH_WINDOW; n++)
			note(format, n);
	}
	ck_assert_uint_eq(findings_count(findings), FINDINGS_MAX);
}
END_TEST

static void *note_all(void *context)
{
	struct header_watch *own = make_watch();
	for (int n = 0; n < 2 * WATCH_WINDOW; n++)
		note_in(own, "X-A: %d\nX-B: 1\n", n);
	header_watch_destroy(&own);
	return NULL;
}

START_TEST(workers_find_it_once)
{
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, note_all, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(findings_count(findings), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header_watch");
	TCase *all = tcase_create("header_watch");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, finds_what_is_always_new);
	tcase_add_test(all, lets_pass_what_comes_again);
	tcase_add_test(all, notices_what_becomes_new);
	tcase_add_test(all, finds_it_among_made_up_names);
	tcase_add_test(all, tells_no_more_than_there_is_room_for);
	tcase_add_test(all, workers_find_it_once);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
