#include "proxy/guard.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *refusal(const char *method, const char *target, const char *version,
			   const struct fields *fields)
{
	return guard_refusal(&(struct guarded){.method = slice_of(method),
					       .target = slice_of(target),
					       .version = slice_of(version),
					       .fields = fields});
}

struct framing {
	const char *version;
	const char *fields;
	const char *why; /* part of the sentence; NULL: fine */
};

static void check_framing(const struct framing *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct framing *c = &cases[i];
		struct fields f = fields_of(c->fields);
		const char *got = refusal("POST", "/v1/x", c->version, &f);
		ck_assert_msg(!got == !c->why, "%s%s: %s", c->version, c->fields, got);
		ck_assert_msg(!got || strstr(got, c->why), "%s: %s", c->fields, got);
	}
}

START_TEST(refuses_framing_of_two_meanings)
{
	static const struct framing cases[] = {
	    {"HTTP/1.1", "Host: a\n", NULL},
	    {"HTTP/1.0", "", NULL},
	    {"HTTP/1.1", "Host: a\nContent-Length: 5\n", NULL},
	    {"HTTP/1.1", "Host: a\nTransfer-Encoding: Chunked\n", NULL},
	    {"HTTP/1.1", "Host: a\nContent-Length: 999999999999999999\n", NULL},
	    {"HTTP/1.1", "Host: a\nContent-Length: 5\nTransfer-Encoding: chunked\n", "Both"},
	    {"HTTP/1.1", "Host: a\nContent-Length:\nTransfer-Encoding:\n", "Both"},
	    {"HTTP/1.1", "Host: a\nTransfer-Encoding: gzip, chunked\n", "exactly"},
	    {"HTTP/1.1", "Host: a\nTransfer-Encoding: identity\n", "exactly"},
	    {"HTTP/1.1", "Host: a\nTransfer-Encoding: xchunked\n", "exactly"},
	    {"HTTP/1.1", "Host: a\nTransfer-Encoding:\n", "exactly"},
	    {"HTTP/1.0", "Host: a\nTransfer-Encoding: chunked\n", "HTTP/1.1"},
	    {"HTTP/1.1", "Host: a\nContent-Length: 5, 5\n", "one number"},
	    {"HTTP/1.1", "Host: a\nContent-Length: -1\n", "one number"},
	    {"HTTP/1.1", "Host: a\nContent-Length: +1\n", "one number"},
	    {"HTTP/1.1", "Host: a\nContent-Length: 0x5\n", "one number"},
	    {"HTTP/1.1", "Host: a\nContent-Length:\n", "one number"},
	    {"HTTP/1.1", "Host: a\nContent-Length: 1000000000000000000\n", "one number"},
	    {"HTTP/1.2", "Host: a\n", "version"},
	    {"HTTP/2.0", "Host: a\n", "version"},
	    {"http/1.1", "Host: a\n", "version"},
	    {"", "Host: a\n", "version"},
	    {"HTTP/1.1", "", "Host"},
	    {"HTTP/1.1", "Host:\n", "Host"},
	};
	check_framing(cases, COUNT(cases));
}
END_TEST

START_TEST(refuses_a_second_of_what_stands_once)
{
	static const char *const once[] = {
	    "Authorization", "Content-Length",	  "content-type",   "Host",
	    "Cookie",	     "x-api-key",	  "OpenAI-Project", "OpenAI-Organization",
	    "Expect",	     "Transfer-Encoding", "Api-Key"};
	for (size_t i = 0; i < COUNT(once); i++) {
		struct fields f = {0};
		f.at[f.count++] = (struct field){slice_of("Host"), slice_of("1")};
		f.at[f.count++] = (struct field){slice_of(once[i]), slice_of("1")};
		f.at[f.count++] = (struct field){slice_of(once[i]), slice_of("1")};
		const char *got = refusal("POST", "/", "HTTP/1.1", &f);
		ck_assert_msg(got && strstr(got, "twice"), "%s: %s", once[i], got);
	}
	struct fields several = fields_of("Host: a\nAccept: b\nAccept: c\nX: 1\nX: 1\n");
	ck_assert_ptr_null(refusal("POST", "/", "HTTP/1.1", &several));
}
END_TEST

