#include "proxy/admin/metrics_page.h"

#include "tests/unit/main.h"

#include <ctype.h>
#include <stdio.h>

enum { ROOM = 1 << 20 };

static struct buf page_of(const struct figures *f)
{
	struct buf out = buf_make(ROOM);
	ck_assert(metrics_page(f, &out) && buf_append_byte(&out, 0));
	return out;
}

static void has_line(const char *page, const char *line)
{
	const char *at = page;
	while ((at = strstr(at, line))) {
		if ((at == page || at[-1] == '\n') && at[strlen(line)] == '\n')
			return;
		at++;
	}
	ck_abort_msg("%s\nis not in\n%s", line, page);
}

/* Each reason is a series of its counter's family and of no other. */
START_TEST(shows_every_verdict_once)
{
	struct figures f = {0};
	for (int v = 0; v < VERDICTS; v++)
		f.counted.verdicts[v] = (uint64_t)v + 1000;
	scoped(buf_finish) struct buf page = page_of(&f);
	static const char *const families[] = {
	    [COUNTS_BYPASSES] = "bypasses_total", [COUNTS_UNSTORED] = "unstored_total"};
	for (int v = 0; v < VERDICTS; v++) {
		char line[128], label[64];
		const char *text = verdict_text((enum verdict)v);
		enum verdict_counter counter = verdict_counter((enum verdict)v);
		snprintf(label, sizeof label, "reason=\"%s\"", text);
		const char *first = strstr(page.at, label);
		ck_assert_msg((first != NULL) == (counter != COUNTS_NOTHING), "%s", text);
		if (!first)
			continue;
		ck_assert_msg(!strstr(first + 1, label), "%s", text);
		snprintf(line, sizeof line, "reprise_%s{%s} %d", families[counter], label,
			 v + 1000);
		has_line(page.at, line);
	}
}
END_TEST

START_TEST(shows_every_failure)
{
	struct figures f = {0};
	for (int i = FAILURE_NONE + 1; i < FAILURES; i++)
		f.counted.failures[i] = (uint64_t)i;
	scoped(buf_finish) struct buf page = page_of(&f);
	for (int i = FAILURE_NONE + 1; i < FAILURES; i++) {
		char line[128];
		snprintf(line, sizeof line, "reprise_errors_total{code=\"%s\"} %d",
			 failure_row((enum failure)i)->code, i);
		has_line(page.at, line);
	}
}
END_TEST

START_TEST(shows_how_things_stand)
{
	struct figures f = {
	    .cache = {.entries = 1,
		      .derived = 2,
		      .bytes = 3,
		      .flights = 4,
		      .evictions = 5,
		      .expirations = UINT64_MAX},
	    .memory_limit = 6,
	    .workers = 7,
	    .connections = 8,
	    .transfers = 9,
	    .waiting = 10,
	    .budget = {.used_bytes = 11, .limit_bytes = 12, .refusals = 13},
	    .counted = {.turns = {1, 0, 2, 0, 0, 0, 3},
			.turns_us = 7000005,
			.longest_turn_us = 1020},
	};
	scoped(buf_finish) struct buf page = page_of(&f);
	has_line(page.at, "reprise_cache_entries 1");
	has_line(page.at, "reprise_cache_derived 2");
	has_line(page.at, "reprise_cache_bytes 3");
	has_line(page.at, "reprise_flights 4");
	has_line(page.at, "reprise_cache_evictions_total 5");
	has_line(page.at, "reprise_cache_expirations_total 18446744073709551615");
	has_line(page.at, "reprise_cache_limit_bytes 6");
	has_line(page.at, "reprise_workers 7");
	has_line(page.at, "reprise_connections 8");
	has_line(page.at, "reprise_upstream_transfers 9");
	has_line(page.at, "reprise_upstream_waiting 10");
	has_line(page.at, "reprise_memory_bytes 11");
	has_line(page.at, "reprise_memory_limit_bytes 12");
	has_line(page.at, "reprise_memory_refusals_total 13");
	has_line(page.at, "reprise_worker_turn_seconds_bucket{le=\"0.001\"} 1");
	has_line(page.at, "reprise_worker_turn_seconds_bucket{le=\"0.02\"} 3");
	has_line(page.at, "reprise_worker_turn_seconds_bucket{le=\"1\"} 3");
	has_line(page.at, "reprise_worker_turn_seconds_bucket{le=\"+Inf\"} 6");
	has_line(page.at, "reprise_worker_turn_seconds_sum 7.000005");
	has_line(page.at, "reprise_worker_turn_seconds_count 6");
	has_line(page.at, "reprise_worker_turn_seconds_max 0.001020");
}
END_TEST

/* Cuts off the text up to the next space. */
static const char *word(char **line)
{
	const char *first = strsep(line, " ");
	ck_assert_ptr_nonnull(first);
	return first;
}

static bool is_counter(const char *family)
{
	static const char end[] = "_total";
	size_t len = strlen(family);
	return len > strlen(end) && strcmp(family + len - strlen(end), end) == 0;
}

static bool is_histogram(const char *family)
{
	return strcmp(family, "reprise_worker_turn_seconds") == 0;
}

/* The permitted suffixes of a series behind the name of its family. */
static bool is_end(const char *family, const char *end)
{
	size_t len = strcspn(end, "{");
	if (len == 0)
		return !is_histogram(family);
	return is_histogram(family) && end[0] == '_' &&
	       memmem("_bucket_sum_count", 17, end, len) != NULL;
}

/* Checks the format: each line a comment or "name{labels} number", each family's series
 * together and behind its HELP and TYPE, counters with _total. */
START_TEST(is_well_formed)
{
	struct figures f = {0};
	scoped(buf_finish) struct buf page = page_of(&f);
	const char *family = "";
	for (char *rest = page.at, *line; (line = strsep(&rest, "\n")) && rest;) {
		const char *first = word(&line);
		if (strcmp(first, "#") != 0) {
			size_t len = strlen(family);
			ck_assert_msg(strncmp(first, family, len) == 0, "%s", first);
			ck_assert_msg(is_end(family, first + len), "%s", first);
			ck_assert(strcmp(line, "0") == 0 || strcmp(line, "0.000000") == 0);
		} else if (strcmp(word(&line), "HELP") == 0) {
			family = word(&line);
			ck_assert_msg(isupper(line[0]) || strchr(line, '.'), "%s", line);
		} else {
			ck_assert_str_eq(word(&line), family);
			ck_assert_str_eq(line, is_counter(family)     ? "counter"
					       : is_histogram(family) ? "histogram"
								      : "gauge");
		}
	}
}
END_TEST

START_TEST(says_when_it_does_not_fit)
{
	struct figures f = {0};
	scoped(buf_finish) struct buf out = buf_make(4096);
	ck_assert(!metrics_page(&f, &out));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics_page");
	TCase *all = tcase_create("metrics_page");
	tcase_add_test(all, shows_every_verdict_once);
	tcase_add_test(all, shows_every_failure);
	tcase_add_test(all, shows_how_things_stand);
	tcase_add_test(all, is_well_formed);
	tcase_add_test(all, says_when_it_does_not_fit);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
