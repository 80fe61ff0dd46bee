#include "proxy/http/framing.h"

#include "proxy/header/header_fields.h"
#include "tests/unit/framed.h"
#include "tests/unit/main.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define HOST "Host: x\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST "\r\n"
#define CHUNKED "POST /c HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"

START_TEST(approves_requests)
{
	static const struct {
		const char *stream;
		unsigned requests;
		size_t kept;
	} cases[] = {
	    {"", 0, 0},
	    {GET, 1, 0},
	    {"GET / HTTP/1.0\r\n\r\n", 1, 0},
	    {"GET / HTTP/1.0\r\n" HOST "\r\n", 1, 0},
	    {GET GET GET, 3, 0},
	    {"\r\n" GET "\r\n" GET, 2, 0},
	    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 1, 0},
	    {"POST http://y:80/a?b HTTP/1.1\r\n" HOST "\r\n", 1, 0},
	    {"GET HTTPS://[::1] HTTP/1.1\r\nHost: \t\r\n\r\n", 1, 0},
	    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 1, 0},
	    {"M-SEARCH /a?b=c&d\\e\xc3\xa9%00 HTTP/1.1\r\n" HOST "\r\n", 1, 0},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc" GET, 2, 0},
	    {"POST / HTTP/1.1\r\n" HOST "content-length:\t3\r\n\r\n\n\r\n" GET, 2, 0},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n" GET, 2, 0},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 000000000000000003\r\n\r\nabc", 1, 0},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 999999999999999999\r\n\r\nabc", 1, 0},
	    {CHUNKED "0\r\n\r\n" GET, 2, 0},
	    {CHUNKED "3\r\nabc\r\n00a\r\n0123456789\r\n0\r\n\r\n" GET, 2, 0},
	    {CHUNKED "000000000000001\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n", 1, 0},
	    {CHUNKED "0\r\nX-Sum: 1\r\nContent-Length: 5\r\n\r\n" GET, 2, 0},
	    {"GET / HTTP/1.1\r\nX-Tab: a\tb \r\nX-Empty:\r\nX-High: \xff\x80\r\n" HOST "\r\n", 1,
	     0},
	    {"GET / HTTP/1.1\r\n" HOST "Transfer-EncodingX: y\r\nX!#$%&'*+-.^_`|~9: z\r\n\r\n", 1,
	     0},
	    {GET "GE", 1, 2},
	    {GET "\r", 1, 1},
	    {"GET / HTTP/1.1\r\n" HOST, 0, 25},
	    {"GET / HTTP/1.1\r\n" HOST "\r", 0, 26},
	    {CHUNKED "3\r", 1, 2},
	    {CHUNKED "3\r\nabc\r", 1, 1},
	    {CHUNKED "0\r\nX: y\r\n", 1, 6},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice stream = slice_of(cases[i].stream);
		struct outcome o = read_stream(stream);
		ck_assert_msg(o.framing.failure == FAILURE_NONE, "%s: %s", stream.at,
			      o.framing.why);
		ck_assert_uint_eq(o.framing.requests, cases[i].requests);
		ck_assert_uint_eq(o.kept, cases[i].kept);
		ck_assert(
		    slice_equal(buf_slice(&o.passed), slice_make(stream.at, stream.len - o.kept)));
		buf_finish(&o.passed);
	}
}
END_TEST

START_TEST(cuts_extensions_out)
{
	static const struct {
		const char *stream, *passed;
	} cases[] = {
	    {CHUNKED "3;x\r\nabc\r\n1;a=\"b;c\";d\r\n\r\r\n0;e\r\n\r\n" GET,
	     CHUNKED "3\r\nabc\r\n1\r\n\r\r\n0\r\n\r\n" GET},
	    {CHUNKED "1;\r\na\r\n0\r\n\r\n" GET, CHUNKED "1\r\na\r\n0\r\n\r\n" GET},
	    {CHUNKED "0;z\r\nGET: /evil HTTP/1.1\r\nHost: x\r\n\r\n" GET,
	     CHUNKED "0\r\nGET: /evil HTTP/1.1\r\nHost: x\r\n\r\n" GET},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome o = read_stream(slice_of(cases[i].stream));
		ck_assert_int_eq(o.framing.failure, FAILURE_NONE);
		ck_assert_uint_eq(o.framing.requests, 2);
		ck_assert_uint_eq(o.kept, 0);
		ck_assert_msg(slice_is(buf_slice(&o.passed), cases[i].passed), "%.*s",
			      SLICE_FMT(o.passed));
		buf_finish(&o.passed);
	}
}
END_TEST

