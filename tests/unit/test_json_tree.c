#include "proxy/openai/wire/json_tree.h"

#include "tests/unit/main.h"

enum { LIMIT = 1 << 20 };

static struct json_tree *t;
static struct buf out;

static void begin(void)
{
	t = json_tree_create(LIMIT);
	out = buf_make(LIMIT);
}

static void end(void)
{
	json_tree_destroy(&t);
	buf_finish(&out);
}

static struct json_node *read(const char *text)
{
	struct json_node *n = json_tree_read(t, slice_of(text));
	ck_assert_msg(n, "%s", text);
	return n;
}

static void assert_written(const struct json_node *n, const char *text)
{
	buf_clear(&out);
	ck_assert(!json_tree_failed(t));
	ck_assert(json_node_write(n, &out));
	ck_assert_msg(slice_is(buf_slice(&out), text), "%.*s", SLICE_FMT(buf_slice(&out)));
}

START_TEST(spellings_are_kept)
{
	static const char *const texts[] = {
	    "{}",
	    "[]",
	    "null",
	    "\"\"",
	    "1e400",
	    "[9007199254740993,-0.0,1E+2,true,false,null]",
	    "{\"a\":{\"b\":[{},[],\"\\u0000\\ud83d\\ude00\\/\xc3\xa9\"]},\"\\u0061b\":\"c\"}",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_written(read(texts[i]), texts[i]);
	assert_written(read(" { \"a\" : [ 1 , 2 ] } "), "{\"a\":[1,2]}");
}
END_TEST

START_TEST(what_is_refused)
{
	static const char *const texts[] = {
	    "",
	    "{",
	    "{} {}",
	    "nul",
	    "[\"\xff\"]",
	    "\"\\ud83d\"",
	    "{\"a\":1,\"b\":2,\"a\":3}",
	    "{\"a\":1,\"\\u0061\":2}",
	    "[{\"\":1,\"\":2}]",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(!json_tree_read(t, slice_of(texts[i])), "%s", texts[i]);
	ck_assert(!json_tree_failed(t));
}
END_TEST

/* Duplicates among many members are found in another way than among few. */
START_TEST(twins_among_many)
{
	for (int twin = 0; twin < 2; twin++) {
		struct buf text = buf_make(LIMIT);
		ck_assert(buf_append_byte(&text, '{'));
		for (int i = 0; i < 1000; i++)
			ck_assert(buf_printf(&text, "\"m%d\":%d,", i, i));
		ck_assert(buf_printf(&text, "\"m%s\":1}", twin ? "\\u0035" : "x"));
		ck_assert_int_eq(json_tree_read(t, buf_slice(&text)) == NULL, twin);
		buf_finish(&text);
	}
}
END_TEST

START_TEST(members_are_found)
{
	struct json_node *n =
	    read("{\"a\":1,\"\\u0062\":null,\"s\":\"text\",\"e\":\"\",\"c\":[1,2,3]}");
	ck_assert_int_eq(json_node_number(json_node_member(n, "a")), 1);
	ck_assert_ptr_nonnull(json_node_member(n, "b"));
	ck_assert_ptr_null(json_node_value(n, "b"));
	ck_assert_ptr_null(json_node_member(n, "x"));
	ck_assert_ptr_null(json_node_member(NULL, "x"));
	ck_assert_ptr_null(json_node_member(json_node_member(n, "a"), "x"));
	ck_assert(json_node_is(json_node_member(n, "s"), "text"));
	ck_assert(!json_node_is(json_node_member(n, "s"), "texts"));
	ck_assert(!json_node_is(json_node_member(n, "s"), "tex"));
	ck_assert(!json_node_is(json_node_member(n, "a"), "1"));
	ck_assert(!json_node_is(NULL, ""));
	ck_assert(json_node_is_empty_string(json_node_member(n, "e")));
	ck_assert(!json_node_is_empty_string(json_node_member(n, "s")));
	ck_assert(!json_node_is_empty_string(NULL));
	ck_assert_uint_eq(json_node_count(json_node_member(n, "c")), 3);
}
END_TEST

START_TEST(numbers)
{
	static const struct {
		const char *text;
		int64_t number;
	} cases[] = {
	    {"0", 0},
	    {"12", 12},
	    {"2147483647", 2147483647},
	    {"2147483648", -1},
	    {"-1", -1},
	    {"-0", -1},
	    {"1.0", -1},
	    {"1e2", -1},
	    {"\"1\"", -1},
	    {"null", -1},
	    {"99999999999999999999", -1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_int_eq(json_node_number(read(cases[i].text)), cases[i].number);
	ck_assert_int_eq(json_node_number(NULL), -1);
}
END_TEST

START_TEST(members_are_set_and_taken)
{
	struct json_node *n = json_tree_object(t);
	assert_written(n, "{}");
	json_node_set(n, "a", json_tree_number(t, -5));
	json_node_set(n, "b", json_tree_null(t));
	json_node_set(n, "c", json_tree_string(t, slice_of("x\\n")));
	json_node_set(n, "b", json_tree_array(t));
	assert_written(n, "{\"a\":-5,\"b\":[],\"c\":\"x\\n\"}");
	json_node_set(n, "c", json_tree_number(t, 3));
	json_node_set(n, "d", json_tree_number(t, 4));
	json_node_set(n, "a", json_tree_number(t, 1));
	assert_written(n, "{\"a\":1,\"b\":[],\"c\":3,\"d\":4}");
	ck_assert_ptr_null(json_node_take(n, "x"));
	struct json_node *d = json_node_take(n, "d");
	ck_assert_int_eq(json_node_number(d), 4);
	ck_assert_ptr_nonnull(json_node_take(n, "b"));
	assert_written(n, "{\"a\":1,\"c\":3}");
	json_node_adopt(n, d);
	ck_assert_ptr_nonnull(json_node_take(n, "a"));
	assert_written(n, "{\"c\":3,\"d\":4}");
	struct json_node *list = json_tree_array(t);
	while (n->first)
		json_node_append(list, json_node_shift(n));
	ck_assert_ptr_null(json_node_shift(n));
	assert_written(n, "{}");
	assert_written(list, "[3,4]");
	json_node_adopt(n, json_node_shift(list));
	assert_written(n, "{\"c\":3}");
}
END_TEST

START_TEST(strings_have_pieces)
{
	struct json_node *s = json_tree_string(t, slice_of("one"));
	json_node_append(s, json_tree_string(t, slice_of("")));
	json_node_append(s, json_tree_string(t, slice_of(" two")));
	assert_written(s, "\"one two\"");
	ck_assert(json_node_is(s, "one two"));
	ck_assert(!json_node_is(s, "one tw"));
	ck_assert(!json_node_is(s, "one two "));
	struct json_node *empty = json_tree_string(t, slice_of(""));
	json_node_append(empty, json_tree_string(t, slice_of("")));
	ck_assert(json_node_is_empty_string(empty));
}
END_TEST

START_TEST(copies_are_apart)
{
	struct json_node *n = read("{\"a\":{\"b\":[1,\"x\"]}}");
	struct json_node *copy = json_tree_copy(t, json_node_member(n, "a"));
	json_node_append(json_node_member(json_node_member(n, "a"), "b"), json_tree_null(t));
	assert_written(n, "{\"a\":{\"b\":[1,\"x\",null]}}");
	assert_written(copy, "{\"b\":[1,\"x\"]}");
}
END_TEST

START_TEST(writing_has_bounds)
{
	struct json_node *n = read("{\"a\":[1,2,\"three\"]}");
	for (size_t room = 0; room < 19; room++) {
		struct buf small = buf_make(room + 1);
		ck_assert(buf_append_byte(&small, 'x'));
		ck_assert(!json_node_write(n, &small));
		ck_assert_uint_eq(small.len, 1);
		buf_finish(&small);
	}
	for (int depth = 1; depth < JSON_DEPTH; depth++) {
		struct json_node *outer = json_tree_array(t);
		json_node_append(outer, n);
		n = outer;
	}
	ck_assert(!json_node_write(n, &out));
	ck_assert(json_node_write(n->first, &out));
}
END_TEST

START_TEST(memory_has_a_bound)
{
	json_tree_destroy(&t);
	t = json_tree_create(10000);
	ck_assert_ptr_null(json_tree_bytes(t, 10001));
	ck_assert(json_tree_failed(t));
	json_tree_destroy(&t);
	t = json_tree_create(10000);
	ck_assert_ptr_nonnull(json_tree_bytes(t, 9000));
	ck_assert(!json_tree_failed(t));
	/* Past the limit nodes can still be created, but no texts. */
	struct json_node *n = json_tree_array(t);
	for (int i = 0; i < 1000; i++)
		json_node_append(n, json_tree_number(t, i));
	ck_assert(json_tree_failed(t));
	ck_assert_uint_eq(json_node_count(n), 1000);
	ck_assert_ptr_null(json_tree_read(t, slice_of("1")));
}
END_TEST

START_TEST(reading_has_a_bound)
{
	json_tree_destroy(&t);
	t = json_tree_create(10000);
	struct buf text = buf_make(LIMIT);
	ck_assert(buf_append_text(&text, "[0"));
	for (int i = 0; i < 1000; i++)
		ck_assert(buf_append_text(&text, ",0"));
	ck_assert(buf_append_text(&text, "]"));
	ck_assert_ptr_null(json_tree_read(t, buf_slice(&text)));
	ck_assert(json_tree_failed(t));
	buf_finish(&text);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("json_tree");
	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, spellings_are_kept);
	tcase_add_test(c, what_is_refused);
	tcase_add_test(c, twins_among_many);
	tcase_add_test(c, members_are_found);
	tcase_add_test(c, numbers);
	tcase_add_test(c, members_are_set_and_taken);
	tcase_add_test(c, strings_have_pieces);
	tcase_add_test(c, copies_are_apart);
	tcase_add_test(c, writing_has_bounds);
	tcase_add_test(c, memory_has_a_bound);
	tcase_add_test(c, reading_has_a_bound);
	Suite *s = suite_create("json_tree");
	suite_add_tcase(s, c);
	return run_suite(s);
}
