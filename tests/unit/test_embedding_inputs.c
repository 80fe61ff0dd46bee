#include "proxy/openai/embeddings/embedding_inputs.h"
#include "tests/unit/main.h"
#include "tests/unit/trace.h"

enum { LIMIT = 1 << 16 };

static const struct {
	const char *body;
	size_t count; /* 0: cannot be split */
	enum coding coding;
} bodies[] = {
    {"{\"input\":\"a\"}", 1, CODING_FLOAT},
    {"{\"input\":\"\"}", 1, CODING_FLOAT},
    {" { \"model\" : \"m\" , \"input\" : [ \"a\" , \"b\" ] } ", 2, CODING_FLOAT},
    {"{\"input\":[\"a\",\"a\"],\"encoding_format\":\"base64\"}", 2, CODING_BASE64},
    {"{\"encoding_format\":\"float\",\"input\":[1,2]}", 1, CODING_FLOAT},
    {"{\"encoding_format\":null,\"input\":[1]}", 1, CODING_FLOAT},
    {"{\"input\":[[1,2],[3]]}", 2, CODING_FLOAT},
    {"{\"input\":[[1,2]],\"x\":{\"input\":[]}}", 1, CODING_FLOAT},
    {"{\"input\":[\"a\",5]}", 0, 0}, /* one input to llama.cpp */
    {"{\"input\":[5,\"a\"]}", 0, 0},
    {"{\"input\":[[1],\"a\"]}", 0, 0},
    {"{\"input\":[\"a\",[1]]}", 0, 0},
    {"{\"input\":[[1,\"a\"]]}", 0, 0},
    {"{\"input\":[[[1]]]}", 0, 0},
    {"{\"input\":[[]]}", 0, 0},
    {"{\"input\":[]}", 0, 0},
    {"{\"input\":null}", 0, 0},
    {"{\"input\":5}", 0, 0},
    {"{\"input\":true}", 0, 0},
    {"{\"input\":{\"prompt_string\":\"a\"}}", 0, 0},
    {"{\"input\":[{\"prompt_string\":\"a\"}]}", 0, 0},
    {"{\"input\":[null]}", 0, 0},
    {"{\"model\":\"m\"}", 0, 0},
    {"{\"content\":\"a\"}", 0, 0},
    {"{\"content\":\"a\",\"input\":\"a\"}", 0, 0},
    {"{\"input\":\"a\",\"encoding_format\":\"bytes\"}", 0, 0},
    {"{\"input\":\"a\",\"encoding_format\":\"Base64\"}", 0, 0},
    {"{\"input\":\"a\",\"encoding_format\":5}", 0, 0},
    {"{\"input\":\"a\",\"embed_dtype\":\"float16\"}", 0, 0},
    {"{\"input\":\"a\",\"endianness\":\"big\"}", 0, 0},
    {"{\"input\":\"a\",\"output_dtype\":\"int8\"}", 0, 0},
    {"{\"input\":\"a\",\"late_chunking\":true}", 0, 0},
    {"{\"inpu\\u0074\":\"a\"}", 0, 0},
    {"{\"input\":\"a\",\"input\":\"b\"}", 0, 0},
    {"{\"input\":\"a\"", 0, 0},
    {"{\"input\":\"a\"}x", 0, 0},
    {"{\"input\":[\"a\"", 0, 0},
    {"{\"input\":[1,", 0, 0},
    {"{\"input\":\"\\ud800\"}", 0, 0},
    {"[\"a\"]", 0, 0},
    {"", 0, 0},
};

START_TEST(taken_apart)
{
	struct embedding_inputs *inputs = embedding_inputs_read(slice_of(bodies[_i].body));
	ck_assert_msg((inputs != NULL) == (bodies[_i].count > 0), "%s", bodies[_i].body);
	if (inputs) {
		ck_assert_uint_eq(embedding_inputs_count(inputs), bodies[_i].count);
		ck_assert(embedding_inputs_coding(inputs) == bodies[_i].coding);
	}
	embedding_inputs_destroy(&inputs);
}
END_TEST