/* Bytes that are not approved follow the approved ones, in the place of the extension. */
START_TEST(keeps_what_is_behind_an_extension)
{
	struct framing f = framing_make(HEAD_LIMIT);
	char bytes[] = CHUNKED "1;x=y\r\na\r\n2;abc";
	size_t len = sizeof bytes - 1;
	size_t approved = framing_read(&f, bytes, &len);
	ck_assert(slice_is(slice_make(bytes, approved), CHUNKED "1\r\na\r\n"));
	ck_assert(slice_is(slice_make(bytes + approved, len - approved), "2;abc"));
}
END_TEST

#define LINE_END "Host: -\r\n\r\n"
#define NO_LINE "- - HTTP/1.1\r\n" LINE_END
#define LINE "POST /a HTTP/1.1\r\n"

struct bad {
	struct slice stream;
	const char *why;    /* part of the error text */
	const char *passes; /* what a parser behind it gets instead */
};

#define BAD(stream, why, passes)                                                                   \
	{                                                                                          \
		SLICE(stream), why, passes                                                         \
	}

static void check_bad(const struct bad *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice stream = cases[i].stream;
		struct outcome o = read_stream(stream);
		ck_assert_msg(o.framing.failure == FAILURE_FRAMING, "%s", stream.at);
		ck_assert_msg(strstr(o.framing.why, cases[i].why), "%s: %s", stream.at,
			      o.framing.why);
		ck_assert_uint_eq(o.framing.requests, 1);
		ck_assert_msg(slice_is(buf_slice(&o.passed), cases[i].passes), "%s: %.*s",
			      stream.at, SLICE_FMT(o.passed));
		buf_finish(&o.passed);
	}
}

START_TEST(refuses_request_lines)
{
	static const struct bad cases[] = {
	    BAD("\r\n\r\n" GET, "method", "\r\n" NO_LINE),
	    BAD("\rGET / HTTP/1.1\r\n", "CRLF", NO_LINE),
	    BAD("\nGET / HTTP/1.1\r\n", "method", NO_LINE),
	    BAD(" GET / HTTP/1.1\r\n", "method", NO_LINE),
	    BAD("\x16\x03\x01\x02", "method", NO_LINE),
	    BAD("GET / HTTP/1.1\n", "CRLF", NO_LINE),
	    BAD("GET /\r HTTP/1.1\r\n", "control", NO_LINE),
	    BAD("GET /\0 HTTP/1.1\r\n", "control", NO_LINE),
	    BAD("GET /\x7f HTTP/1.1\r\n", "control", NO_LINE),
	    BAD("GET /\x01 HTTP/1.1\r\n", "control", NO_LINE),
	    BAD("GET /\t HTTP/1.1\r\n", "path", NO_LINE),
	    BAD("GE@T / HTTP/1.1\r\n", "method", NO_LINE),
	    BAD("GET\r\n", "path", NO_LINE),
	    BAD("GET /\r\n", "version", NO_LINE),
	    BAD("GET  / HTTP/1.1\r\n", "path", NO_LINE),
	    BAD("GET /  HTTP/1.1\r\n", "version", NO_LINE),
	    BAD("GET / HTTP/1.1 \r\n", "version", NO_LINE),
	    BAD("GET /a b HTTP/1.1\r\n", "version", NO_LINE),
	    BAD("GET\t/ HTTP/1.1\r\n", "method", NO_LINE),
	    BAD("GET / HTTP/1.2\r\n", "version", NO_LINE),
	    BAD("GET / HTTP/0.9\r\n", "version", NO_LINE),
	    BAD("GET / http/1.1\r\n", "version", NO_LINE),
	    BAD("PRI * HTTP/2.0\r\n", "path", NO_LINE),
	    BAD("GET * HTTP/1.1\r\n", "path", NO_LINE),
	    BAD("GET /a#b HTTP/1.1\r\n", "path", NO_LINE),
	    BAD("GET /a?b#c HTTP/1.1\r\n", "path", NO_LINE),
	    BAD("GET ftp://x/ HTTP/1.1\r\n", "path", NO_LINE),
	    BAD("CONNECT x:443 HTTP/1.1\r\n", "CONNECT", NO_LINE),
	    BAD("CONNECT /x HTTP/1.1\r\n", "CONNECT", NO_LINE),
	    BAD("GET ** HTTP/1.1\r\n", "path", NO_LINE),
	};
	check_bad(cases, COUNT(cases));
}
END_TEST

