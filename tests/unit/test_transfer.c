#include "proxy/upstream/transfer.h"

#include "tests/unit/transfer_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct fixture world;

static void tear_down(void)
{
	fixture_finish(&world);
}

#define OK_5 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

/* ## Answers */

struct answer_case {
	const char *answer;
	enum transfer_outcome outcome;
	unsigned status;
	const char *fields;
	const char *bytes;
};

static const struct answer_case answers[] = {
    {OK_5, TRANSFER_FINE, 200, "Content-Length: 5\n", "hello"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
     TRANSFER_FINE, 200, "Transfer-Encoding: chunked\n", "hello"},
    /* Trailers are not fields of the head. */
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
     "5\r\nhello\r\n0\r\nX: 1\r\nHTTP/1.1 500: no\r\n\r\n",
     TRANSFER_FINE, 200, "Transfer-Encoding: chunked\nTrailer: X\n", "hello"},
    {"HTTP/1.1 100 Continue\r\nX: 0\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: 1\r\n\r\nhello",
     TRANSFER_FINE, 200, "Content-Length: 5\nX: 1\n", "hello"},
    {"HTTP/1.1 204 No Content\r\n\r\n", TRANSFER_FINE, 204, "", ""},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", TRANSFER_FINE, 304,
     "Content-Length: 9\n", ""},
    {"HTTP/1.1 500\r\nContent-Length: 0\r\nEmpty:\r\nX:  a b \t\r\n\r\n", TRANSFER_FINE, 500,
     "Content-Length: 0\nEmpty: \nX: a b\n", ""},
    {"HTTP/1.0 200 OK\r\n\r\nuntil the end", TRANSFER_FINE, 200, "", "until the end"},
    {"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", TRANSFER_FINE, 302,
     "Location: /x\nContent-Length: 0\n", ""},
    {"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno", TRANSFER_FINE,
     401, "WWW-Authenticate: Basic\nContent-Length: 2\n", "no"},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b!",
     TRANSFER_FINE, 200, "Content-Encoding: gzip\nContent-Length: 3\n", "\x1f\x8b!"},
    /* Torn before the head, in it, and behind it. */
    {"", TRANSFER_TORN, 0, "", ""},
    {"HTTP/1.1 200 OK\r\nContent-Len", TRANSFER_TORN, 200, "", ""},
    {"HTTP/1.1 100 Continue\r\n\r\n", TRANSFER_TORN, 0, "", ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", TRANSFER_TORN, 200, "Content-Length: 9\n",
     "hello"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", TRANSFER_TORN, 200,
     "Transfer-Encoding: chunked\n", "hello"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", TRANSFER_TORN, 200,
     "Transfer-Encoding: chunked\n", ""},
    /* Not HTTP. */
    {"SSH-2.0-OpenSSH_9.2\r\n", TRANSFER_TORN, 0, "", ""},
    {"hello", TRANSFER_TORN, 0, "", ""},
    {"HTTP/3.7 200 OK\r\n\r\n", TRANSFER_TORN, 0, "", ""},
    {"HTTP/2 200 OK\r\n\r\n", TRANSFER_TORN, 0, "", ""},
    {"HTTP/2.0 200 OK\r\n\r\n", TRANSFER_TORN, 0, "", ""},
    {"HTTP/0.9 200 OK\r\n\r\n", TRANSFER_TORN, 0, "", ""},
    {"HTTP/1 200 OK\r\n\r\n", TRANSFER_TORN, 0, "", ""},
    {"HTTP/1.10 200 OK\r\n\r\n", TRANSFER_TORN, 0, "", ""},
    {"HTTP/1.x 200 OK\r\n\r\n", TRANSFER_TORN, 0, "", ""},
    /* A response that switches protocols, or has an invalid status, has no body. */
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nbytes", TRANSFER_TORN, 0, "", ""},
    {"HTTP/1.1 20 OK\r\nX: 1\r\n\r\nbytes", TRANSFER_TORN, 0, "", ""},
    {"HTtP/1.1 200 OK\r\nX: 1\r\n\r\nbytes", TRANSFER_TORN, 0, "", ""},
    {"HTtP/\"m\":1\r\nX: 1\r\n\r\nbytes", TRANSFER_TORN, 0, "", ""},
    {"http/1.1 200 OK\r\n\r\nbytes", TRANSFER_TORN, 0, "", ""},
    {"HTTP/1.1 099 Low\r\nContent-Length: 5\r\n\r\nhello", TRANSFER_TORN, 0, "", ""},
};

