#include "proxy/header/header_checks.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(refuses_a_second_of_what_stands_once)
{
	static const char *const once[] = {"Authorization",	  "content-type", "Cookie",
					   "x-api-key",		  "Api-Key",	  "OpenAI-Project",
					   "OpenAI-Organization", "Expect"};
	for (size_t i = 0; i < COUNT(once); i++) {
		struct fields f = fields_of("Host: 1\n");
		f.at[f.count++] = (struct field){slice_of(once[i]), slice_of("1")};
		ck_assert_ptr_null(header_checks_refusal(&f));
		f.at[f.count++] = (struct field){slice_of(once[i]), slice_of("1")};
		const char *got = header_checks_refusal(&f);
		ck_assert_msg(got && strstr(got, "twice"), "%s: %s", once[i], got);
	}
}
END_TEST

START_TEST(lets_others_stand_more_than_once)
{
	struct fields several = fields_of("Host: a\nAccept: b\nAccept: c\nX: 1\nX: 1\n");
	ck_assert_ptr_null(header_checks_refusal(&several));
	struct fields none = {0};
	ck_assert_ptr_null(header_checks_refusal(&none));
}
END_TEST

START_TEST(cannot_do_everything)
{
	static const struct {
		const char *method;
		const char *version;
		const char *fields;
		enum failure failure;
	} cases[] = {
	    {"GET", "HTTP/1.1", "Host: x\n", FAILURE_NONE},
	    {"TRACE", "HTTP/1.1", "Host: x\n", FAILURE_METHOD},
	    {"TRACK", "HTTP/1.0", "", FAILURE_METHOD},
	    {"trace", "HTTP/1.1", "", FAILURE_METHOD},
	    {"Track", "HTTP/1.1", "", FAILURE_METHOD},
	    {"CONNECT", "HTTP/1.1", "Host: x\n", FAILURE_METHOD},
	    {"connect", "HTTP/1.1", "", FAILURE_METHOD},
	    {"TRACES", "HTTP/1.1", "", FAILURE_NONE},
	    {"get", "HTTP/1.1", "", FAILURE_NONE},
	    {"GET", "HTTP/1.1", "Connection: Upgrade\nUpgrade: websocket\n", FAILURE_UPGRADE},
	    {"GET", "HTTP/1.1", "connection: keep-alive, upgrade\nupgrade: WebSocket\n",
	     FAILURE_UPGRADE},
	    {"GET", "HTTP/1.1",
	     "Connection: close\nConnection: upgrade\nUpgrade: h2c\nUpgrade: foo\n",
	     FAILURE_UPGRADE},
	    {"GET", "HTTP/1.1", "Connection: upgrade\nUpgrade: h2c, foo/2\n", FAILURE_UPGRADE},
	    {"POST", "HTTP/1.1", "Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\n",
	     FAILURE_NONE},
	    {"POST", "HTTP/1.1", "Connection: Upgrade\nUpgrade: h2, HTTP/2.0, TLS/1.0,\n",
	     FAILURE_NONE},
	    {"POST", "HTTP/1.1", "Connection: Upgrade\nUpgrade:\n", FAILURE_NONE},
	    {"POST", "HTTP/1.1", "Connection: Upgrade\n", FAILURE_NONE},
	    /* Void: a proxy in front removed the Connection field that named it. */
	    {"GET", "HTTP/1.1", "Upgrade: websocket\n", FAILURE_NONE},
	    {"GET", "HTTP/1.0", "Connection: Upgrade\nUpgrade: websocket\n", FAILURE_NONE},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fields f = fields_of(cases[i].fields);
		enum failure got = header_checks_unimplemented(slice_of(cases[i].method),
							       slice_of(cases[i].version), &f);
		ck_assert_msg(got == cases[i].failure, "%zu: %d", i, got);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header_checks");
	TCase *all = tcase_create("header_checks");
	tcase_add_test(all, refuses_a_second_of_what_stands_once);
	tcase_add_test(all, lets_others_stand_more_than_once);
	tcase_add_test(all, cannot_do_everything);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
