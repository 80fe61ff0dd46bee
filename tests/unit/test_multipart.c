#include "proxy/openai/parse/multipart.h"

#include "tests/unit/main.h"

#include <stdio.h>

#define TYPE "multipart/form-data; boundary=B"
#define PART(name, content)                                                                        \
	"--B\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" content "\r\n"
#define FILE_PART(file, content)                                                                   \
	"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" file "\"\r\n"          \
	"Content-Type: audio/wav\r\n\r\n" content "\r\n"
#define END "--B--\r\n"
#define GOOD PART("model", "m") FILE_PART("a.wav", "RIFF") END

static char seen[1024]; /* "name=content;" of each part, "name<content;" of a file */

static bool on_part(void *context, const struct multipart_part *part)
{
	const char *left_out = context;
	size_t len = strlen(seen);
	snprintf(seen + len, sizeof seen - len, "%.*s%s%.*s;", SLICE_FMT(part->name),
		 part->file ? "<" : "=", SLICE_FMT(part->content));
	return !left_out || !slice_is(part->name, left_out);
}

static enum multipart_result read_form(const char *type, struct slice body, const char *left_out,
				       struct buf *form)
{
	struct multipart_rules rules = {on_part, (void *)left_out};
	seen[0] = 0;
	return multipart_form(slice_of(type), body, &rules, form);
}

static const struct {
	const char *type_a;
	const char *a;
	const char *type_b;
	const char *b;
	bool same;
} pairs[] = {
    {TYPE, GOOD, TYPE, GOOD, true},
    {TYPE, GOOD, TYPE, PART("model", "m") FILE_PART("a.wav", "RIFF") "--B--", true},
    {TYPE, GOOD, "Multipart/Form-Data;boundary=\"B\"", GOOD, true},
    {TYPE, GOOD, "multipart/form-data ; boundary=B", GOOD, true},
    {TYPE, PART("a", "1") END, "multipart/form-data; boundary=xyz-42",
     "--xyz-42\r\ncontent-disposition:form-data; name=\"a\"\r\n\r\n1\r\n--xyz-42--\r\n", true},
    {TYPE, PART("a", "1") END, TYPE, PART("a", "2") END, false},
    {TYPE, PART("a", "1") END, TYPE, PART("b", "1") END, false},
    {TYPE, PART("a", "1") END, TYPE, PART("a", "1\r\n") END, false},
    {TYPE, PART("a", "") END, TYPE, PART("a", "\r\n") END, false},
    {TYPE, PART("a", "1") PART("b", "2") END, TYPE, PART("b", "2") PART("a", "1") END, false},
    {TYPE, PART("a", "1") PART("a", "1") END, TYPE, PART("a", "1") END, false},
    {TYPE, FILE_PART("a.wav", "x") END, TYPE, FILE_PART("a.mp3", "x") END, false},
    {TYPE, PART("file", "x") END, TYPE, FILE_PART("a", "x") END, false},
    {TYPE, PART("a", "1") END, TYPE,
     "--B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: "
     "text/plain\r\n\r\n1\r\n" END,
     false},
    {TYPE, PART("a", "1") END, TYPE,
     "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" END, false},
    {TYPE, PART("a", "1") END, TYPE "; charset=utf-8", PART("a", "1") END, false},
    {TYPE, END, TYPE, PART("a", "") END, false},
};

/* Two bodies have the same canonical form only if both are valid and have the same meaning. */
START_TEST(forms)
{
	struct buf a = buf_make(1 << 12), b = buf_make(1 << 12);
	enum multipart_result first = read_form(pairs[_i].type_a, slice_of(pairs[_i].a), NULL, &a);
	enum multipart_result second = read_form(pairs[_i].type_b, slice_of(pairs[_i].b), NULL, &b);
	ck_assert_int_eq(first, MULTIPART_FINE);
	bool same = second == MULTIPART_FINE && slice_equal(buf_slice(&a), buf_slice(&b));
	ck_assert_msg(same == pairs[_i].same, "%s", pairs[_i].b);
	buf_finish(&a);
	buf_finish(&b);
}
END_TEST

