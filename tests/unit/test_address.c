#include "config/address.h"

#include "tests/unit/main.h"

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])

#define LONG_PATH                                                                                  \
	"/012345678901234567890123456789012345678901234567890123456789012345678901234567890123456" \
	"7"                                                                                        \
	"890123456789012345"

START_TEST(listens)
{
	static const char *const good[] = {
	    "127.0.0.1:8080", "0.0.0.0:80",  "localhost:1",	  "my-host.example_1:65535",
	    "[::1]:8080",     "[::]:8080",   "[2001:db8::1]:443", "unix:/run/reprise.sock",
	    "unix:relative",  "127.0.0.1:0", "unix:" LONG_PATH,
	};
	static const char *const bad[] = {
	    "",
	    "8080",
	    "localhost",
	    "localhost:",
	    ":8080",
	    "*:8080",
	    "localhost:65536",
	    "localhost:-1",
	    "localhost:x",
	    "[::1]",
	    "[::1]8080",
	    "[::1:8080",
	    "::1:8080",
	    "[1.2.3.4]:80",
	    "1.2.3:80",
	    "1.2.3.256:80",
	    "unix:",
	    "unix:/a b",
	    "unix:" LONG_PATH "x",
	    "host name:80",
	    "http://h:80",
	    "h:80/",
	    "h:000080",
	    "[::1%eth0]:80",
	    "h\xc3\xa4:80",
	    ".h:80",
	    "[]:80",
	};
	struct error_text why;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		ck_assert_msg(address_check_listen(slice_of(good[i]), &why), "%s: %s", good[i],
			      why.text);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		ck_assert_msg(!address_check_listen(slice_of(bad[i]), &why), "%s", bad[i]);
}
END_TEST

START_TEST(upstreams)
{
	static const char *const good[] = {
	    "http://127.0.0.1:8000",
	    "http://localhost",
	    "https://api.example.com",
	    "https://api.example.com/v1",
	    "http://h:80/",
	    "http://[::1]:8000/base",
	    "http://u:p@h:80/x",
	    "http://u@h",
	    "http://u:p%40w@h",
	    "https://h/models",
	    "unix:/run/vllm.sock",
	    "unix:/run/vllm.sock:/v1",
	    "http://h/a%20b",
	};
	static const char *const bad[] = {
	    "",
	    "localhost:8000",
	    "ftp://h",
	    "HTTP://h",
	    "http:/h",
	    "http://",
	    "http:///x",
	    "http://h:",
	    "http://h:0",
	    "http://h:65536",
	    "http://h:8x",
	    "http://h?x=1",
	    "http://h/a?x=1",
	    "http://h/a#b",
	    "http://h /",
	    "http://h/a b",
	    "http://h/a\nb",
	    "http://[::1",
	    "http://[x]:80",
	    "http://h\\x",
	    "http://h:80/a@b",
	    "http://1.2.3:80",
	    "unix:",
	    "unix:run",
	    "unix:/run/x:v1",
	    "unix:/run/x:",
	    "unix:/run/x:/a?b",
	    "http://u:p@",
	    "http://u:p@w@h",
	    "http://h/\xc3\xa4",
	    "http://h/v1/chat/completions",
	    "http://h/v1/models/",
	};
	struct error_text why;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		ck_assert_msg(address_check_upstream(slice_of(good[i]), &why), "%s: %s", good[i],
			      why.text);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		ck_assert_msg(!address_check_upstream(slice_of(bad[i]), &why), "%s", bad[i]);
}
END_TEST

