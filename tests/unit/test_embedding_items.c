#include "proxy/openai/embeddings/embedding_items.h"
#include "proxy/openai/embeddings/embedding_vector.h"
#include "tests/unit/main.h"
#include "tests/unit/trace.h"

#include <math.h>

static const struct embedding_items_options of_two = {.expected = 2, .member = "embedding"};

static struct embedding_items *read_fine(struct slice body, size_t expected)
{
	struct embedding_items *items = NULL;
	struct embedding_items_options options = {.expected = expected, .member = "embedding"};
	enum verdict verdict = embedding_items_read(body, &options, &items);
	ck_assert_msg(verdict == VERDICT_FINE, "%s: %.*s", verdict_text(verdict),
		      (int)(body.len < 200 ? body.len : 200), body.at);
	return items;
}

START_TEST(understood)
{
	static const char body[] =
	    " {\"object\":\"list\", \"x\" : {\"a\":[1, 2]},\"data\":[{\"index\":0,\"new\":null,"
	    "\"embedding\":[0.5, -0.25],\"object\":\"embedding\"},{\"embedding\":\"AAAAPwAAAD8=\","
	    "\"encoding_format\":\"base64\",\"index\":1}],\"model\":\"m\",\"usage\":{\"prompt_"
	    "tokens\":"
	    "7,\"total_tokens\":7,\"more\":{\"prompt_tokens\":9}}} ";
	struct embedding_items *items = read_fine(slice_of(body), 2);
	ck_assert_int_eq(embedding_items_prompt(items), 7);
	struct embedding_item first = embedding_items_at(items, 0);
	struct embedding_item second = embedding_items_at(items, 1);
	ck_assert_int_eq(first.prompt, -1);
	ck_assert(
	    slice_is(first.top, "\"object\":\"list\",\"x\" : {\"a\":[1, 2]},\"model\":\"m\""));
	ck_assert(slice_is(first.members, "\"new\":null,\"object\":\"embedding\""));
	ck_assert(!first.text && !first.tells_coding);
	static const float numbers[] = {0.5f, -0.25f};
	ck_assert(slice_equal(first.vector, slice_make(numbers, sizeof numbers)));
	ck_assert(second.members.len == 0 && second.tells_coding);
	static const float same[] = {0.5f, 0.5f};
	ck_assert(slice_equal(second.vector, slice_make(same, sizeof same)));
	embedding_items_destroy(&items);
}
END_TEST

START_TEST(alone_it_tells_its_cost)
{
	static const char *const usages[] = {
	    "{\"prompt_tokens\":4}",
	    "{\"total_tokens\":4}", /* Voyage's */
	    "{\"total_tokens\":5,\"prompt_tokens\":4}",
	    "{\"prompt_tokens\":4,\"total_tokens\":5}",
	};
	for (size_t i = 0; i < sizeof(usages) / sizeof(usages[0]); i++) {
		struct buf body = buf_make(1 << 10);
		ck_assert(
		    buf_printf(&body,
			       "{\"object\":\"list\",\"data\":[{\"index\":0,\"embedding\":[1]}],"
			       "\"usage\":%s}",
			       usages[i]));
		struct embedding_items *items = read_fine(buf_slice(&body), 1);
		ck_assert_int_eq(embedding_items_at(items, 0).prompt, 4);
		embedding_items_destroy(&items);
		buf_finish(&body);
	}
}
END_TEST

START_TEST(text_is_kept_where_it_says_more)
{
	static const char body[] =
	    "{\"object\":\"list\",\"data\":[{\"object\":\"e\",\"embedding\":[ 0.123456789 ,1],"
	    "\"index\":0},{\"index\":1,\"embedding\":[1,2]}]}";
	struct embedding_items *items = read_fine(slice_of(body), 2);
	struct embedding_item first = embedding_items_at(items, 0);
	ck_assert(first.text && slice_is(first.vector, "[ 0.123456789 ,1]"));
	ck_assert(slice_is(first.members, "\"object\":\"e\""));
	ck_assert(!embedding_items_at(items, 1).text);
	ck_assert_uint_eq(embedding_items_at(items, 1).vector.len, 8);
	ck_assert_int_eq(embedding_items_prompt(items), -1);
	embedding_items_destroy(&items);
}
END_TEST

#define ITEM(index, embedding) "{\"index\":" #index ",\"embedding\":" embedding "}"
#define LIST(items) "{\"object\":\"list\",\"data\":[" items "]}"

