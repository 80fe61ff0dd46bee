#define LOG_MODULE "test"
#include "base/log.h"

#include "tests/unit/main.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <unistd.h>

static const struct {
	int64_t wall_ms;
	const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {1, "1970-01-01T00:00:00.001Z"},
    {951782400000, "2000-02-29T00:00:00.000Z"},
    {1795204081123, "2026-11-20T19:48:01.123Z"},
    {4102444799999, "2099-12-31T23:59:59.999Z"},
};

START_TEST(writes_times)
{
	char text[LOG_TIME];
	log_time(times[_i].wall_ms, text);
	ck_assert_str_eq(text, times[_i].text);
}
END_TEST

static const struct {
	struct slice raw;
	const char *escaped;
} escapes[] = {
    {SLICE(""), ""},
    {SLICE("plain text"), "plain text"},
    {SLICE("say \"a\\b\""), "say \\\"a\\\\b\\\""},
    {SLICE("a\nb\tc\0d"), "a\\u000ab\\u0009c\\u0000d"},
    {SLICE("\x7f\xff"), "\\u007f\\u00ff"},
};

START_TEST(escapes_for_json)
{
	char text[100];
	size_t len = log_escape(escapes[_i].raw, text, sizeof text);
	ck_assert_str_eq(text, escapes[_i].escaped);
	ck_assert_uint_eq(len, strlen(escapes[_i].escaped));
}
END_TEST

START_TEST(never_cuts_within_an_escape)
{
	for (size_t room = 1; room < 60; room++) {
		char text[64];
		memset(text, '#', sizeof text);
		size_t len = log_escape(slice_of("\n\n\n\n\n\n\n\n\n\n"), text, room);
		ck_assert_uint_lt(len, room);
		ck_assert_int_eq(text[len], 0);
		ck_assert_uint_eq(len % 6, 0);
		ck_assert_int_eq(text[room], '#');
	}
}
END_TEST

/* Returns what log_write writes to standard error, NUL-terminated, in static memory. */
static char *captured(void (*write_lines)(void))
{
	static char text[8192];
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	int kept = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	write_lines();
	dup2(kept, STDERR_FILENO);
	close(ends[1]);
	close(kept);
	size_t len = 0;
	for (ssize_t n; (n = read(ends[0], text + len, sizeof text - 1 - len)) > 0;)
		len += (size_t)n;
	close(ends[0]);
	text[len] = 0;
	return text;
}

static void write_each_level(void)
{
	log_error("e n=%d", 1);
	log_warn("w");
	log_info("i");
	log_debug("d");
}

START_TEST(drops_what_is_above_its_level)
{
	log_setup(LOG_WARN, LOG_TEXT);
	char *text = captured(write_each_level);
	ck_assert_ptr_nonnull(strstr(text, " error test: e n=1\n"));
	ck_assert_ptr_nonnull(strstr(text, " warn  test: w\n"));
	ck_assert_ptr_null(strstr(text, "test: i"));
	ck_assert_ptr_null(strstr(text, "test: d"));
}
END_TEST

static void write_awkward_line(void)
{
	log_info("path=\"/a\\b\"\n%s", "\x01");
}

START_TEST(writes_json_that_parses)
{
	log_setup(LOG_INFO, LOG_JSON);
	ck_assert_int_eq(log_format(), LOG_JSON);
	char *text = captured(write_awkward_line);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	cJSON *json = cJSON_Parse(text);
	ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "level")), "info");
	ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "module")), "test");
	ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "message")),
			 "path=\"/a\\b\"\n\x01");
	cJSON_Delete(json);
}
END_TEST

START_TEST(writes_text_in_one_line)
{
	log_setup(LOG_INFO, LOG_TEXT);
	char *text = captured(write_awkward_line);
	ck_assert_ptr_nonnull(strstr(text, " info  test: path=\"/a\\b\"??\n"));
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

static void write_long_line(void)
{
	static char text[5000];
	memset(text, '\n', sizeof text - 1);
	log_info("%s", text);
}

START_TEST(cuts_long_lines_and_keeps_them_whole)
{
	log_setup(LOG_INFO, LOG_JSON);
	char *text = captured(write_long_line);
	ck_assert_uint_le(strlen(text), 2048);
	cJSON *json = cJSON_Parse(text);
	ck_assert_ptr_nonnull(json);
	cJSON_Delete(json);
}
END_TEST

static void write_long_text(void)
{
	static char text[5000];
	memset(text, 'x', sizeof text - 1);
	log_info("%s", text);
}

START_TEST(ends_every_line)
{
	log_setup(LOG_INFO, LOG_TEXT);
	char *text = captured(write_long_text);
	ck_assert_uint_le(strlen(text), 2048);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *all = tcase_create("log");
	tcase_add_loop_test(all, writes_times, 0, sizeof times / sizeof *times);
	tcase_add_loop_test(all, escapes_for_json, 0, sizeof escapes / sizeof *escapes);
	tcase_add_test(all, never_cuts_within_an_escape);
	tcase_add_test(all, drops_what_is_above_its_level);
	tcase_add_test(all, writes_json_that_parses);
	tcase_add_test(all, writes_text_in_one_line);
	tcase_add_test(all, cuts_long_lines_and_keeps_them_whole);
	tcase_add_test(all, ends_every_line);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