START_TEST(refuses_fields)
{
	static const struct bad cases[] = {
	    BAD(LINE " Host: x\r\n\r\n", "folded", LINE LINE_END),
	    BAD(LINE "\tHost: x\r\n\r\n", "folded", LINE LINE_END),
	    BAD(LINE HOST "Authorizatio: evil\r\n n\r\n\r\n", "folded", LINE LINE_END),
	    BAD(LINE HOST "A: b\r\n \r\n\r\n", "folded", LINE LINE_END),
	    BAD(LINE HOST "A : b\r\n\r\n", "token", LINE LINE_END),
	    BAD(LINE HOST "A\t: b\r\n\r\n", "token", LINE LINE_END),
	    BAD(LINE HOST ": b\r\n\r\n", "token", LINE LINE_END),
	    BAD(LINE HOST "\xc3\xa4: b\r\n\r\n", "token", LINE LINE_END),
	    BAD(LINE HOST "Ab\r\n\r\n", "colon", LINE LINE_END),
	    BAD(LINE HOST "A: b\n\r\n", "CRLF", LINE LINE_END),
	    BAD(LINE HOST "\n", "CRLF", LINE LINE_END),
	    BAD(LINE HOST "A: b\rc\r\n\r\n", "control", LINE LINE_END),
	    BAD(LINE HOST "A: b\r\r\n\r\n", "control", LINE LINE_END),
	    BAD(LINE HOST "A: b\0c\r\n\r\n", "control", LINE LINE_END),
	    BAD(LINE HOST "A: a long value, and \x1b\r\n\r\n", "control", LINE LINE_END),
	    BAD(LINE HOST "A: a long value, and \x7f\r\n\r\n", "control", LINE LINE_END),
	    BAD(LINE "\r\n", "missing", LINE LINE_END),
	    BAD(LINE HOST "host: x\r\n\r\n", "twice", LINE LINE_END),
	    BAD("GET /0 HTTP/1.0\r\n" HOST HOST "\r\n", "twice", "GET /0 HTTP/1.0\r\n" LINE_END),
	    BAD(LINE "Host: a/b\r\n\r\n", "not a host", LINE LINE_END),
	};
	check_bad(cases, COUNT(cases));
}
END_TEST

