#include "base/log.h"
#include "proxy/observe/access_log.h"

#include "tests/unit/main.h"

#include <fcntl.h>
#include <unistd.h>

static int file, saved;

/* Redirects standard error to a file to check what was written. */
static void set_up(void)
{
	char name[] = "/tmp/access_log_XXXXXX";
	file = mkstemp(name);
	ck_assert_int_ge(file, 0);
	unlink(name);
	saved = dup(STDERR_FILENO);
	dup2(file, STDERR_FILENO);
}

static void tear_down(void)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(file);
}

static size_t written(char *at, size_t room)
{
	ssize_t got = pread(file, at, room - 1, 0);
	ck_assert_int_ge(got, 0);
	at[got] = 0;
	return (size_t)got;
}

static const struct access one = {
    .method = SLICE("POST"),
    .path = SLICE("/v1/chat/completions"),
    .status = 200,
    .cache = "MISS",
    .endpoint = "chat",
    .verdict = "fine",
    .bytes_in = 10,
    .bytes_out = 20,
    .first_us = 30,
    .total_us = 40,
    .upstream_us = -1,
};

START_TEST(a_line_of_text)
{
	log_setup(LOG_INFO, LOG_TEXT);
	struct access_log log;
	access_log_init(&log, true);
	access_log_add(&log, &one);
	char text[2048];
	ck_assert_uint_eq(written(text, sizeof text), 0);
	access_log_flush(&log);
	written(text, sizeof text);
	ck_assert_str_eq(text + 24,
			 " info  access: method=POST path=/v1/chat/completions status=200 "
			 "cache=MISS endpoint=chat verdict=fine tenant=- bytes_in=10 bytes_out=20 "
			 "first_us=30 total_us=40 upstream_us=-1\n");
	access_log_finish(&log);
	ck_assert_uint_eq(written(text, sizeof text), strlen(text));
}
END_TEST

START_TEST(a_line_of_json)
{
	log_setup(LOG_INFO, LOG_JSON);
	struct access_log log;
	access_log_init(&log, true);
	struct access odd = one;
	odd.path = slice_of("/a\"b\\\n\xff");
	access_log_add(&log, &odd);
	access_log_finish(&log);
	char text[2048];
	written(text, sizeof text);
	ck_assert_str_eq(
	    strstr(text, ",\"level\""),
	    ",\"level\":\"info\",\"module\":\"access\",\"method\":\"POST\","
	    "\"path\":\"/a\\\"b\\\\\\u000a\\u00ff\",\"status\":200,\"cache\":\"MISS\","
	    "\"endpoint\":\"chat\",\"verdict\":\"fine\",\"tenant\":\"-\",\"bytes_in\":10,"
	    "\"bytes_out\":20,\"first_us\":30,\"total_us\":40,\"upstream_us\":-1}\n");
}
END_TEST

START_TEST(silent_when_off)
{
	struct access_log log;
	access_log_init(&log, false);
	access_log_add(&log, &one);
	access_log_finish(&log);
	char text[64];
	ck_assert_uint_eq(written(text, sizeof text), 0);
}
END_TEST

/* When the buffer is full it is written early: no line is lost or cut. */
START_TEST(many_lines_come_through)
{
	enum { LINES = 5000 };
	log_setup(LOG_INFO, LOG_TEXT);
	struct access_log log;
	access_log_init(&log, true);
	for (int i = 0; i < LINES; i++)
		access_log_add(&log, &one);
	access_log_finish(&log);
	enum { ROOM = LINES * 300 };
	char *text = malloc(ROOM);
	struct slice rest = {text, written(text, ROOM)};
	int lines = 0;
	for (; rest.len; lines++) {
		struct slice line = slice_cut(&rest, '\n');
		ck_assert(rest.at != NULL || line.len > 0);
		ck_assert_ptr_nonnull(memmem(line.at, line.len, "upstream_us=-1", 14));
	}
	ck_assert_int_eq(lines, LINES);
	free(text);
}
END_TEST

START_TEST(long_paths_are_cut)
{
	static char path[10000];
	memset(path, '"', sizeof path);
	struct access_log log;
	access_log_init(&log, true);
	struct access odd = one;
	odd.path = slice_make(path, sizeof path);
	odd.method = odd.path;
	access_log_add(&log, &odd);
	access_log_finish(&log);
	char text[2048];
	size_t len = written(text, sizeof text);
	ck_assert_uint_gt(len, 500);
	ck_assert_uint_lt(len, 1000);
	ck_assert_int_eq(text[len - 1], '\n');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access_log");
	TCase *all = tcase_create("access_log");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, a_line_of_text);
	tcase_add_test(all, a_line_of_json);
	tcase_add_test(all, silent_when_off);
	tcase_add_test(all, many_lines_come_through);
	tcase_add_test(all, long_paths_are_cut);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