START_TEST(answers_of_all_kinds)
{
	const struct answer_case *c = &answers[_i];
	const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, c->answer}, {SCRIPT_END}};
	fixture_script(&world, script, false);
	struct client a;
	client_start(&a, &world, "POST", "/v1/x", "question");
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, c->outcome, c->status, c->bytes);
	ck_assert_msg(slice_is(buf_slice(&a.fields), c->fields), "%.*s",
		      SLICE_FMT(buf_slice(&a.fields)));
	ck_assert_uint_eq(a.given, 8);
	if (c->outcome == TRANSFER_FINE)
		ck_assert_uint_eq(a.heads, 1);
	client_finish(&a);
}
END_TEST

START_TEST(a_head_is_bodiless_whatever_its_length)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, OK_5},
	    {SCRIPT_END}};
	fixture_script(&world, script, false);
	client_exchange(&world, "HEAD", "/", NULL, TRANSFER_FINE, 200, "");
	client_exchange(&world, "GET", "/", NULL, TRANSFER_FINE, 200, "hello");
	ck_assert_int_eq(strncmp(scripted_request(world.server, 0), "HEAD / HTTP/1.1\r\n", 17), 0);
}
END_TEST

/* A HEAD request is sent without its body, too: on a kept connection, an answer before the end of
 * the request would count as stray bytes. */
START_TEST(a_head_is_asked_once)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, OK_5},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
	    {SCRIPT_END}};
	fixture_script(&world, script, false);
	client_exchange(&world, "GET", "/", NULL, TRANSFER_FINE, 200, "hello");
	client_exchange(&world, "HEAD", "/", "question", TRANSFER_FINE, 200, "");
}
END_TEST

/* ## Requests */

START_TEST(requests_go_out_as_they_are)
{
	static const struct {
		const char *method;
		const char *target;
		const char *body;
		const char *line;
	} cases[] = {
	    {"GET", "/a/../b%2e?x#y", NULL, "GET /base/a/../b%2e?x#y HTTP/1.1\r\n"},
	    {"POST", "//v1//x?", "b", "POST /base//v1//x? HTTP/1.1\r\n"},
	    {"DELETE", "/x", NULL, "DELETE /base/x HTTP/1.1\r\n"},
	    {"PATCH", "/x", "", "PATCH /base/x HTTP/1.1\r\n"},
	    {"OPTIONS", "*", NULL, "OPTIONS * HTTP/1.1\r\n"},
	    {"get", "/{x}|\\^`", NULL, "get /base/{x}|\\^` HTTP/1.1\r\n"},
	    {"POST", "/x", NULL, "POST /base/x HTTP/1.1\r\n"},
	};
	enum { CASES = COUNT(cases) };
	struct script script[1 + 2 * CASES + 1] = {{SCRIPT_ACCEPT}};
	for (size_t i = 0; i < CASES; i++) {
		script[1 + 2 * i] = (struct script){SCRIPT_READ};
		script[2 + 2 * i] = (struct script){SCRIPT_SEND, OK_5};
	}
	world.server = scripted_start(script, false);
	fixture_begin(&world, scripted_url(world.server), "/base/");
	for (size_t i = 0; i < CASES; i++) {
		client_exchange(&world, cases[i].method, cases[i].target, cases[i].body,
				TRANSFER_FINE, 200, "hello");
		const char *got = scripted_request(world.server, i);
		ck_assert_msg(strncmp(got, cases[i].line, strlen(cases[i].line)) == 0, "%s", got);
		ck_assert_msg(!strstr(got, "Content-Length") == !cases[i].body, "%s", got);
		ck_assert_msg(!strstr(got, "Transfer-Encoding"), "%s", got);
	}
}
END_TEST

START_TEST(lines_go_out_and_no_others)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, OK_5}, {SCRIPT_END}};
	static const char lines[] = "X-One: 1\0X-Empty;\0Accept:\0Content-Type:\0User-Agent:\0"
				    "Expect:\0x-two: a b";
	fixture_script(&world, script, false);
	struct client a = {.bytes = buf_make(100), .fields = buf_make(100)};
	struct transfer_request request = {.method = slice_of("POST"),
					   .target = slice_of("/"),
					   .lines = {lines, sizeof lines},
					   .callbacks = &client_callbacks,
					   .context = &a};
	a.transfer = transfer_start(world.pool, &request);
	FIXTURE_UNTIL(&world, a.ends);
	char want[256];
	snprintf(want, sizeof want,
		 "POST / HTTP/1.1\r\nHost: %s\r\nX-One: 1\r\nX-Empty:\r\nx-two: a b\r\n\r\n",
		 scripted_url(world.server) + strlen("http://"));
	ck_assert_str_eq(scripted_request(world.server, 0), want);
	client_finish(&a);
}
END_TEST

