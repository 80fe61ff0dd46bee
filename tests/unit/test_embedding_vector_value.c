#include "proxy/openai/embeddings/embedding_vector_value.h"

#include "tests/unit/main.h"

static bool read_value(const char *text, struct embedding_vector_format format,
		       struct embedding_vector_value *ret)
{
	scoped(buf_finish) struct buf out = buf_make(1 << 10);
	struct json_scan scan = json_scan_start(slice_of(text));
	struct json_token first;
	return json_scan_next(&scan, &first) &&
	       embedding_vector_value_read(&scan, &first, format, &out, ret) && scan.at == scan.end;
}

static const struct {
	const char *text;
	enum embedding_vector_type type;
	bool big_endian;
	bool fine;
} values[] = {
    {"[1,2]", EMBEDDING_VECTOR_FLOAT32, false, true},
    {"[1,2]", EMBEDDING_VECTOR_UNKNOWN, false, true},
    {"[-128,127]", EMBEDDING_VECTOR_INTEGER, false, true},
    {"[1,null]", EMBEDDING_VECTOR_INTEGER, false, false},
    {"null", EMBEDDING_VECTOR_INTEGER, false, false},
    {"{}", EMBEDDING_VECTOR_FLOAT32, false, false},
    {"\"\"", EMBEDDING_VECTOR_INTEGER, false, false},
    {"\"AAAAAA==\"", EMBEDDING_VECTOR_UNKNOWN, false, false},
    /* float32: 1, NaN, infinity and both the other way round */
    {"\"AACAPw==\"", EMBEDDING_VECTOR_FLOAT32, false, true},
    {"\"AADAfw==\"", EMBEDDING_VECTOR_FLOAT32, false, false},
    {"\"AACAfw==\"", EMBEDDING_VECTOR_FLOAT32, false, false},
    {"\"f8AAAA==\"", EMBEDDING_VECTOR_FLOAT32, false, true},
    {"\"f8AAAA==\"", EMBEDDING_VECTOR_FLOAT32, true, false},
    {"\"AACAPwAA\"", EMBEDDING_VECTOR_FLOAT32, false, false},
    {"\"\\u0041ACAPw==\"", EMBEDDING_VECTOR_FLOAT32, false, true},
    /* float16: 1, infinity, NaN, half a number */
    {"\"ADw=\"", EMBEDDING_VECTOR_FLOAT16, false, true},
    {"\"AHw=\"", EMBEDDING_VECTOR_FLOAT16, false, false},
    {"\"AX4=\"", EMBEDDING_VECTOR_FLOAT16, false, false},
    {"\"fAA=\"", EMBEDDING_VECTOR_FLOAT16, true, false},
    {"\"ADwA\"", EMBEDDING_VECTOR_FLOAT16, false, false},
    /* bfloat16: 1, infinity */
    {"\"gD8=\"", EMBEDDING_VECTOR_BFLOAT16, false, true},
    {"\"gH8=\"", EMBEDDING_VECTOR_BFLOAT16, false, false},
    /* float8: 0x7e is E4M3's largest and E5M2's NaN, 0x7f and 0xff are NaN in both */
    {"\"fg==\"", EMBEDDING_VECTOR_FLOAT8_E4M3, false, true},
    {"\"fg==\"", EMBEDDING_VECTOR_FLOAT8_E5M2, false, false},
    {"\"fw==\"", EMBEDDING_VECTOR_FLOAT8_E4M3, false, false},
    {"\"/w==\"", EMBEDDING_VECTOR_FLOAT8_E4M3, false, false},
    {"\"fA==\"", EMBEDDING_VECTOR_FLOAT8_E5M2, false, false},
    {"\"ew==\"", EMBEDDING_VECTOR_FLOAT8_E5M2, false, true},
    /* bytes have no special values */
    {"\"f38=\"", EMBEDDING_VECTOR_INTEGER, false, true},
};

START_TEST(finite_numbers_only)
{
	struct embedding_vector_format format = {values[_i].type, values[_i].big_endian};
	struct embedding_vector_value value;
	ck_assert_msg(read_value(values[_i].text, format, &value) == values[_i].fine, "%s",
		      values[_i].text);
}
END_TEST

START_TEST(what_is_told_of_a_value)
{
	struct embedding_vector_format format = {0};
	struct embedding_vector_value v;
	ck_assert(read_value("[ 1,0.123456789 ]", format, &v));
	ck_assert(slice_is(v.list, "[ 1,0.123456789 ]") && !v.survives && !v.nested);
	ck_assert_uint_eq(v.length, 2);
	ck_assert(read_value("[1,0.5]", format, &v) && v.survives);
	ck_assert(read_value("[[1,2,3],[4,5,6]]", format, &v));
	ck_assert(v.nested && v.list.len == 0);
	ck_assert_uint_eq(v.length, 3);
	ck_assert(read_value("\"AACAPwAAgD8=\"", format, &v));
	ck_assert(!v.nested && v.list.len == 0);
	ck_assert_uint_eq(v.length, 8);
}
END_TEST

static struct embedding_vector_format noted(const char *key, const char *value)
{
	struct embedding_vector_format format = {0};
	struct canonical_member m = {
	    .depth = 1,
	    .key = slice_of(key),
	    .kind = value ? JSON_STRING : JSON_NULL,
	    .value = slice_of(value ? value : ""),
	};
	embedding_vector_format_note(&format, &m);
	return format;
}

START_TEST(formats_of_requests)
{
	ck_assert(noted("embed_dtype", "float16").type == EMBEDDING_VECTOR_FLOAT16);
	ck_assert(noted("embed_dtype", "float32").type == EMBEDDING_VECTOR_FLOAT32);
	ck_assert(noted("embed_dtype", NULL).type == EMBEDDING_VECTOR_FLOAT32);
	ck_assert(noted("embed_dtype", "float64").type == EMBEDDING_VECTOR_UNKNOWN);
	ck_assert(noted("output_dtype", "ubinary").type == EMBEDDING_VECTOR_INTEGER);
	ck_assert(noted("embedding_type", "base64").type == EMBEDDING_VECTOR_FLOAT32);
	ck_assert(noted("model", "float16").type == EMBEDDING_VECTOR_FLOAT32);
	ck_assert(noted("endianness", "big").big_endian);
	ck_assert(!noted("endianness", "native").big_endian);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("embedding_vector_value");
	TCase *c = tcase_create("embedding_vector_value");
	tcase_add_loop_test(c, finite_numbers_only, 0, sizeof values / sizeof *values);
	tcase_add_test(c, what_is_told_of_a_value);
	tcase_add_test(c, formats_of_requests);
	suite_add_tcase(s, c);
	return run_suite(s);
}