/* For requests with two inputs. */
static const struct {
	const char *body;
	enum verdict verdict;
} bad[] = {
    {LIST(ITEM(1, "[1]") "," ITEM(0, "[1]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(1, "[1]") "," ITEM(2, "[1]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(0, "[1]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(1, "[1]") "," ITEM(2, "[1]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(1.0, "[1]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM("1", "[1]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(-1, "[1]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(1, "[1,2]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(1, "[]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(1, "[[1]]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(1, "null")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(1, "[1e99]")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(1, "\"AAAA\"")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") "," ITEM(1, "\"\"")), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") ",{\"embedding\":[1]}"), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") ",{\"index\":1}"), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") ",{\"index\":1,\"index\":1,\"embedding\":[1]}"), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") ",{\"index\":1,\"embedding\":[1],\"embedding\":[1]}"),
     VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") ",{\"inde\\u0078\":1,\"embedding\":[1]}"), VERDICT_UNEXPECTED_SHAPE},
    {LIST(ITEM(0, "[1]") ",[1]"), VERDICT_UNEXPECTED_SHAPE},
    {LIST(""), VERDICT_UNEXPECTED_SHAPE},
    {"{\"object\":\"list\"}", VERDICT_UNEXPECTED_SHAPE},
    {"{\"object\":\"list\",\"data\":{}}", VERDICT_UNEXPECTED_SHAPE},
    {"{\"object\":\"list\",\"data\":[],\"data\":[]}", VERDICT_UNEXPECTED_SHAPE},
    {"{\"data\":[" ITEM(0, "[1]") "," ITEM(1, "[1]") "]}", VERDICT_UNEXPECTED_SHAPE},
    {"{\"object\":\"lis\\u0074\",\"data\":[" ITEM(0, "[1]") "," ITEM(1, "[1]") "]}",
     VERDICT_UNEXPECTED_SHAPE},
    {"{\"error\":{\"message\":\"no\"},\"object\":\"list\",\"data\":[" ITEM(0, "[1]") "," ITEM(
	 1, "[1]") "]}",
     VERDICT_ERROR_INSIDE},
    {"[" ITEM(0, "[1]") "," ITEM(1, "[1]") "]", VERDICT_UNEXPECTED_SHAPE},
    {"{\"error\":{\"message\":\"no\"}}", VERDICT_ERROR_INSIDE},
    {"null", VERDICT_UNEXPECTED_SHAPE},
    {"", VERDICT_INVALID_ANSWER},
    {LIST(ITEM(0, "[1]") "," ITEM(1, "[1]")) "x", VERDICT_INVALID_ANSWER},
    {"{\"object\":\"list\",\"data\":[" ITEM(0, "[1]") "," ITEM(1, "[1]") "]",
     VERDICT_INVALID_ANSWER},
    {"{\"object\":\"list\",\"data\":[" ITEM(0, "[1]") "," ITEM(1, "[1]") "],}",
     VERDICT_INVALID_ANSWER},
};

START_TEST(refused)
{
	struct embedding_items *items = NULL;
	enum verdict verdict = embedding_items_read(slice_of(bad[_i].body), &of_two, &items);
	ck_assert_msg(verdict == bad[_i].verdict, "%s: %s", verdict_text(verdict), bad[_i].body);
	ck_assert(items == NULL);
}
END_TEST

/* An answer that is cut anywhere is refused. */
START_TEST(cut)
{
	static const char body[] = "{\"object\":\"list\",\"model\":\"m\",\"data\":[" ITEM(
	    0, "[0.5,1e-3]") "," ITEM(1, "\"AAAAPwAAAD8=\"") "],\"usage\":{\"prompt_tokens\":1}}";
	struct embedding_items *items = NULL;
	for (size_t len = 0; len < sizeof body - 1; len++) {
		ck_assert(embedding_items_read(slice_make(body, len), &of_two, &items) !=
			  VERDICT_FINE);
		ck_assert(items == NULL);
	}
}
END_TEST

/* ## Recorded answers */

static const struct {
	const char *name;
	size_t inputs;
	int64_t prompt;
} recorded[] = {
    {"embed-single", 1, 3},	 {"embed-batch", 3, 8},	       {"embed-base64", 2, 5},
    {"embed-tokens", 1, 3},	 {"embed-tokens-batch", 2, 5}, {"embed-float", 1, 3},
    {"embed-dims", 1, 3},	 {"embed-empty-string", 1, 1}, {"embed-user", 1, 3},
    {"embed-other-model", 1, 3},
};

START_TEST(traces_are_understood)
{
	struct trace t = trace_open(recorded[_i].name);
	struct embedding_items *items = read_fine(buf_slice(&t.body), recorded[_i].inputs);
	ck_assert_int_eq(embedding_items_prompt(items), recorded[_i].prompt);
	for (size_t i = 0; i < recorded[_i].inputs; i++) {
		struct embedding_item item = embedding_items_at(items, i);
		ck_assert(!item.text);
		ck_assert_uint_eq(item.vector.len, 128 * EMBEDDING_VECTOR_NUMBER);
		ck_assert(slice_is(item.members, "\"object\":\"embedding\""));
	}
	embedding_items_destroy(&items);
	trace_close(&t);
}
END_TEST

/* The same text in decimals and in base64 is the same vector, but for what differs between a text
 * that was computed alone and one in a batch. */
START_TEST(codings_agree)
{
	struct trace floats = trace_open("embed-batch");
	struct trace base64 = trace_open("embed-base64");
	struct embedding_items *a = read_fine(buf_slice(&floats.body), 3);
	struct embedding_items *b = read_fine(buf_slice(&base64.body), 2);
	for (size_t i = 0; i < 2; i++) {
		struct slice x = embedding_items_at(a, i).vector;
		struct slice y = embedding_items_at(b, i).vector;
		ck_assert_uint_eq(x.len, y.len);
		for (size_t n = 0; n < x.len; n += EMBEDDING_VECTOR_NUMBER) {
			float p, q;
			memcpy(&p, x.at + n, sizeof p);
			memcpy(&q, y.at + n, sizeof q);
			ck_assert(fabsf(p - q) < 1e-4f);
		}
	}
	embedding_items_destroy(&a);
	embedding_items_destroy(&b);
	trace_close(&floats);
	trace_close(&base64);
}
END_TEST

/* Written in either coding and read again, an answer has the same vectors, bit by bit. */
START_TEST(traces_come_back)
{
	struct trace t = trace_open(recorded[_i].name);
	struct embedding_items *items = read_fine(buf_slice(&t.body), recorded[_i].inputs);
	for (int coding = CODING_FLOAT; coding <= CODING_BASE64; coding++) {
		scoped(buf_finish) struct buf out = buf_make(1 << 20);
		struct embedding_item first = embedding_items_at(items, 0);
		ck_assert(embedding_item_begin(&first, &out));
		for (size_t i = 0; i < recorded[_i].inputs; i++) {
			struct embedding_item item = embedding_items_at(items, i);
			ck_assert(i == 0 || buf_append_byte(&out, ','));
			ck_assert(embedding_item_write(&item, (enum coding)coding, i, &out));
		}
		ck_assert(embedding_item_end(embedding_items_prompt(items), &out));
		struct embedding_items *again = read_fine(buf_slice(&out), recorded[_i].inputs);
		ck_assert_int_eq(embedding_items_prompt(again), embedding_items_prompt(items));
		for (size_t i = 0; i < recorded[_i].inputs; i++)
			ck_assert(slice_equal(embedding_items_at(again, i).vector,
					      embedding_items_at(items, i).vector));
		embedding_items_destroy(&again);
	}
	embedding_items_destroy(&items);
	trace_close(&t);
}
END_TEST

static const struct {
	const char *usage;
	bool tokens;
	size_t lengths[3];
	int64_t shares[3];
} shared[] = {
    /* texts: in proportion, and all of it */
    {"{\"prompt_tokens\":35}", false, {10, 20, 5}, {10, 20, 5}},
    {"{\"prompt_tokens\":10}", false, {5, 5, 5}, {3, 3, 4}},
    {"{\"prompt_tokens\":2}", false, {1, 1, 1}, {0, 1, 1}},
    {"{\"prompt_tokens\":3}", false, {0, 0, 0}, {1, 1, 1}},
    {"{\"prompt_tokens\":7}", false, {0, 3, 0}, {0, 7, 0}},
    {"{\"prompt_tokens\":0}", false, {1, 2, 3}, {0, 0, 0}},
    {"{\"total_tokens\":999999999999999}", false, {1, 0, 0}, {999999999999999, 0, 0}},
    /* tokens: exactly, and what the server put around each */
    {"{\"prompt_tokens\":9}", true, {2, 3, 4}, {2, 3, 4}},
    {"{\"prompt_tokens\":15}", true, {2, 3, 4}, {4, 5, 6}},
    {"{\"prompt_tokens\":10}", true, {2, 3, 4}, {3, 3, 4}},
    /* or fewer than requested, since the server cut them */
    {"{\"prompt_tokens\":6}", true, {2, 2, 2}, {2, 2, 2}},
    {"{\"prompt_tokens\":3}", true, {2, 2, 2}, {1, 1, 1}},
    /* unknown */
    {"{}", false, {1, 2, 3}, {-1, -1, -1}},
    {"null", true, {1, 2, 3}, {-1, -1, -1}},
};

START_TEST(costs_are_shared)
{
	struct buf body = buf_make(1 << 10);
	ck_assert(buf_printf(&body,
			     "{\"object\":\"list\",\"data\":[{\"index\":0,\"embedding\":[1]},"
			     "{\"index\":1,\"embedding\":[1]},{\"index\":2,\"embedding\":[1]}],"
			     "\"usage\":%s}",
			     shared[_i].usage));
	struct embedding_items *items = read_fine(buf_slice(&body), 3);
	embedding_items_share(items, shared[_i].lengths, shared[_i].tokens);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(embedding_items_at(items, i).prompt, shared[_i].shares[i]);
	embedding_items_destroy(&items);
	buf_finish(&body);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("embedding_items");
	TCase *c = tcase_create("embedding_items");
	tcase_add_test(c, understood);
	tcase_add_test(c, alone_it_tells_its_cost);
	tcase_add_loop_test(c, costs_are_shared, 0, sizeof shared / sizeof *shared);
	tcase_add_test(c, text_is_kept_where_it_says_more);
	tcase_add_loop_test(c, refused, 0, sizeof bad / sizeof *bad);
	tcase_add_test(c, cut);
	tcase_add_loop_test(c, traces_are_understood, 0, sizeof recorded / sizeof *recorded);
	tcase_add_test(c, codings_agree);
	tcase_add_loop_test(c, traces_come_back, 0, sizeof recorded / sizeof *recorded);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
