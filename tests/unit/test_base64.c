#include "base/base64.h"
#include "tests/unit/main.h"

/* RFC 4648 §10. */
static const struct {
	const char *bytes;
	const char *text;
} pairs[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xff\xef\xbe", "/+++"},
};

START_TEST(both_ways)
{
	scoped(buf_finish) struct buf text = buf_make(64);
	scoped(buf_finish) struct buf bytes = buf_make(64);
	ck_assert(base64_encode(slice_of(pairs[_i].bytes), &text));
	ck_assert(slice_is(buf_slice(&text), pairs[_i].text));
	ck_assert(base64_decode(buf_slice(&text), &bytes));
	ck_assert(slice_is(buf_slice(&bytes), pairs[_i].bytes));
}
END_TEST

static const char *const wrong[] = {
    "Z",      "Zg",	    "Zg=",  "Zg===", "====",	     "=Zg=", "Z===", "Zg=a",
    "Zm9v\n", "Zm9v ",	    "Z-9v", "Z_9v",  "Zm9vZg==Zm9v", "Zh==", /* padding bits that are not
									zero */
    "Zm9=",   "Zm\xc3\xa9",
};

START_TEST(wrong_texts)
{
	scoped(buf_finish) struct buf bytes = buf_make(64);
	ck_assert(buf_append_text(&bytes, "x"));
	ck_assert_msg(!base64_decode(slice_of(wrong[_i]), &bytes), "%s", wrong[_i]);
	ck_assert_uint_eq(bytes.len, 1);
}
END_TEST

START_TEST(every_byte_at_every_length)
{
	char all[256];
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	for (size_t len = 0; len <= sizeof all; len++) {
		scoped(buf_finish) struct buf text = buf_make(1024);
		scoped(buf_finish) struct buf bytes = buf_make(1024);
		ck_assert(base64_encode(slice_make(all, len), &text));
		ck_assert_uint_eq(text.len, base64_length(len));
		ck_assert(base64_decode(buf_slice(&text), &bytes));
		ck_assert(slice_equal(buf_slice(&bytes), slice_make(all, len)));
	}
}
END_TEST

START_TEST(full)
{
	scoped(buf_finish) struct buf small = buf_make(7);
	ck_assert(!base64_encode(slice_of("foob"), &small));
	ck_assert_uint_eq(small.len, 0);
	scoped(buf_finish) struct buf smaller = buf_make(2);
	ck_assert(!base64_decode(slice_of("Zm9v"), &smaller));
	ck_assert_uint_eq(smaller.len, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base64");
	TCase *c = tcase_create("base64");
	tcase_add_loop_test(c, both_ways, 0, sizeof pairs / sizeof *pairs);
	tcase_add_loop_test(c, wrong_texts, 0, sizeof wrong / sizeof *wrong);
	tcase_add_test(c, every_byte_at_every_length);
	tcase_add_test(c, full);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
