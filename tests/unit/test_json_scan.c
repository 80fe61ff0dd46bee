#include "cache/key/json_scan.h"

#include "base/buf.h"
#include "base/memory.h"
#include "tests/unit/main.h"

#include <assert.h>

struct text {
	enum json_fault fault;
	struct slice text;
};

static const struct text texts[] = {
#define TEXT(fault, literal) {JSON_##fault, SLICE(literal)},
#include "tests/unit/json_texts.def"
#undef TEXT
};

enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

static enum json_fault fault_of(struct slice text)
{
	struct json_scan scan = json_scan_start(text);
	struct json_token t;
	while (json_scan_next(&scan, &t))
		;
	ck_assert(scan.at >= scan.start && scan.at <= scan.end);
	ck_assert_msg(!json_scan_next(&scan, &t), "it goes on behind its end");
	return scan.fault;
}

START_TEST(results_are_as_in_the_table)
{
	const struct text *row = &texts[_i];
	/* In a separate allocation, so that the sanitizers detect a read past the end. */
	char *copy = malloc(row->text.len ? row->text.len : 1);
	memcpy(copy, row->text.at, row->text.len);
	struct slice text = slice_make(copy, row->text.len);
	enum json_fault fault = fault_of(text);
	ck_assert_msg(fault == row->fault, "text %d, %.*s: fault %d, expected %d", _i,
		      SLICE_FMT(row->text), (int)fault, (int)row->fault);
	ck_assert(json_valid(text) == (row->fault == JSON_FINE));
	free(copy);
}
END_TEST

/* A text that ends with its last bracket has no valid prefix. */
START_TEST(calls_every_beginning_cut)
{
	struct slice whole = SLICE(
	    "{\"a\\u00e9\\ud83d\\ude00\":[-1.5e+3,true,false,null,{}],\"\xe2\x82\xac\":\"\"}");
	ck_assert(json_valid(whole));
	for (size_t len = 0; len < whole.len; len++) {
		char *copy = memory_copy(whole.at, len);
		ck_assert_int_eq(fault_of(slice_make(copy, len)), JSON_CUT);
		free(copy);
	}
}
END_TEST

/* Plain bytes of strings are skipped sixteen at a time: a special byte must be detected at any
 * position. */
START_TEST(sees_an_odd_byte_wherever_it_stands)
{
	static const struct text odd[] = {
	    {JSON_SYNTAX, SLICE("\x1f")},   {JSON_SYNTAX, SLICE("\0")},
	    {JSON_ENCODING, SLICE("\x80")}, {JSON_SYNTAX, SLICE("\\x")},
	    {JSON_TRAILING, SLICE("\"x")},  {JSON_FINE, SLICE("\xc3\xa9")},
	};
	for (size_t before = 0; before < 40; before++) {
		const struct text *o = &odd[_i];
		struct buf text = buf_make(100);
		char plain[40];
		memset(plain, 'x', sizeof(plain));
		ck_assert(buf_append_byte(&text, '"') && buf_append(&text, plain, before) &&
			  buf_append_slice(&text, o->text) &&
			  buf_append(&text, plain, 40 - before) && buf_append_byte(&text, '"'));
		ck_assert_int_eq(fault_of(buf_slice(&text)), o->fault);
		buf_finish(&text);
	}
}
END_TEST

START_TEST(hands_out_tokens)
{
	static const struct {
		enum json_kind kind;
		const char *text;
		unsigned depth;
		bool escaped;
	} expected[] = {
	    {JSON_OBJECT_OPEN, "{", 0},	 {JSON_KEY, "a\\n", 1, true}, {JSON_ARRAY_OPEN, "[", 1},
	    {JSON_NUMBER, "-1.50e2", 2}, {JSON_STRING, "x", 2},	      {JSON_TRUE, "true", 2},
	    {JSON_OBJECT_OPEN, "{", 2},	 {JSON_OBJECT_CLOSE, "}", 2}, {JSON_ARRAY_CLOSE, "]", 1},
	    {JSON_KEY, "", 1},		 {JSON_NULL, "null", 1},      {JSON_KEY, "b", 1},
	    {JSON_FALSE, "false", 1},	 {JSON_OBJECT_CLOSE, "}", 0},
	};
	struct json_scan scan = json_scan_start(
	    slice_of(" {\"a\\n\" : [-1.50e2,\"x\",true,{}], \"\":null, \"b\":false} "));
	struct json_token t;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		ck_assert(json_scan_next(&scan, &t));
		ck_assert_int_eq(t.kind, expected[i].kind);
		ck_assert(slice_is(t.text, expected[i].text));
		ck_assert_uint_eq(t.depth, expected[i].depth);
		ck_assert(t.escaped == expected[i].escaped);
	}
	ck_assert(!json_scan_next(&scan, &t));
	ck_assert_int_eq(scan.fault, JSON_FINE);
}
END_TEST

/* `count` times `piece`, between a beginning and an end. */
static struct buf repeated(const char *before, const char *piece, size_t count, const char *after)
{
	struct buf b = buf_make(1 << 24);
	ck_assert(buf_append_text(&b, before));
	size_t len = strlen(piece);
	ck_assert(buf_reserve(&b, count * len));
	for (; count > 0; count--, b.len += len)
		memcpy(b.at + b.len, piece, len);
	ck_assert(buf_append_text(&b, after));
	return b;
}

