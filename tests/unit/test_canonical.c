#include "cache/key/canonical.h"

#include "tests/unit/chat_places.h"
#include "tests/unit/main.h"

#include <assert.h>

struct pair {
	bool same;
	const char *why;
	struct slice a, b;
};

static const struct pair pairs[] = {
#define SAME(why, a, b) {true, why, SLICE(a), SLICE(b)},
#define OTHER(why, a, b) {false, why, SLICE(a), SLICE(b)},
#include "tests/unit/canonical_pairs.def"
#undef SAME
#undef OTHER
};

enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

static const struct canonical_rules chat = {.steps = chat_steps, .left_out = chat_left_out};

static struct buf form_of(struct slice text)
{
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	struct buf out = buf_make(1 << 16);
	ck_assert_int_eq(canonical_form(c, text, &chat, &out), CANONICAL_FINE);
	return out;
}

static enum canonical_result result_of(const char *text)
{
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	struct buf out = buf_make(1 << 24);
	enum canonical_result result = canonical_form(c, slice_of(text), &chat, &out);
	ck_assert((out.len == 0) == (result != CANONICAL_FINE));
	buf_finish(&out);
	return result;
}

START_TEST(tells_pairs_apart_or_not)
{
	const struct pair *p = &pairs[_i];
	struct buf a = form_of(p->a);
	struct buf b = form_of(p->b);
	ck_assert_msg(slice_equal(buf_slice(&a), buf_slice(&b)) == p->same, "%s", p->why);
	buf_finish(&a);
	buf_finish(&b);
}
END_TEST

START_TEST(gives_no_text_the_form_of_another_kind)
{
	static const char *const forms[] = {
	    "{\"a\":null}",	"{\"a\":true}",	    "{\"a\":false}",  "{\"a\":0}",
	    "{\"a\":\"\"}",	"{\"a\":[]}",	    "{\"a\":{}}",     "{\"a\":\"0\"}",
	    "{\"a\":[0]}",	"{\"a\":[{}]}",	    "{\"a\":[[]]}",   "{}",
	    "{\"a\":{\"\":0}}", "{\"\":{\"a\":0}}", "{\"a\":\"[]\"}",
	};
	enum { FORMS = sizeof(forms) / sizeof(forms[0]) };
	struct buf made[FORMS];
	for (int i = 0; i < FORMS; i++) {
		made[i] = form_of(slice_of(forms[i]));
		for (int j = 0; j < i; j++)
			ck_assert_msg(!slice_equal(buf_slice(&made[i]), buf_slice(&made[j])),
				      "%s and %s", forms[i], forms[j]);
	}
	for (int i = 0; i < FORMS; i++)
		buf_finish(&made[i]);
}
END_TEST

enum { REFUSALS = 31 };

START_TEST(refuses)
{
	static const struct {
		enum canonical_result result;
		const char *text;
	} cases[] = {
	    {CANONICAL_DUPLICATE, "{\"a\":1,\"a\":1}"},
	    {CANONICAL_DUPLICATE, "{\"a\":1,\"b\":2,\"a\":3}"},
	    {CANONICAL_DUPLICATE, "{\"a\":1,\"\\u0061\":2}"},
	    {CANONICAL_DUPLICATE, "{\"\":1,\"\":2}"},
	    {CANONICAL_DUPLICATE, "{\"\\u0000\":1,\"\\u0000\":2}"},
	    {CANONICAL_DUPLICATE, "{\"\\u00e9\":1,\"\xc3\xa9\":2}"},
	    {CANONICAL_DUPLICATE, "{\"stream\":true,\"stream\":false}"},
	    {CANONICAL_DUPLICATE, "{\"stream\":true,\"str\\u0065am\":false}"},
	    {CANONICAL_DUPLICATE, "{\"user\":{\"a\":1,\"a\":2}}"},
	    {CANONICAL_DUPLICATE, "{\"messages\":[{\"role\":1,\"role\":2}]}"},
	    {CANONICAL_DUPLICATE, "{\"tools\":[{\"x\":{\"y\":[{\"z\":1,\"z\":2}]}}]}"},
	    {CANONICAL_FINE, "{\"a\":{\"a\":{\"a\":1}}}"},
	    {CANONICAL_FINE, "{\"a\":[{\"b\":1},{\"b\":1}],\"b\":1}"},
	    {CANONICAL_FINE, "{\"a\":1,\"A\":2,\"a\\u0000\":3}"},
	    {CANONICAL_FINE, "{}"},
	    {CANONICAL_NOT_OBJECT, "[]"},
	    {CANONICAL_NOT_OBJECT, "[{\"a\":1}]"},
	    {CANONICAL_NOT_OBJECT, "[{\"a\":1,\"a\":1}]"},
	    {CANONICAL_NOT_OBJECT, "null"},
	    {CANONICAL_NOT_OBJECT, "\"{}\""},
	    {CANONICAL_INVALID, ""},
	    {CANONICAL_INVALID, "{"},
	    {CANONICAL_INVALID, "{}{}"},
	    {CANONICAL_INVALID, "\xef\xbb\xbf{}"},
	    {CANONICAL_INVALID, "{\"a\":\"\\ud800\"}"},
	    {CANONICAL_INVALID, "{\"a\":\"\\udc00\\ud800\"}"},
	    {CANONICAL_INVALID, "{\"a\":\"\xff\"}"},
	    {CANONICAL_INVALID, "{\"a\":01}"},
	    {CANONICAL_INVALID, "{\"a\":NaN}"},
	    {CANONICAL_INVALID, "{\"a\":1,\"a\":1"},
	    {CANONICAL_INVALID, "[1"},
	};
	static_assert(sizeof(cases) / sizeof(cases[0]) == REFUSALS, "main asks for all");
	ck_assert_int_eq(result_of(cases[_i].text), cases[_i].result);
}
END_TEST

