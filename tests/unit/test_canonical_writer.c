#include "cache/key/canonical_writer.h"

#include "tests/unit/main.h"

/* The encoded length of this many bytes: seven bits a byte, the lowest first, all but the last one
 * with the high bit set. */
START_TEST(puts_the_length_in_front)
{
	static const struct {
		size_t len;
		struct slice front;
	} cases[] = {
	    {0, SLICE("s\0")},
	    {1, SLICE("s\x01")},
	    {127, SLICE("s\x7f")},
	    {128, SLICE("s\x80\x01")},
	    {129, SLICE("s\x81\x01")},
	    {255, SLICE("s\xff\x01")},
	    {300, SLICE("s\xac\x02")},
	    {16383, SLICE("s\xff\x7f")},
	    {16384, SLICE("s\x80\x80\x01")},
	    {70000, SLICE("s\xf0\xa2\x04")},
	};
	char *bytes = malloc(cases[_i].len + 1);
	memset(bytes, 'x', cases[_i].len + 1);
	struct slice body = slice_make(bytes, cases[_i].len);
	struct buf out = buf_make(1 << 20);
	ck_assert(canonical_writer_put(&out, CANONICAL_STRING, body));
	ck_assert(slice_starts(buf_slice(&out), cases[_i].front));
	ck_assert(slice_equal(slice_after(buf_slice(&out), cases[_i].front.len), body));
	buf_finish(&out);
	free(bytes);
}
END_TEST

/* `count` letters, each spelled as in `letter`. */
static struct buf spelled(const char *message, int count)
{
	struct buf b = buf_make(1 << 20);
	while (count--)
		ck_assert(buf_append_text(&b, message));
	return b;
}

/* The spelling is six times as long, so the length takes fewer bytes than reserved. */
START_TEST(puts_an_escaped_string_as_a_plain_one)
{
	static const int counts[] = {1, 21, 22, 127, 128, 2730, 2731, 16383, 16384};
	struct buf escaped = spelled("\\u0041", counts[_i]);
	struct buf plain = spelled("A", counts[_i]);
	struct buf a = buf_make(1 << 20), b = buf_make(1 << 20);
	struct slice decoded;
	ck_assert(buf_append_text(&a, "before") && buf_append_text(&b, "before"));
	ck_assert(
	    canonical_writer_put_escaped(&a, CANONICAL_STRING, buf_slice(&escaped), &decoded));
	ck_assert(canonical_writer_put(&b, CANONICAL_STRING, buf_slice(&plain)));
	ck_assert(slice_equal(buf_slice(&a), buf_slice(&b)));
	ck_assert(slice_equal(decoded, buf_slice(&plain)));
	buf_finish(&escaped);
	buf_finish(&plain);
	buf_finish(&a);
	buf_finish(&b);
}
END_TEST

START_TEST(puts_a_long_spelling_by_its_value)
{
	struct buf zeros = spelled("0", 200);
	struct buf number = buf_make(1000), a = buf_make(1000), b = buf_make(1000);
	ck_assert(buf_printf(&number, "1.%.*s", SLICE_FMT(buf_slice(&zeros))));
	ck_assert(canonical_writer_put_value(&a, buf_slice(&number)));
	ck_assert(canonical_writer_put_value(&b, slice_of("1")));
	ck_assert(slice_equal(buf_slice(&a), buf_slice(&b)));
	buf_finish(&zeros);
	buf_finish(&number);
	buf_finish(&a);
	buf_finish(&b);
}
END_TEST

/* Canonical forms may outlive the process that wrote them, so their encoding is fixed. */
START_TEST(puts_numbers)
{
	static const struct {
		const char *spelling;
		struct slice form;
	} cases[] = {
	    {"0", SLICE("d\x09+\0\0\0\0\0\0\0\0")},
	    {"-0.0", SLICE("d\x09-\0\0\0\0\0\0\0\0")},
	    {"1.50", SLICE("d\x0b+\xff\xff\xff\xff\xff\xff\xff\xff"
			   "15")},
	    {"-25600", SLICE("d\x0c-\2\0\0\0\0\0\0\0"
			     "256")},
	    {"1e1000000000000000000", SLICE("#\x15"
					    "1e1000000000000000000")},
	};
	struct buf out = buf_make(100);
	ck_assert(canonical_writer_put_value(&out, slice_of(cases[_i].spelling)));
	ck_assert(slice_equal(buf_slice(&out), cases[_i].form));
	buf_finish(&out);
}
END_TEST

START_TEST(leaves_out_as_it_was_when_full)
{
	struct buf out = buf_make(8);
	struct slice decoded;
	ck_assert(buf_append_text(&out, "before"));
	ck_assert(!canonical_writer_put(&out, CANONICAL_STRING, slice_of("x")));
	ck_assert(!canonical_writer_put_escaped(&out, CANONICAL_STRING, slice_of("\\n"), &decoded));
	ck_assert(!canonical_writer_put_value(&out, slice_of("1")));
	ck_assert(slice_is(buf_slice(&out), "before"));
	ck_assert(canonical_writer_put(&out, CANONICAL_STRING, slice_of("")));
	buf_finish(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("canonical_writer");
	TCase *all = tcase_create("canonical_writer");
	tcase_add_loop_test(all, puts_the_length_in_front, 0, 10);
	tcase_add_loop_test(all, puts_an_escaped_string_as_a_plain_one, 0, 9);
	tcase_add_test(all, puts_a_long_spelling_by_its_value);
	tcase_add_loop_test(all, puts_numbers, 0, 5);
	tcase_add_test(all, leaves_out_as_it_was_when_full);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
