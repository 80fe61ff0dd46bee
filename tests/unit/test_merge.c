#include "proxy/openai/merge.h"

#include "tests/unit/json_equal.h"
#include "tests/unit/main.h"

enum { LIMIT = 1 << 22 };

static const struct {
	const char *into;
	const char *from;
	const char *in_delta;  /* what becomes of them; NULL: refused */
	const char *elsewhere; /* NULL: the same */
} cases[] = {
    {"{}", "{\"a\":1}", "{\"a\":1}", NULL},
    {"{\"a\":null}", "{\"a\":\"x\"}", "{\"a\":\"x\"}", NULL},
    {"{\"a\":null}", "{\"a\":{\"b\":[]}}", "{\"a\":{\"b\":[]}}", NULL},
    {"{}", "{\"a\":null}", "{\"a\":null}", NULL},
    {"{\"a\":\"x\"}", "{\"a\":null}", "{\"a\":\"x\"}", NULL},
    {"{\"a\":[1]}", "{\"a\":null}", "{\"a\":[1]}", NULL},
    {"{\"a\":\"x\"}", "{\"a\":\"y\"}", "{\"a\":\"xy\"}", "{\"a\":\"y\"}"},
    {"{\"a\":\"x\"}", "{\"a\":\"\"}", "{\"a\":\"x\"}", "{\"a\":\"\"}"},
    {"{\"a\":\"\"}", "{\"a\":\"y\"}", "{\"a\":\"y\"}", NULL},
    {"{\"a\":\"\\ud83d\\ude00\"}", "{\"\\u0061\":\"\\n\"}", "{\"a\":\"\\ud83d\\ude00\\n\"}",
     "{\"a\":\"\\n\"}"},
    {"{\"a\":1}", "{\"a\":2.50}", "{\"a\":2.50}", NULL},
    {"{\"a\":1}", "{\"a\":true}", "{\"a\":true}", NULL},
    {"{\"a\":true}", "{\"a\":false}", "{\"a\":false}", NULL},
    {"{\"a\":[1]}", "{\"a\":[2,3]}", "{\"a\":[1,2,3]}", NULL},
    {"{\"a\":{\"b\":1}}", "{\"a\":{\"c\":2}}", "{\"a\":{\"b\":1,\"c\":2}}", NULL},
    {"{\"a\":{\"b\":\"x\"}}", "{\"a\":{\"b\":\"y\"}}", "{\"a\":{\"b\":\"xy\"}}",
     "{\"a\":{\"b\":\"y\"}}"},
    {"{\"a\":[{\"index\":0,\"t\":\"x\"}]}", "{\"a\":[{\"index\":0,\"t\":\"y\"}]}",
     "{\"a\":[{\"index\":0,\"t\":\"xy\"}]}",
     "{\"a\":[{\"index\":0,\"t\":\"x\"},{\"index\":0,\"t\":\"y\"}]}"},
    {"{\"a\":[{\"index\":0},{\"index\":1}]}",
     "{\"a\":[{\"index\":2},{\"index\":0,\"t\":\"y\"},{\"t\":\"z\"}]}",
     "{\"a\":[{\"index\":0,\"t\":\"y\"},{\"index\":1},{\"index\":2},{\"t\":\"z\"}]}",
     "{\"a\":[{\"index\":0},{\"index\":1},{\"index\":2},{\"index\":0,\"t\":\"y\"},{\"t\":\"z\"}]}"},
    /* Names. */
    {"{\"id\":\"x\"}", "{\"id\":\"x\"}", "{\"id\":\"x\"}", NULL},
    {"{\"id\":\"x\"}", "{\"id\":\"\"}", "{\"id\":\"x\"}", "{\"id\":\"\"}"},
    {"{\"id\":\"\"}", "{\"id\":\"x\"}", "{\"id\":\"x\"}", NULL},
    {"{\"type\":\"x\"}", "{\"type\":\"y\"}", NULL, "{\"type\":\"y\"}"},
    {"{\"role\":\"x\"}", "{\"role\":\"xx\"}", NULL, "{\"role\":\"xx\"}"},
    {"{\"f\":{\"name\":\"x\"}}", "{\"f\":{\"name\":\"y\"}}", NULL, "{\"f\":{\"name\":\"y\"}}"},
    /* Base64. */
    {"{\"data\":\"AAAA\"}", "{\"data\":\"AQ==\"}", "{\"data\":\"AAAAAQ==\"}",
     "{\"data\":\"AQ==\"}"},
    {"{\"data\":\"AA==\"}", "{\"data\":\"AQ==\"}", NULL, "{\"data\":\"AQ==\"}"},
    {"{\"data\":\"AA==\"}", "{\"data\":\"\"}", "{\"data\":\"AA==\"}", "{\"data\":\"\"}"},
    /* Kinds. */
    {"{\"a\":\"x\"}", "{\"a\":1}", NULL, NULL},
    {"{\"a\":1}", "{\"a\":\"x\"}", NULL, NULL},
    {"{\"a\":[]}", "{\"a\":{}}", NULL, NULL},
    {"{\"a\":{}}", "{\"a\":\"x\"}", NULL, NULL},
    {"{\"a\":[]}", "{\"a\":1}", NULL, NULL},
    {"{\"a\":[{\"index\":0,\"t\":1}]}", "{\"a\":[{\"index\":0,\"t\":\"x\"}]}", NULL,
     "{\"a\":[{\"index\":0,\"t\":1},{\"index\":0,\"t\":\"x\"}]}"},
};