START_TEST(says_what_was_invalid)
{
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	struct buf out = buf_make(100);
	ck_assert_int_eq(canonical_form(c, slice_of("{\"a\":\"\\ud800\"}"), &chat, &out),
			 CANONICAL_INVALID);
	ck_assert_int_eq(canonical_fault(c), JSON_SURROGATE);
	buf_finish(&out);
}
END_TEST

/* An object of many members. `twice`: the last one has the name of the first. */
static char *many_members(int count, bool twice)
{
	struct buf b = buf_make(1 << 24);
	ck_assert(buf_append_byte(&b, '{'));
	for (int i = 0; i < count; i++)
		ck_assert(buf_printf(&b, "\"k%d\":%d,", i, i));
	ck_assert(buf_printf(&b, "\"k%d\":0}", twice ? 0 : count));
	ck_assert(buf_append_byte(&b, '\0'));
	return buf_take(&b);
}

START_TEST(finds_duplicates_among_many)
{
	static const int counts[] = {1, 14, 15, 16, 17, 100, 20000, 200000};
	char *once = many_members(counts[_i], false);
	char *twice = many_members(counts[_i], true);
	ck_assert_int_eq(result_of(once), CANONICAL_FINE);
	ck_assert_int_eq(result_of(twice), CANONICAL_DUPLICATE);
	free(once);
	free(twice);
}
END_TEST

START_TEST(leaves_out_as_it_was_on_failure)
{
	static const char *const texts[] = {"{\"a\":\"some text\"", "[1]", "{\"a\":1,\"a\":2}"};
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	struct buf out = buf_make(100);
	ck_assert(buf_append_text(&out, "before"));
	ck_assert(canonical_form(c, slice_of(texts[_i]), &chat, &out) != CANONICAL_FINE);
	ck_assert(slice_is(buf_slice(&out), "before"));
	ck_assert_int_eq(canonical_form(c, slice_of("{}"), &chat, &out), CANONICAL_FINE);
	ck_assert(slice_starts(buf_slice(&out), slice_of("before")) && out.len > 6);
	buf_finish(&out);
}
END_TEST

/* If failed texts left members behind, these would eventually fill the buffer. */
START_TEST(forgets_what_it_could_not_finish)
{
	char *cut = many_members(1000, false);
	cut[strlen(cut) - 1] = ']';
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	struct buf out = buf_make(1 << 20);
	for (int i = 0; i <= JSON_NODES / 1000; i++)
		ck_assert_int_eq(canonical_form(c, slice_of(cut), &chat, &out), CANONICAL_INVALID);
	ck_assert_int_eq(canonical_form(c, slice_of("{\"a\":1}"), &chat, &out), CANONICAL_FINE);
	buf_finish(&out);
	free(cut);
}
END_TEST

START_TEST(says_when_out_is_full)
{
	struct slice text = SLICE(
	    "{\"b\":\"\\u0041bc\",\"\\u0061\":[1,true,{\"x\":null}],\"c\":1.5,\"stream\":{}}");
	struct buf whole = form_of(text);
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	for (size_t limit = 0; limit < whole.len; limit++) {
		struct buf out = buf_make(limit);
		ck_assert_int_eq(canonical_form(c, text, &chat, &out), CANONICAL_NO_MEMORY);
		ck_assert_uint_eq(out.len, 0);
		buf_finish(&out);
	}
	buf_finish(&whole);
}
END_TEST

/* ## on_value */

static void note(void *context, const struct canonical_member *m)
{
	static const char *const kinds[] = {
	    [JSON_OBJECT_OPEN] = "object", [JSON_ARRAY_OPEN] = "array", [JSON_STRING] = "string",
	    [JSON_NUMBER] = "number",	   [JSON_TRUE] = "true",	[JSON_FALSE] = "false",
	    [JSON_NULL] = "null",
	};
	struct slice key = m->key.at ? m->key : slice_of("-");
	ck_assert(buf_printf(context, "%u %.*s %s %.*s\n", m->depth, SLICE_FMT(key), kinds[m->kind],
			     SLICE_FMT(m->value)));
}