START_TEST(not_more_than_so_many)
{
	for (size_t count = INPUTS_MOST; count <= INPUTS_MOST + 1; count++) {
		scoped(buf_finish) struct buf body = buf_make(1 << 20);
		ck_assert(buf_append_text(&body, "{\"input\":["));
		for (size_t i = 0; i < count; i++)
			ck_assert(buf_append_text(&body, i ? ",\"\"" : "\"\""));
		ck_assert(buf_append_text(&body, "]}"));
		struct embedding_inputs *inputs = embedding_inputs_read(buf_slice(&body));
		ck_assert((inputs != NULL) == (count == INPUTS_MOST));
		embedding_inputs_destroy(&inputs);
	}
}
END_TEST

static void form_of(const char *body, size_t index, struct buf *out)
{
	struct embedding_inputs *inputs = embedding_inputs_read(slice_of(body));
	struct canonical *canonical = canonical_create();
	ck_assert(inputs != NULL);
	ck_assert(embedding_inputs_form(inputs, index, canonical, out));
	canonical_destroy(&canonical);
	embedding_inputs_destroy(&inputs);
}

static const struct {
	const char *body;
	size_t index;
	const char *other;
	size_t other_index;
	bool equal;
} pairs[] = {
    {"{\"input\":\"a\"}", 0, "{\"input\":[\"a\"]}", 0, true},
    {"{\"input\":\"a\"}", 0, "{\"input\":[\"b\",\"\\u0061\"]}", 1, true},
    {"{\"input\":[1, 2]}", 0, "{\"input\":[[1,2]]}", 0, true},
    {"{\"input\":[1,2]}", 0, "{\"input\":[[3],[ 1,2 ]]}", 1, true},
    {"{\"input\":\"a\"}", 0, "{\"input\":\"b\"}", 0, false},
    {"{\"input\":\"a\"}", 0, "{\"input\":\"a \"}", 0, false},
    {"{\"input\":\"a\"}", 0, "{\"input\":\"a\\u0000\"}", 0, false},
    {"{\"input\":\"[1,2]\"}", 0, "{\"input\":[1,2]}", 0, false},
    {"{\"input\":\"1\"}", 0, "{\"input\":[1]}", 0, false},
    {"{\"input\":[1]}", 0, "{\"input\":[1.0]}", 0, false},
    {"{\"input\":[1,2]}", 0, "{\"input\":[12]}", 0, false},
    {"{\"input\":[[1],[2]]}", 0, "{\"input\":[[1],[2]]}", 1, false},
    {"{\"input\":\"\\u00e9\"}", 0, "{\"input\":\"e\\u0301\"}", 0, false},
};

START_TEST(forms)
{
	scoped(buf_finish) struct buf a = buf_make(LIMIT);
	scoped(buf_finish) struct buf b = buf_make(LIMIT);
	form_of(pairs[_i].body, pairs[_i].index, &a);
	form_of(pairs[_i].other, pairs[_i].other_index, &b);
	ck_assert(a.len > 0);
	ck_assert_msg(slice_equal(buf_slice(&a), buf_slice(&b)) == pairs[_i].equal, "%s %s",
		      pairs[_i].body, pairs[_i].other);
}
END_TEST

static void check_body(const char *body, const uint32_t *which, size_t count, const char *expected)
{
	scoped(buf_finish) struct buf out = buf_make(LIMIT);
	struct embedding_inputs *inputs = embedding_inputs_read(slice_of(body));
	ck_assert(inputs != NULL);
	ck_assert(embedding_inputs_body(inputs, which, count, &out));
	ck_assert_msg(slice_is(buf_slice(&out), expected), "%.*s", SLICE_FMT(buf_slice(&out)));
	embedding_inputs_destroy(&inputs);
}