START_TEST(refuses_lengths)
{
	static const struct bad cases[] = {
	    BAD(LINE HOST "Content-Length: 4\r\nContent-Length: 4\r\n\r\n", "twice", LINE LINE_END),
	    BAD(LINE HOST "Content-Length: 4, 4\r\n\r\n", "number", LINE LINE_END),
	    BAD(LINE HOST "Content-Length:\r\n\r\n", "number", LINE LINE_END),
	    BAD(LINE HOST "Content-Length: +4\r\n\r\n", "number", LINE LINE_END),
	    BAD(LINE HOST "Content-Length: -4\r\n\r\n", "number", LINE LINE_END),
	    BAD(LINE HOST "Content-Length: 0x4\r\n\r\n", "number", LINE LINE_END),
	    BAD(LINE HOST "Content-Length: 4 \r\n\r\n", "number", LINE LINE_END),
	    BAD(LINE HOST "Content-Length: 1000000000000000000\r\n\r\n", "number", LINE LINE_END),
	    BAD(LINE HOST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", "Both",
		LINE LINE_END),
	    BAD(LINE HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		"exactly", LINE LINE_END),
	    BAD(LINE HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", "exactly", LINE LINE_END),
	    BAD(LINE HOST "Transfer-Encoding: chunked \r\n\r\n", "exactly", LINE LINE_END),
	    BAD(LINE HOST "Transfer-Encoding: chunked;a\r\n\r\n", "exactly", LINE LINE_END),
	    BAD(LINE HOST "Transfer-Encoding: identity\r\n\r\n", "exactly", LINE LINE_END),
	    BAD(LINE HOST "Transfer-Encoding:\r\n\r\n", "exactly", LINE LINE_END),
	    BAD(LINE HOST "Content_Length: 4\r\n\r\n", "underscore", LINE LINE_END),
	    BAD(LINE HOST "transfer_encoding: chunked\r\n\r\n", "underscore", LINE LINE_END),
	    BAD("PUT / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "HTTP/1.1",
		"PUT / HTTP/1.0\r\n" LINE_END),
	};
	check_bad(cases, COUNT(cases));
}
END_TEST

START_TEST(refuses_chunks)
{
	static const struct bad cases[] = {
	    BAD(CHUNKED "\r\n", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "0x3\r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "+3\r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "-3\r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED " 3\r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "3 \r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "3 ;a\r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED ";a\r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "g\r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "3\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "3;\rb\r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "3;\0b\r\nabc", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "10000000000000000\r\n", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "0000000000000003\r\n", "size", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "3\r\nabcd\r\n", "end", CHUNKED "3\r\nabc\r\n0\r\n\r\n"),
	    BAD(CHUNKED "3\r\nabc\n0\r\n\r\n", "end", CHUNKED "3\r\nabc\r\n0\r\n\r\n"),
	    BAD(CHUNKED "3\r\nabc\r0\r\n\r\n", "end", CHUNKED "3\r\nabc\r\n0\r\n\r\n"),
	    BAD(CHUNKED "3\r\nabc\r\nx\r\n", "size", CHUNKED "3\r\nabc\r\n0\r\n\r\n"),
	    BAD(CHUNKED "0\r\n X: y\r\n\r\n", "folded", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "0\r\nX : y\r\n\r\n", "token", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "0\r\nX: y\r\n z\r\n\r\n", "folded", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "0\r\n\n", "CRLF", CHUNKED "0\r\n\r\n"),
	    BAD(CHUNKED "0\r\nX\r\n\r\n", "colon", CHUNKED "0\r\n\r\n"),
	};
	check_bad(cases, COUNT(cases));
}
END_TEST

/* Bytes before the refused request are unchanged. */
START_TEST(refuses_a_later_request)
{
	struct outcome o =
	    read_stream(slice_of(GET CHUNKED "1\r\na\r\n0\r\n\r\n" LINE "A\r\n" GET));
	ck_assert_uint_eq(o.framing.requests, 3);
	ck_assert(slice_is(buf_slice(&o.passed), GET CHUNKED "1\r\na\r\n0\r\n\r\n" LINE LINE_END));
	buf_finish(&o.passed);
}
END_TEST

static struct buf repeated(const char *before, const char *part, size_t times, const char *after)
{
	struct buf b = buf_make(STREAM);
	ck_assert(buf_append_text(&b, before));
	while (times--)
		ck_assert(buf_append_text(&b, part));
	ck_assert(buf_append_text(&b, after));
	return b;
}

/* One more repetition of the part is too much. */
static void check_most(const char *before, const char *part, size_t most, const char *after,
		       enum failure failure)
{
	for (size_t i = 0; i < 2; i++) {
		struct buf stream = repeated(before, part, most + i, after);
		struct outcome o = read_stream(buf_slice(&stream));
		ck_assert_msg(o.framing.failure == (i ? failure : FAILURE_NONE), "%s%zu: %d, %s",
			      part, most + i, o.framing.failure, o.framing.why);
		ck_assert_uint_eq(o.framing.requests, 1);
		buf_finish(&stream);
		buf_finish(&o.passed);
	}
}

START_TEST(bounds_heads)
{
	/* 25 bytes of line and Host, 2 of the end, 64 for each field. */
	check_most("GET / HTTP/1.1\r\n" HOST "A: ", "x", HEAD_LIMIT - 27 - 128 - 5, "\r\n\r\n",
		   FAILURE_HEAD_TOO_LARGE);
	check_most("GET /", "x", HEAD_LIMIT - 27 - 64, " HTTP/1.1\r\n" HOST "\r\n",
		   FAILURE_HEAD_TOO_LARGE);
	check_most("GET / HTTP/1.1\r\n" HOST, "A:\r\n", (HEAD_LIMIT - 27 - 64) / 68, "\r\n",
		   FAILURE_HEAD_TOO_LARGE);
	check_most("GET /?", "&", (HEAD_LIMIT - 28 - 128) / 65, " HTTP/1.1\r\n" HOST "\r\n",
		   FAILURE_HEAD_TOO_LARGE);
	check_most("GET / HTTP/1.1\r\n" HOST "Cookie: ", ";",
		   (HEAD_LIMIT - 27 - 64 - 64 - 10 - 64) / 66, "\r\n\r\n", FAILURE_HEAD_TOO_LARGE);
}
END_TEST

/* If a request is refused for its arguments, not even its line is passed on. */
START_TEST(keeps_costly_lines_back)
{
	struct buf stream = repeated("GET /?", "&", HEAD_LIMIT / 64, " HTTP/1.1\r\n" HOST "\r\n");
	struct outcome o = read_stream(buf_slice(&stream));
	ck_assert_int_eq(o.framing.failure, FAILURE_HEAD_TOO_LARGE);
	ck_assert(slice_is(buf_slice(&o.passed), NO_LINE));
	buf_finish(&stream);
	buf_finish(&o.passed);
}
END_TEST

START_TEST(bounds_fields)
{
	struct buf stream = repeated("GET / HTTP/1.1\r\n" HOST, "A:\r\n", FIELDS_MAX - 1, "\r\n");
	struct framing roomy = framing_make(STREAM);
	framing_read(&roomy, stream.at, &stream.len);
	ck_assert_int_eq(roomy.failure, FAILURE_TOO_MANY_FIELDS);
	buf_finish(&stream);
	stream = repeated("GET / HTTP/1.1\r\n" HOST, "A:\r\n", FIELDS_MAX - 2, "\r\n");
	roomy = framing_make(STREAM);
	ck_assert_uint_eq(framing_read(&roomy, stream.at, &stream.len), stream.len);
	ck_assert_int_eq(roomy.failure, FAILURE_NONE);
	buf_finish(&stream);
}
END_TEST

START_TEST(bounds_chunks)
{
	check_most(CHUNKED "3;", "x", 252, "\r\nabc\r\n0\r\n\r\n", FAILURE_FRAMING);
	check_most(CHUNKED "0\r\nX: ", "x", 1024 - 7, "\r\n\r\n", FAILURE_FRAMING);
	check_most(CHUNKED "0\r\n", "X:\r\n", 16, "\r\n", FAILURE_FRAMING);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("framing");
	TCase *all = tcase_create("framing");
	tcase_add_test(all, approves_requests);
	tcase_add_test(all, cuts_extensions_out);
	tcase_add_test(all, keeps_what_is_behind_an_extension);
	tcase_add_test(all, refuses_request_lines);
	tcase_add_test(all, refuses_fields);
	tcase_add_test(all, refuses_lengths);
	tcase_add_test(all, refuses_chunks);
	tcase_add_test(all, refuses_a_later_request);
	tcase_add_test(all, bounds_heads);
	tcase_add_test(all, keeps_costly_lines_back);
	tcase_add_test(all, bounds_fields);
	tcase_add_test(all, bounds_chunks);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