static void check(const char *into, const char *from, bool delta, const char *expected)
{
	struct tree *t = tree_create(LIMIT);
	struct buf out = buf_make(LIMIT);
	struct node *x = tree_read(t, slice_of(into)), *y = tree_read(t, slice_of(from));
	ck_assert(x && y);
	bool fine = merge(x, y, delta);
	ck_assert_msg(fine == (expected != NULL), "%s, %s", into, from);
	if (fine) {
		ck_assert(node_write(x, &out));
		ck_assert_msg(json_equal(buf_slice(&out), slice_of(expected)), "%s, %s: %.*s", into,
			      from, SLICE_FMT(buf_slice(&out)));
	}
	buf_finish(&out);
	tree_destroy(&t);
}

START_TEST(the_rule)
{
	const char *elsewhere = cases[_i].elsewhere;
	check(cases[_i].into, cases[_i].from, true, cases[_i].in_delta);
	check(cases[_i].into, cases[_i].from, false, elsewhere ? elsewhere : cases[_i].in_delta);
}
END_TEST

START_TEST(the_latest)
{
	static const struct {
		const char *into;
		const char *from;
		const char *expected;
	} latest[] = {
	    {"{}", "{\"a\":null}", "{\"a\":null}"},
	    {"{\"a\":null}", "{\"a\":1}", "{\"a\":1}"},
	    {"{\"a\":1}", "{\"a\":null}", "{\"a\":1}"},
	    {"{\"a\":[1]}", "{\"a\":[2]}", "{\"a\":[2]}"},
	    {"{\"a\":{\"b\":1}}", "{\"a\":\"x\"}", "{\"a\":\"x\"}"},
	};
	for (size_t i = 0; i < sizeof(latest) / sizeof(latest[0]); i++) {
		struct tree *t = tree_create(LIMIT);
		struct buf out = buf_make(LIMIT);
		struct node *into = tree_read(t, slice_of(latest[i].into));
		struct node *from = tree_read(t, slice_of(latest[i].from));
		ck_assert(merge_latest(into, node_shift(from)) && node_write(into, &out));
		ck_assert(json_equal(buf_slice(&out), slice_of(latest[i].expected)));
		buf_finish(&out);
		tree_destroy(&t);
	}
}
END_TEST

/* {"m0":0,…}, or [{"index":0},…] */
static struct node *many(struct tree *t, struct buf *text, bool members, int count)
{
	buf_clear(text);
	ck_assert(buf_append_byte(text, members ? '{' : '['));
	for (int i = 0; i < count; i++)
		ck_assert(members ? buf_printf(text, "%s\"m%d\":0", i ? "," : "", i)
				  : buf_printf(text, "%s{\"index\":%d}", i ? "," : "", i));
	ck_assert(buf_append_byte(text, members ? '}' : ']'));
	return tree_read(t, buf_slice(text));
}

START_TEST(bounds)
{
	for (int kind = 0; kind < 2; kind++) {
		int most = kind ? MERGE_MEMBERS : MERGE_ELEMENTS;
		for (int more = 0; more < 2; more++) {
			struct tree *t = tree_create(LIMIT);
			struct buf text = buf_make(LIMIT), other = buf_make(LIMIT);
			struct node *into = many(t, &text, kind, most - 1 + more);
			struct node *from = many(t, &other, kind, most + more);
			ck_assert_int_eq(merge(into, from, true), !more);
			buf_finish(&text);
			buf_finish(&other);
			tree_destroy(&t);
		}
	}
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("merge");
	tcase_add_loop_test(c, the_rule, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(c, the_latest);
	tcase_add_test(c, bounds);
	Suite *s = suite_create("merge");
	suite_add_tcase(s, c);
	return run_suite(s);
}