static enum json_fault error_of_nest(size_t depth, const char *open, const char *inside,
				     const char *close)
{
	struct buf b = repeated("", open, depth, inside);
	for (size_t i = 0; i < depth; i++)
		ck_assert(buf_append_text(&b, close));
	enum json_fault fault = fault_of(buf_slice(&b));
	buf_finish(&b);
	return fault;
}

START_TEST(bounds_depth)
{
	ck_assert_int_eq(error_of_nest(JSON_DEPTH, "[", "", "]"), JSON_FINE);
	ck_assert_int_eq(error_of_nest(JSON_DEPTH, "[", "1", "]"), JSON_FINE);
	ck_assert_int_eq(error_of_nest(JSON_DEPTH + 1, "[", "", "]"), JSON_TOO_DEEP);
	ck_assert_int_eq(error_of_nest(JSON_DEPTH, "{\"a\":", "1", "}"), JSON_FINE);
	ck_assert_int_eq(error_of_nest(JSON_DEPTH + 1, "{\"a\":", "1", "}"), JSON_TOO_DEEP);
	ck_assert_int_eq(error_of_nest(JSON_DEPTH / 2, "[{\"a\":", "1", "}]"), JSON_FINE);
	ck_assert_int_eq(error_of_nest(100000, "[", "", ""), JSON_TOO_DEEP);
}
END_TEST

START_TEST(bounds_the_number_of_values)
{
	/* The array itself and the 0 are values, too. */
	struct buf most = repeated("[", "1,", JSON_NODES - 2, "0]");
	ck_assert_int_eq(fault_of(buf_slice(&most)), JSON_FINE);
	struct buf more = repeated("[", "1,", JSON_NODES - 1, "0]");
	ck_assert_int_eq(fault_of(buf_slice(&more)), JSON_TOO_MANY);
	buf_finish(&most);
	buf_finish(&more);
}
END_TEST

START_TEST(reports_the_position_of_an_error)
{
	static const struct {
		const char *text;
		size_t at;
	} cases[] = {
	    {"{\"a\":1,}", 7}, {"[1 2]", 3}, {"[\"a\xff\"]", 3}, {"[\"\\ud800x\"]", 8},
	    {"{} x", 3},       {"[1,", 3},   {"[\"\\q\"]", 3},	 {"[\"\\udc00\"]", 2},
	};
	struct json_scan scan = json_scan_start(slice_of(cases[_i].text));
	struct json_token t;
	while (json_scan_next(&scan, &t))
		;
	ck_assert_int_ne(scan.fault, JSON_FINE);
	ck_assert_uint_eq((size_t)(scan.at - scan.start), cases[_i].at);
}
END_TEST

START_TEST(takes_a_slice_of_nothing)
{
	ck_assert_int_eq(fault_of(slice_make(NULL, 0)), JSON_CUT);
}
END_TEST

START_TEST(decodes)
{
	static const struct {
		struct slice text, decoded;
	} cases[] = {
	    {SLICE(""), SLICE("")},
	    {SLICE("plain"), SLICE("plain")},
	    {SLICE("\\\"\\\\\\/\\b\\f\\n\\r\\t"), SLICE("\"\\/\b\f\n\r\t")},
	    {SLICE("\\u0041\\u007f"), SLICE("A\x7f")},
	    {SLICE("\\u0000"), SLICE("\0")},
	    {SLICE("a\\u0000b"), SLICE("a\0b")},
	    {SLICE("\\u0080\\u07ff"), SLICE("\xc2\x80\xdf\xbf")},
	    {SLICE("\\u00e9\\u00E9\xc3\xa9"), SLICE("\xc3\xa9\xc3\xa9\xc3\xa9")},
	    {SLICE("\\u0800\\uffff"), SLICE("\xe0\xa0\x80\xef\xbf\xbf")},
	    {SLICE("\\uD83D\\ude00"), SLICE("\xf0\x9f\x98\x80")},
	    {SLICE("\\ud800\\udc00\\udbff\\udfff"), SLICE("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
	    {SLICE("\\\\u0041"), SLICE("\\u0041")},
	    {SLICE("x\\ny\\nz"), SLICE("x\ny\nz")},
	};
	char *at = malloc(cases[_i].text.len + 1);
	size_t len = json_decode(cases[_i].text, at);
	ck_assert(slice_equal(slice_make(at, len), cases[_i].decoded));
	free(at);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json_scan");
	TCase *all = tcase_create("json_scan");
	static_assert(TEXTS >= 150, "the table is to cover the grammar");
	tcase_add_loop_test(all, results_are_as_in_the_table, 0, TEXTS);
	tcase_add_test(all, calls_every_beginning_cut);
	tcase_add_loop_test(all, sees_an_odd_byte_wherever_it_stands, 0, 6);
	tcase_add_test(all, hands_out_tokens);
	tcase_add_test(all, bounds_depth);
	tcase_add_test(all, bounds_the_number_of_values);
	tcase_add_loop_test(all, reports_the_position_of_an_error, 0, 8);
	tcase_add_test(all, takes_a_slice_of_nothing);
	tcase_add_loop_test(all, decodes, 0, 13);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