static const struct {
	const char *type;
	const char *body;
} bad[] = {
    {"", GOOD},
    {"application/json", GOOD},
    {"multipart/mixed; boundary=B", GOOD},
    {"multipart/form-data", GOOD},
    {"multipart/form-data; boundary=", GOOD},
    {"multipart/form-data; boundary=B; boundary=B", GOOD},
    {"multipart/form-data; boundary=\"B", GOOD},
    {"multipart/form-data; boundary=\"B \"", GOOD},
    {"multipart/form-data; boundary=B\xc3", GOOD},
    {"multipart/form-data; boundary=C", GOOD},
    {"multipart/form-data, boundary=B", GOOD},
    {TYPE ";", GOOD},
    {"multipart/form-data; boundary="
     "12345678901234567890123456789012345678901234567890123456789012345678901",
     "--12345678901234567890123456789012345678901234567890123456789012345678901--"},
    {TYPE, ""},
    {TYPE, "--B"},
    {TYPE, "--B\r\n"},
    {TYPE, "--B-"},
    {TYPE, PART("a", "1")},
    {TYPE, PART("a", "1") "--B"},
    {TYPE, PART("a", "1") "--B--x"},
    {TYPE, PART("a", "1") "--B--\n"},
    {TYPE, PART("a", "1") "--B--\r\n\r\n"},
    {TYPE, "preamble\r\n" GOOD},
    {TYPE, "\r\n" GOOD},
    {TYPE, GOOD "epilogue"},
    {TYPE, PART("a", "1") "--B \r\n" END},
    {TYPE, PART("a", "1") "--BB\r\n" END},
    {TYPE, PART("a", "--B") END},
    {TYPE, PART("a", "1\n--B") END},
    {TYPE, PART("a", "x--Bx") END},
    {TYPE, PART("x--B", "1") END},
    {TYPE, FILE_PART("--B", "1") END},
    {TYPE, "--B\nContent-Disposition: form-data; name=\"a\"\n\n1\n--B--\n"},
    {TYPE, "--B\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Type: text/plain\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data; name=\"a\"; size=1\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data; name=\"a\\\"b\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data; name=\"a\\b\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\\\"; "
	   "name=\"stream\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition : form-data; name=\"a\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; "
	   "name=\"b\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nContent-Disposition: form-data; name=\"a\nb\"\r\n\r\n1\r\n" END},
    {TYPE, "--B\r\nX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" END},
};

START_TEST(refused)
{
	struct buf form = buf_make(1 << 12);
	ck_assert(buf_append_byte(&form, 'x'));
	ck_assert_msg(read_form(bad[_i].type, slice_of(bad[_i].body), NULL, &form) ==
			  MULTIPART_INVALID,
		      "%s\n%s", bad[_i].type, bad[_i].body);
	ck_assert_uint_eq(form.len, 1);
	buf_finish(&form);
}
END_TEST

START_TEST(no_part_of_a_body_is_one)
{
	struct slice body = slice_of(GOOD);
	for (size_t len = 0; len < body.len - 2; len++) {
		struct buf form = buf_make(1 << 12);
		ck_assert(read_form(TYPE, slice_make(body.at, len), NULL, &form) ==
			  MULTIPART_INVALID);
		buf_finish(&form);
	}
}
END_TEST

START_TEST(parts_are_shown)
{
	struct buf form = buf_make(1 << 12);
	ck_assert(read_form(TYPE, slice_of(GOOD), NULL, &form) == MULTIPART_FINE);
	ck_assert_str_eq(seen, "model=m;file<RIFF;");
	buf_clear(&form);
	/* .NET's spelling */
	ck_assert(read_form("multipart/form-data; boundary=\"B\"",
			    slice_of("--B\r\nContent-Disposition: form-data; name=file; "
				     "filename=a.wav; filename*=utf-8''a.wav\r\n\r\n1\r\n" END),
			    NULL, &form) == MULTIPART_FINE);
	ck_assert_str_eq(seen, "file<1;");
	buf_finish(&form);
}
END_TEST

START_TEST(what_is_left_out_does_not_count)
{
	struct buf a = buf_make(1 << 12), b = buf_make(1 << 12);
	ck_assert(read_form(TYPE, slice_of(PART("user", "u") PART("a", "1") END), "user", &a) ==
		  MULTIPART_FINE);
	ck_assert(read_form(TYPE, slice_of(PART("a", "1") END), "user", &b) == MULTIPART_FINE);
	ck_assert(slice_equal(buf_slice(&a), buf_slice(&b)));
	buf_finish(&a);
	buf_finish(&b);
}
END_TEST

START_TEST(a_form_without_room)
{
	struct buf whole = buf_make(1 << 12);
	ck_assert(read_form(TYPE, slice_of(GOOD), NULL, &whole) == MULTIPART_FINE);
	for (size_t limit = 0; limit < whole.len; limit++) {
		struct buf form = buf_make(limit);
		ck_assert(read_form(TYPE, slice_of(GOOD), NULL, &form) == MULTIPART_NO_MEMORY);
		ck_assert_uint_eq(form.len, 0);
		buf_finish(&form);
	}
	buf_finish(&whole);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("multipart");
	TCase *c = tcase_create("multipart");
	tcase_add_loop_test(c, forms, 0, sizeof pairs / sizeof *pairs);
	tcase_add_loop_test(c, refused, 0, sizeof bad / sizeof *bad);
	tcase_add_test(c, no_part_of_a_body_is_one);
	tcase_add_test(c, parts_are_shown);
	tcase_add_test(c, what_is_left_out_does_not_count);
	tcase_add_test(c, a_form_without_room);
	suite_add_tcase(s, c);
	return run_suite(s);
}