START_TEST(shows_every_value_in_order)
{
	struct buf seen = buf_make(1000);
	struct buf out = buf_make(1000);
	struct canonical_rules rules = {
	    .left_out = chat_left_out, .on_value = note, .context = &seen};
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	const char *text =
	    "{\"stream\":true,\"\\u006d\":[{\"x\":\"\\u0041\"},\"free\",[{\"y\":1.0}]],"
	    "\"o\":{\"n\":null},\"user\":{\"id\":\"me\"},\"t\":-1e2,\"s\":\"z\",\"f\":false}";
	ck_assert_int_eq(canonical_form(c, slice_of(text), &rules, &out), CANONICAL_FINE);
	ck_assert_msg(slice_is(buf_slice(&seen), "1 stream true true\n"
						 "1 m array \n"
						 "2 - object \n"
						 "3 x string A\n"
						 "2 - string free\n"
						 "2 - array \n"
						 "3 - object \n"
						 "4 y number 1.0\n"
						 "1 o object \n"
						 "2 n null null\n"
						 "1 user object \n"
						 "2 id string me\n"
						 "1 t number -1e2\n"
						 "1 s string z\n"
						 "1 f false false\n"),
		      "saw %.*s", SLICE_FMT(buf_slice(&seen)));
	buf_finish(&seen);
	buf_finish(&out);
}
END_TEST

/* So that the wire form of a request that cannot be cached is known nevertheless. */
START_TEST(goes_on_showing_after_a_duplicate)
{
	struct buf seen = buf_make(1000);
	struct buf out = buf_make(1000);
	struct canonical_rules rules = {.on_value = note, .context = &seen};
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	const char *text = "{\"m\":{\"x\":1,\"x\":2},\"stream\":true}";
	ck_assert_int_eq(canonical_form(c, slice_of(text), &rules, &out), CANONICAL_DUPLICATE);
	ck_assert(slice_is(buf_slice(&seen), "1 m object \n2 x number 1\n2 x number 2\n"
					     "1 stream true true\n"));
	buf_finish(&seen);
	buf_finish(&out);
}
END_TEST

START_TEST(sorts_only_the_top_without_steps)
{
	static const struct canonical_rules none;
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	struct buf out[3] = {buf_make(100), buf_make(100), buf_make(100)};
	const char *const texts[] = {"{\"a\":{\"x\":1,\"y\":2},\"b\":3}",
				     "{\"b\":3,\"a\":{\"x\":1,\"y\":2}}",
				     "{\"a\":{\"y\":2,\"x\":1},\"b\":3}"};
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(canonical_form(c, slice_of(texts[i]), &none, &out[i]),
				 CANONICAL_FINE);
	ck_assert(slice_equal(buf_slice(&out[0]), buf_slice(&out[1])));
	ck_assert(!slice_equal(buf_slice(&out[0]), buf_slice(&out[2])));
	for (int i = 0; i < 3; i++)
		buf_finish(&out[i]);
}
END_TEST

/* A sorted object and an ordered one that happens to be in the same order differ. */
START_TEST(tells_sorted_from_ordered)
{
	static const struct canonical_step step[] = {{PLACE_TOP, "m", 2}, {0}};
	static const struct canonical_rules sorted = {.steps = step}, ordered;
	static const char *const texts[] = {"{\"m\":{\"a\":1,\"b\":2}}", "{\"m\":{\"a\":1}}",
					    "{\"m\":{}}"};
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	struct buf a = buf_make(100), b = buf_make(100);
	ck_assert_int_eq(canonical_form(c, slice_of(texts[_i]), &sorted, &a), CANONICAL_FINE);
	ck_assert_int_eq(canonical_form(c, slice_of(texts[_i]), &ordered, &b), CANONICAL_FINE);
	ck_assert(!slice_equal(buf_slice(&a), buf_slice(&b)));
	buf_finish(&a);
	buf_finish(&b);
}
END_TEST

START_TEST(destroys_nothing)
{
	struct canonical *c = NULL;
	canonical_destroy(&c);
	c = canonical_create();
	canonical_destroy(&c);
	ck_assert_ptr_null(c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("canonical");
	TCase *all = tcase_create("canonical");
	static_assert(PAIRS >= 60, "the pairs are to cover the traps");
	tcase_add_loop_test(all, tells_pairs_apart_or_not, 0, PAIRS);
	tcase_add_test(all, gives_no_text_the_form_of_another_kind);
	tcase_add_loop_test(all, refuses, 0, REFUSALS);
	tcase_add_test(all, says_what_was_invalid);
	tcase_add_loop_test(all, finds_duplicates_among_many, 0, 8);
	tcase_add_loop_test(all, leaves_out_as_it_was_on_failure, 0, 3);
	tcase_add_test(all, forgets_what_it_could_not_finish);
	tcase_add_test(all, says_when_out_is_full);
	tcase_add_test(all, shows_every_value_in_order);
	tcase_add_test(all, goes_on_showing_after_a_duplicate);
	tcase_add_test(all, sorts_only_the_top_without_steps);
	tcase_add_loop_test(all, tells_sorted_from_ordered, 0, 3);
	tcase_add_test(all, destroys_nothing);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