START_TEST(a_late_body_is_waited_for)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, OK_5}, {SCRIPT_END}};
	fixture_script(&world, script, false);
	struct client a;
	client_start(&a, &world, "POST", "/", "0123456789");
	struct slice whole = a.body;
	a.body.len = 4;
	a.body_late = true;
	FIXTURE_UNTIL(&world, a.reads >= 2);
	size_t reads = a.reads;
	fixture_turn(&world);
	ck_assert_uint_eq(a.reads, reads);
	a.body = whole;
	transfer_resume(a.transfer);
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, TRANSFER_FINE, 200, "hello");
	ck_assert_ptr_nonnull(strstr(scripted_request(world.server, 0), "\r\n\r\n0123456789"));
	transfer_resume(a.transfer);
	client_finish(&a);
}
END_TEST

START_TEST(a_body_of_unknown_length_is_chunked)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, OK_5}, {SCRIPT_END}};
	fixture_script(&world, script, false);
	struct client a = {
	    .bytes = buf_make(100), .fields = buf_make(100), .body = slice_of("question")};
	struct transfer_request request = {.method = slice_of("PUT"),
					   .target = slice_of("/"),
					   .has_body = true,
					   .body_bytes = -1,
					   .callbacks = &client_callbacks,
					   .context = &a};
	a.transfer = transfer_start(world.pool, &request);
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, TRANSFER_FINE, 200, "hello");
	const char *got = scripted_request(world.server, 0);
	ck_assert_ptr_nonnull(strstr(got, "Transfer-Encoding: chunked\r\n"));
	ck_assert_ptr_nonnull(strstr(got, "\r\n\r\n8\r\nquestion\r\n0\r\n\r\n"));
	client_finish(&a);
}
END_TEST

START_TEST(a_broken_body_breaks_the_transfer)
{
	static const struct script script[] = {{SCRIPT_ACCEPT}, {SCRIPT_SEE_END}, {SCRIPT_END}};
	fixture_script(&world, script, false);
	struct client a;
	client_start(&a, &world, "POST", "/", "0123456789");
	a.body.len = 4;
	a.body_broken = true;
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, TRANSFER_TORN, 0, "");
	client_finish(&a);
	FIXTURE_UNTIL(&world, scripted_steps(world.server) == 2);
}
END_TEST

/* ## Stopping and cancelling */

START_TEST(stop_tears_it)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, OK_5}, {SCRIPT_SEE_END}, {SCRIPT_END}};
	fixture_script(&world, script, false);
	struct client a;
	client_start(&a, &world, "GET", "/", NULL);
	a.flow = TRANSFER_STOP;
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, TRANSFER_TORN, 200, "");
	client_finish(&a);
	FIXTURE_UNTIL(&world, scripted_steps(world.server) == 4);
}
END_TEST

START_TEST(cancelling_what_has_just_begun)
{
	static const struct script script[] = {{SCRIPT_END}};
	fixture_script(&world, script, false);
	struct client a;
	client_start(&a, &world, "POST", "/", "a");
	client_finish(&a);
	client_start(&a, &world, "POST", "/", "a");
	transfer_resume(a.transfer);
	client_finish(&a);
	fixture_turn(&world);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("transfer");
	TCase *all = tcase_create("transfer");
	tcase_add_checked_fixture(all, NULL, tear_down);
	tcase_add_loop_test(all, answers_of_all_kinds, 0, COUNT(answers));
	tcase_add_test(all, a_head_is_bodiless_whatever_its_length);
	tcase_add_test(all, a_head_is_asked_once);
	tcase_add_test(all, requests_go_out_as_they_are);
	tcase_add_test(all, lines_go_out_and_no_others);
	tcase_add_test(all, a_late_body_is_waited_for);
	tcase_add_test(all, a_body_of_unknown_length_is_chunked);
	tcase_add_test(all, a_broken_body_breaks_the_transfer);
	tcase_add_test(all, stop_tears_it);
	tcase_add_test(all, cancelling_what_has_just_begun);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