START_TEST(refuses_names_that_are_no_tokens)
{
	static const struct slice names[] = {
	    SLICE(""),	   SLICE("A "),	  SLICE(" A"),	     SLICE("A\tB"), SLICE("A:"),
	    SLICE("A\0B"), SLICE("A\n"),  SLICE("\xc3\xa4"), SLICE("(A)"),  SLICE("A\""),
	    SLICE("A/B"),  SLICE("[A]"),  SLICE("A@"),	     SLICE("{"),    SLICE("A="),
	    SLICE("A,B"),  SLICE("A\x7f")};
	for (size_t i = 0; i < COUNT(names); i++) {
		struct fields f = fields_of("Host: a\n");
		f.at[f.count++] = (struct field){names[i], slice_of("1")};
		const char *got = refusal("GET", "/", "HTTP/1.1", &f);
		ck_assert_msg(got && strstr(got, "name"), "%.*s", SLICE_FMT(names[i]));
	}
	struct fields fine = fields_of("Host: a\n!#$%&'*+-.^_`|~09azAZ: 1\n");
	ck_assert_ptr_null(refusal("GET", "/", "HTTP/1.1", &fine));
}
END_TEST

START_TEST(refuses_values_with_control_bytes)
{
	static const struct slice bad[] = {SLICE("a\rb"), SLICE("a\nb"), SLICE("a\0b"),
					   SLICE("\x01"), SLICE("\x1f"), SLICE("a\x7f")};
	static const struct slice good[] = {SLICE(""), SLICE("a\tb"), SLICE("\xff\x80"),
					    SLICE("a b")};
	for (size_t i = 0; i < COUNT(bad) + COUNT(good); i++) {
		bool refused = i < COUNT(bad);
		struct fields f = fields_of("Host: a\n");
		f.at[f.count++] =
		    (struct field){slice_of("X"), refused ? bad[i] : good[i - COUNT(bad)]};
		const char *got = refusal("GET", "/", "HTTP/1.1", &f);
		ck_assert_msg(!got == !refused, "%zu", i);
	}
}
END_TEST

START_TEST(refuses_methods_and_targets)
{
	static const struct {
		const char *method;
		const char *target;
		const char *why;
	} cases[] = {
	    {"GET", "/", NULL},
	    {"M-SEARCH", "/a/../b%2e?x#y", NULL},
	    {"OPTIONS", "*", NULL},
	    {"GET", "//a", NULL},
	    {"GET", "/\xc3\xa4", NULL},
	    {"GE T", "/", "method"},
	    {"", "/", "method"},
	    {"GET", "", "target"},
	    {"GET", "a", "target"},
	    {"GET", "**", "target"},
	    {"GET", "http://a/", "target"},
	    {"GET", "/a b", "target"},
	    {"GET", "/a\tb", "target"},
	    {"GET", "/\x7f", "target"},
	    {"CONNECT", "a:443", "target"},
	};
	struct fields f = fields_of("Host: a\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = refusal(cases[i].method, cases[i].target, "HTTP/1.1", &f);
		ck_assert_msg(!got == !cases[i].why, "%s %s", cases[i].method, cases[i].target);
		ck_assert_msg(!got || strstr(got, cases[i].why), "%s", got);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guard");
	TCase *all = tcase_create("guard");
	tcase_add_test(all, refuses_framing_of_two_meanings);
	tcase_add_test(all, refuses_a_second_of_what_stands_once);
	tcase_add_test(all, refuses_names_that_are_no_tokens);
	tcase_add_test(all, refuses_values_with_control_bytes);
	tcase_add_test(all, refuses_methods_and_targets);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
