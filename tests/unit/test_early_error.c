#include "proxy/http/early_error.h"

#include "tests/unit/main.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct cors_grant nobody = {.known = true};
static const struct cors_grant page = {
    .known = true, .credentials = true, .allow = "https://a.example", .expose = "X-Theirs"};

static char *read_all(int fd, char *at, size_t room)
{
	ssize_t got = recv(fd, at, room - 1, 0);
	ck_assert_int_gt(got, 0);
	at[got] = 0;
	return at;
}

/* Every failure that an early error may have, and others. */
START_TEST(writes_a_whole_answer)
{
	for (int f = FAILURE_NONE + 1; f < FAILURES; f++) {
		int ends[2];
		char text[4096], wanted[256];
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		size_t len =
		    early_error_write(ends[0], ERROR_OPENAI, (enum failure)f, &nobody, true);
		read_all(ends[1], text, sizeof text);
		const struct failure_row *row = failure_row((enum failure)f);
		snprintf(wanted, sizeof wanted, "HTTP/1.1 %u ", row->status);
		ck_assert_msg(strncmp(text, wanted, strlen(wanted)) == 0, "%s", text);
		snprintf(wanted, sizeof wanted, "\r\nContent-Length: %zu\r\n", len);
		ck_assert_msg(strstr(text, wanted), "%s", text);
		ck_assert_uint_eq(strlen(strstr(text, "\r\n\r\n") + 4), len);
		snprintf(wanted, sizeof wanted, "\"code\":\"%s\"", row->code);
		ck_assert_msg(strstr(text, wanted), "%s", text);
		ck_assert_ptr_null(strstr(text, "Access-Control"));
		ck_assert_int_eq(strstr(text, "\r\nRetry-After: 1\r\n") != NULL,
				 row->status == 429 || row->status == 503);
		close(ends[0]);
		close(ends[1]);
	}
}
END_TEST

START_TEST(speaks_in_the_endpoints_shape)
{
	int ends[2];
	char text[4096];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	early_error_write(ends[0], ERROR_ANTHROPIC, FAILURE_SLOW_BODY, &page, true);
	ck_assert_ptr_nonnull(strstr(read_all(ends[1], text, sizeof text), "{\"type\":\"error\""));
	ck_assert_ptr_nonnull(strstr(text, "\r\nAccess-Control-Allow-Origin: https://a.example\r\n"
					   "Access-Control-Allow-Credentials: true\r\n"
					   "Access-Control-Expose-Headers: X-Theirs, X-Cache, "));
	ck_assert_ptr_nonnull(strstr(text, "\r\nVary: Origin\r\n"));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(leaves_the_body_out_for_a_head)
{
	int ends[2];
	char text[4096];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_uint_eq(
	    early_error_write(ends[0], ERROR_OPENAI, FAILURE_BODY_TOO_LARGE, &nobody, false), 0);
	ck_assert_str_eq(strstr(read_all(ends[1], text, sizeof text), "\r\n\r\n"), "\r\n\r\n");
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(every_page_may_read_what_nobody_asked)
{
	int ends[2];
	struct context worker = {0};
	char text[4096];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	early_error_send(ends[0], FAILURE_CONNECTIONS, &worker);
	ck_assert_ptr_nonnull(
	    strstr(read_all(ends[1], text, sizeof text), "\r\nAccess-Control-Allow-Origin: *\r\n"));
	ck_assert_ptr_null(strstr(text, "Vary"));
	access_log_finish(&worker.access);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(does_not_mind_who_is_gone)
{
	int ends[2];
	struct context worker = {0};
	struct access_log *log = &worker.access;
	access_log_init(log, true);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	close(ends[1]);
	early_error_send(ends[0], FAILURE_CONNECTIONS, &worker);
	ck_assert_uint_eq(worker.metrics.failures[FAILURE_CONNECTIONS], 1);
	ck_assert(memmem(log->lines.at, log->lines.len, "status=503", 10));
	ck_assert(memmem(log->lines.at, log->lines.len, "verdict=too_many_connections ", 29));
	buf_clear(&log->lines);
	access_log_finish(log);
	close(ends[0]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("early_error");
	TCase *all = tcase_create("early_error");
	tcase_add_test(all, writes_a_whole_answer);
	tcase_add_test(all, speaks_in_the_endpoints_shape);
	tcase_add_test(all, leaves_the_body_out_for_a_head);
	tcase_add_test(all, every_page_may_read_what_nobody_asked);
	tcase_add_test(all, does_not_mind_who_is_gone);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