START_TEST(what_goes_upstream)
{
	static const char texts[] =
	    "{ \"input\" : [ \"a\" ,\"\\u0062\", \"c\\\"]\" ] , \"model\":\"m\"}";
	check_body(texts, (uint32_t[]){1}, 1, "{ \"input\" : [\"\\u0062\"] , \"model\":\"m\"}");
	check_body(texts, (uint32_t[]){0, 2}, 2,
		   "{ \"input\" : [\"a\",\"c\\\"]\"] , \"model\":\"m\"}");
	check_body("{\"input\":[[1, 2],[3]]}", (uint32_t[]){1}, 1, "{\"input\":[[3]]}");
	check_body("{\"input\":[[1, 2],[3]]}", (uint32_t[]){0, 1}, 2, "{\"input\":[[1, 2],[3]]}");
	check_body("{\"x\":1,\"input\":\"a\"}", (uint32_t[]){0}, 1, "{\"x\":1,\"input\":[\"a\"]}");
}
END_TEST

static const struct {
	const char *name;
	size_t count;
	enum coding coding;
} recorded[] = {
    {"embed-single", 1, CODING_FLOAT},
    {"embed-batch", 3, CODING_FLOAT},
    {"embed-base64", 2, CODING_BASE64},
    {"embed-tokens", 1, CODING_FLOAT},
    {"embed-tokens-batch", 2, CODING_FLOAT},
    {"embed-dims", 1, CODING_FLOAT},
    {"embed-user", 1, CODING_FLOAT},
    {"embed-empty-string", 1, CODING_FLOAT},
    {"embed-empty-list", 0, 0},
    {"embed-badformat", 0, 0},
    {"embed-missing", 0, 0},
    {"embed-content", 0, 0},
    {"sdk-requests/openai--embeddings-base64", 2, CODING_BASE64},
    {"sdk-requests/openai--embeddings-float", 1, CODING_FLOAT},
    {"sdk-requests/openai--embeddings-single", 1, CODING_BASE64},
    {"sdk-requests/openai--embeddings-tokens", 1, CODING_BASE64},
};

START_TEST(traces)
{
	struct trace t = trace_open(recorded[_i].name);
	struct embedding_inputs *inputs = embedding_inputs_read(buf_slice(&t.request_body));
	ck_assert_msg((inputs != NULL) == (recorded[_i].count > 0), "%s", recorded[_i].name);
	if (inputs) {
		ck_assert_uint_eq(embedding_inputs_count(inputs), recorded[_i].count);
		ck_assert(embedding_inputs_coding(inputs) == recorded[_i].coding);
	}
	embedding_inputs_destroy(&inputs);
	trace_close(&t);
}
END_TEST

START_TEST(lengths)
{
	static const struct {
		const char *value;
		size_t length;
		bool tokens;
	} cases[] = {
	    {"\"\"", 0, false},		{"\"abc\"", 3, false},
	    {"[\"abc\"]", 3, false},	{"\"\\u0061\\n\"", 2, false},
	    {"\"\xc3\xa9\"", 2, false}, {"\"\\u00e9\"", 2, false},
	    {"[1]", 1, true},		{"[[1 , 2,3]]", 3, true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped(buf_finish) struct buf body = buf_make(256);
		ck_assert(buf_printf(&body, "{\"input\":%s}", cases[i].value));
		struct embedding_inputs *inputs = embedding_inputs_read(buf_slice(&body));
		ck_assert_uint_eq(embedding_inputs_length(inputs, 0), cases[i].length);
		ck_assert(embedding_inputs_are_tokens(inputs) == cases[i].tokens);
		embedding_inputs_destroy(&inputs);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("embedding_inputs");
	TCase *c = tcase_create("embedding_inputs");
	tcase_add_loop_test(c, taken_apart, 0, sizeof bodies / sizeof *bodies);
	tcase_add_test(c, not_more_than_so_many);
	tcase_add_loop_test(c, forms, 0, sizeof pairs / sizeof *pairs);
	tcase_add_test(c, what_goes_upstream);
	tcase_add_test(c, lengths);
	tcase_add_loop_test(c, traces, 0, sizeof recorded / sizeof *recorded);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
