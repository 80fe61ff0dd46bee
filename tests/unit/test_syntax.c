#include "proxy/header/syntax.h"

#include "tests/unit/main.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(knows_hosts)
{
	static const char *const good[] = {
	    "x",	   "localhost:8080",   "a-b_c.example.", "127.0.0.1:0", "[::1]",
	    "[::1]:65535", "[::ffff:1.2.3.4]", "x%20y~",	 "1",
	};
	static const char *const bad[] = {
	    "",	   ":",	   ":80",    "x:",  "x:65536", "x:123456", "x:8a", "x:-1", "x:80:80",
	    "u@x", "x/",   "x?",     "x#",  "x y",     "x,y",	   "x\\y", "[",	   "[]",
	    "[x]", "[::1", "[::1]x", "::1", "[::1]:",  "x;y",	   "x\"",  "\xff", "x[::1]",
	};
	for (size_t i = 0; i < COUNT(good); i++)
		ck_assert_msg(syntax_is_host(slice_of(good[i])), "%s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!syntax_is_host(slice_of(bad[i])), "%s", bad[i]);
}
END_TEST

START_TEST(knows_tokens)
{
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		bool sign = c && c < 128 && strchr("!#$%&'*+-.^_`|~", c);
		bool message = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool in = sign || message || (c >= '0' && c <= '9');
		ck_assert_msg(syntax_is_token(slice_make(&byte, 1)) == in, "%d", c);
	}
	ck_assert(!syntax_is_token(slice_of("")));
	ck_assert(!syntax_is_token(slice_of("a b")));
}
END_TEST

/* At any position in a line, also among bytes that are checked eight at a time. */
START_TEST(finds_control_characters)
{
	for (int c = 0; c < 256; c++)
		for (size_t at = 0; at < 21; at++) {
			char line[21];
			memset(line, c & 1 ? 0x20 : 0xff, sizeof line);
			line[(at + 3) % sizeof line] = '\t';
			line[at] = (char)c;
			bool control = (c < 0x20 && c != '\t') || c == 0x7f;
			ck_assert_msg(syntax_has_control(slice_make(line, sizeof line)) == control,
				      "%d at %zu", c, at);
		}
	ck_assert(!syntax_has_control(slice_of("")));
}
END_TEST

START_TEST(cuts_absolute_targets)
{
	static const struct {
		const char *target;
		const char *authority; /* NULL: invalid */
		const char *rest;
	} cases[] = {
	    {"http://x/v1/a?b=c", "x", "/v1/a?b=c"},
	    {"HTTPS://x:80", "x:80", ""},
	    {"http://[::1]:80?q=/", "[::1]:80", "?q=/"},
	    {"http://x//y", "x", "//y"},
	    {"http://", NULL, NULL},
	    {"http:///v1", NULL, NULL},
	    {"http://?q", NULL, NULL},
	    {"http:/x/", NULL, NULL},
	    {"http:x", NULL, NULL},
	    {"http://u@x/", NULL, NULL},
	    {"http://u:p@x/", NULL, NULL},
	    {"http://x:80:80/", NULL, NULL},
	    {"http://x\\/", NULL, NULL},
	    {"http://x,y/", NULL, NULL},
	    {"ftp://x/", NULL, NULL},
	    {"ws://x/", NULL, NULL},
	    {"//x/", NULL, NULL},
	    {"x:80", NULL, NULL},
	    {"", NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice authority = {0}, rest = {0};
		bool cut = syntax_cut_absolute(slice_of(cases[i].target), &authority, &rest);
		ck_assert_msg(cut == (cases[i].authority != NULL), "%s", cases[i].target);
		ck_assert(!cut || slice_is(authority, cases[i].authority));
		ck_assert(!cut || slice_is(rest, cases[i].rest));
	}
}
END_TEST

START_TEST(cuts_fields)
{
	struct slice name, value;
	ck_assert_ptr_null(syntax_cut_field(slice_of("A-b: \t c: d "), &name, &value));
	ck_assert(slice_is(name, "A-b"));
	ck_assert(slice_is(value, "c: d "));
	ck_assert_ptr_null(syntax_cut_field(slice_of("a:"), &name, &value));
	ck_assert(slice_is(value, ""));
	ck_assert_ptr_nonnull(syntax_cut_field(slice_of(" a: b"), &name, &value));
	ck_assert_ptr_nonnull(syntax_cut_field(slice_of("\ta: b"), &name, &value));
	ck_assert_ptr_nonnull(syntax_cut_field(slice_of("a b"), &name, &value));
	ck_assert_ptr_nonnull(syntax_cut_field(slice_of("a : b"), &name, &value));
	ck_assert_ptr_nonnull(syntax_cut_field(slice_of(": b"), &name, &value));
}
END_TEST

START_TEST(knows_hex_digits)
{
	for (int c = 0; c < 256; c++) {
		const char *digits = "0123456789abcdef";
		const char *at = c ? memchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c, 16) : NULL;
		ck_assert_int_eq(syntax_hex_digit((char)c), at ? (int)(at - digits) : -1);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("syntax");
	TCase *all = tcase_create("syntax");
	tcase_add_test(all, knows_hosts);
	tcase_add_test(all, knows_tokens);
	tcase_add_test(all, finds_control_characters);
	tcase_add_test(all, cuts_absolute_targets);
	tcase_add_test(all, cuts_fields);
	tcase_add_test(all, knows_hex_digits);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