START_TEST(says_what_is_meant)
{
	static const struct {
		bool (*check)(struct slice, struct error_text *);
		const char *text, *why;
	} cases[] = {
	    {address_check_listen, "h:80000", "\"h:80000\": 80000 is not a port: 0..65535"},
	    {address_check_listen, "localhost", "; the port is missing"},
	    {address_check_upstream, "/run/x", "; a path has unix: in front"},
	    {address_check_upstream, "http://h?x", "has a query or a fragment"},
	    {address_check_listen, "8080", "; a port alone is 127.0.0.1:port"},
	    {address_check_listen, "*:8080", "; 0.0.0.0 and [::] are every address"},
	    {address_check_listen, "http://h:80", "; without http:// in front"},
	    {address_check_listen, "/run/x.sock", "; a path has unix: in front"},
	    {address_check_listen, "::1:80", "; an IPv6 address stands in brackets"},
	    {address_check_listen, "fe80::1", "; an IPv6 address stands in brackets"},
	    {address_check_listen, "h:1,h:2", "; several are a list: [one, other]"},
	    {address_check_upstream, "http://h:80000/v1",
	     "\"http://h:80000/v1\": 80000 is not a port: 1..65535"},
	    {address_check_upstream, "http://h:0", "0 is not a port: 1..65535"},
	    {address_check_upstream, "localhost:8000", "; http:// in front is missing"},
	    {address_check_upstream, "HTTP://h", "; http and https are written in lower case"},
	    {address_check_upstream, "http://::1:80", "; an IPv6 address stands in brackets"},
	    {address_check_upstream, "http:/h", "; behind http or https stands ://"},
	    {address_check_upstream, "//h:80", "; http: in front is missing"},
	    {address_check_upstream, "http://u:p@w@h",
	     "\"http://***@h\": has an at sign in a user or a password, where it is %40"},
	    {address_check_upstream, "http://h/v1?x=y", "has a query or a fragment"},
	    {address_check_upstream, "http://u:p/w@h", "\"http://***@h\": has an at sign behind"},
	    {address_check_upstream, "http://h/v1/chat/completions",
	     "ends in /chat/completions, which requests bring themselves: leave it out"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct error_text why = {{0}};
		ck_assert(!cases[i].check(slice_of(cases[i].text), &why));
		ck_assert_msg(strstr(why.text, cases[i].why), "%s", why.text);
	}
}
END_TEST

START_TEST(gives_no_hint_that_does_not_fit)
{
	struct error_text why = {{0}};
	ck_assert(!address_check_listen(slice_of("127.0.0.1:80:81"), &why));
	ck_assert_msg(!strstr(why.text, "brackets"), "%s", why.text);
	ck_assert(!address_check_upstream(slice_of("http://h:80:81"), &why));
	ck_assert_msg(!strstr(why.text, "brackets"), "%s", why.text);
	ck_assert(!address_check_upstream(slice_of("http:/h:80"), &why));
	ck_assert_msg(!strstr(why.text, "missing"), "%s", why.text);
}
END_TEST

START_TEST(masks)
{
	static const struct {
		const char *text, *masked;
	} cases[] = {
	    {"", ""},
	    {"http://h:80/x", "http://h:80/x"},
	    {"http://user:secret@h:80/x", "http://***@h:80/x"},
	    {"unix:/run/a@b:/v1", "unix:/run/a@b:/v1"},
	    {"http://user@h", "http://***@h"},
	    {"http://a:b@secret@h", "http://***@h"},
	    {"user:secret@h", "***@h"},
	    {"http://user:80/ret@h", "http://***@h"},
	    {"user:sec@ret://h", "***@ret://h"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *masked = address_mask(slice_of(cases[i].text));
		ck_assert_str_eq(masked, cases[i].masked);
		free(masked);
	}
}
END_TEST

START_TEST(never_says_a_password)
{
	struct error_text why;
	ck_assert(!address_check_upstream(slice_of("http://user:hunter2@bad host"), &why));
	ck_assert(!strstr(why.text, "hunter2"));
	ck_assert(!address_check_upstream(slice_of("user:hunter2@h"), &why));
	ck_assert(!strstr(why.text, "hunter2"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("address");
	TCase *all = tcase_create("address");
	tcase_add_test(all, listens);
	tcase_add_test(all, upstreams);
	tcase_add_test(all, says_what_is_meant);
	tcase_add_test(all, gives_no_hint_that_does_not_fit);
	tcase_add_test(all, masks);
	tcase_add_test(all, never_says_a_password);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
