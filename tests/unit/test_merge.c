#include "proxy/openai/wire/merge.h"

#include "tests/unit/json_equal.h"
#include "tests/unit/main.h"

enum { LIMIT = 1 << 22 };

static const struct {
	enum merge_place place;
	const char *into;
	const char *from;
	const char *expected; /* the merged object; NULL: refused */
} cases[] = {
    /* Unknown members may come once. */
    {MERGE_DELTA, "{}", "{\"a\":1}", "{\"a\":1}"},
    {MERGE_DELTA, "{\"a\":null}", "{\"a\":\"x\"}", "{\"a\":\"x\"}"},
    {MERGE_DELTA, "{\"a\":null}", "{\"a\":{\"b\":[]}}", "{\"a\":{\"b\":[]}}"},
    {MERGE_DELTA, "{}", "{\"a\":null}", "{\"a\":null}"},
    {MERGE_DELTA, "{\"a\":\"\"}", "{\"a\":\"y\"}", "{\"a\":\"y\"}"},
    {MERGE_DELTA, "{\"a\":{}}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"},
    {MERGE_DELTA, "{\"a\":\"x\"}", "{\"a\":null}", "{\"a\":\"x\"}"},
    {MERGE_DELTA, "{\"a\":[1]}", "{\"a\":[]}", "{\"a\":[1]}"},
    {MERGE_DELTA, "{\"a\":\"x\"}", "{\"a\":\"\"}", "{\"a\":\"x\"}"},
    {MERGE_DELTA, "{\"provider\":\"X\"}", "{\"provider\":\"X\"}", "{\"provider\":\"X\"}"},
    {MERGE_DELTA, "{\"provider\":\"X\"}", "{\"provider\":\"Y\"}", NULL},
    {MERGE_DELTA, "{\"a\":1}", "{\"a\":1}", "{\"a\":1}"},
    {MERGE_DELTA, "{\"a\":1}", "{\"a\":1.0}", NULL},
    {MERGE_DELTA, "{\"a\":1}", "{\"a\":2}", NULL},
    {MERGE_DELTA, "{\"a\":true}", "{\"a\":false}", NULL},
    {MERGE_DELTA, "{\"a\":true}", "{\"a\":true}", "{\"a\":true}"},
    {MERGE_DELTA, "{\"a\":[1]}", "{\"a\":[1]}", "{\"a\":[1]}"},
    {MERGE_DELTA, "{\"a\":[1]}", "{\"a\":[2]}", NULL},
    {MERGE_DELTA, "{\"a\":[1]}", "{\"a\":[1,2]}", NULL},
    {MERGE_DELTA, "{\"a\":{\"b\":\"x\"}}", "{\"a\":{ \"b\" : \"x\" }}", "{\"a\":{\"b\":\"x\"}}"},
    {MERGE_DELTA, "{\"a\":{\"b\":1}}", "{\"a\":{\"c\":2}}", NULL},
    {MERGE_DELTA, "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1,\"c\":2}}", NULL},
    {MERGE_DELTA, "{\"images\":[{\"index\":0,\"image_url\":{\"url\":\"data:,a\"}}]}",
     "{\"images\":[{\"index\":0,\"image_url\":{\"url\":\"data:,b\"}}]}", NULL},
    {MERGE_DELTA, "{\"images\":[{\"index\":0,\"image_url\":{\"url\":\"data:,a\"}}]}",
     "{\"images\":[{\"index\":0,\"image_url\":{\"url\":\"data:,a\"}}]}",
     "{\"images\":[{\"index\":0,\"image_url\":{\"url\":\"data:,a\"}}]}"},
    {MERGE_DELTA, "{\"a\":\"x\"}", "{\"a\":1}", NULL},
    {MERGE_DELTA, "{\"a\":[]}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"},
    {MERGE_DELTA, "{\"a\":[1]}", "{\"a\":{\"b\":1}}", NULL},
    {MERGE_DELTA, "{\"role\":\"x\"}", "{\"role\":\"x\"}", "{\"role\":\"x\"}"},
    {MERGE_DELTA, "{\"role\":\"x\"}", "{\"role\":\"xx\"}", NULL},
    /* Text is concatenated only in known members. */
    {MERGE_DELTA, "{\"content\":\"ha\"}", "{\"content\":\"ha\"}", "{\"content\":\"haha\"}"},
    {MERGE_DELTA, "{\"content\":\"\\ud83d\\ude00\"}", "{\"c\\u006fntent\":\"\\n\"}",
     "{\"content\":\"\\ud83d\\ude00\\n\"}"},
    {MERGE_DELTA, "{\"reasoning\":\"a\"}", "{\"reasoning\":\"b\"}", "{\"reasoning\":\"ab\"}"},
    {MERGE_DELTA, "{\"reasoning_content\":\"a\"}", "{\"reasoning_content\":\"b\"}",
     "{\"reasoning_content\":\"ab\"}"},
    {MERGE_DELTA, "{\"refusal\":\"a\"}", "{\"refusal\":\"b\"}", "{\"refusal\":\"ab\"}"},
    {MERGE_DELTA, "{\"content\":\"a\"}", "{\"content\":[1]}", NULL},
    {MERGE_CHOICE, "{\"content\":\"a\"}", "{\"content\":\"b\"}", NULL},
    {MERGE_EVENT, "{\"content\":\"a\"}", "{\"content\":\"b\"}", NULL},
    {MERGE_EVENT, "{\"created\":1}", "{\"created\":2}", "{\"created\":2}"},
    {MERGE_EVENT, "{\"id\":\"\"}", "{\"id\":\"x\"}", "{\"id\":\"x\"}"},
    {MERGE_EVENT, "{\"id\":\"x\"}", "{\"id\":\"y\"}", NULL},
    /* Calls are merged by index. */
    {MERGE_DELTA,
     "{\"tool_calls\":[{\"index\":0,\"id\":\"i\",\"function\":{\"name\":\"f\","
     "\"arguments\":\"{\"}}]}",
     "{\"tool_calls\":[{\"index\":0,\"id\":\"\",\"function\":{\"name\":null,\"arguments\":\"}\"}},"
     "{\"index\":1}]}",
     "{\"tool_calls\":[{\"index\":0,\"id\":\"i\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}"
     "},"
     "{\"index\":1}]}"},
    {MERGE_DELTA, "{\"tool_calls\":[{\"index\":0,\"id\":\"i\"}]}",
     "{\"tool_calls\":[{\"index\":0,\"id\":\"j\"}]}", NULL},
    {MERGE_DELTA, "{\"tool_calls\":[{\"index\":0,\"x\":\"a\"}]}",
     "{\"tool_calls\":[{\"index\":0,\"x\":\"b\"}]}", NULL},
    {MERGE_DELTA, "{\"tool_calls\":[{\"index\":0,\"custom\":{\"input\":\"a\"}}]}",
     "{\"tool_calls\":[{\"index\":0,\"custom\":{\"input\":\"b\"}}]}",
     "{\"tool_calls\":[{\"index\":0,\"custom\":{\"input\":\"ab\"}}]}"},
    {MERGE_DELTA, "{}",
     "{\"tool_calls\":[{\"index\":0,\"id\":\"i\"},{\"index\":0,\"type\":\"t\"}]}",
     "{\"tool_calls\":[{\"index\":0,\"id\":\"i\",\"type\":\"t\"}]}"},
    {MERGE_DELTA, "{\"tool_calls\":null}",
     "{\"tool_calls\":[{\"index\":0,\"id\":\"i\"},{\"index\":0,\"type\":\"t\"}]}",
     "{\"tool_calls\":[{\"index\":0,\"id\":\"i\",\"type\":\"t\"}]}"},
    {MERGE_DELTA, "{\"tool_calls\":[{\"id\":\"i\"}]}", "{\"tool_calls\":[{\"id\":\"j\"}]}",
     "{\"tool_calls\":[{\"id\":\"i\"},{\"id\":\"j\"}]}"},
    {MERGE_DELTA, "{\"function_call\":{\"name\":\"f\",\"arguments\":\"a\"}}",
     "{\"function_call\":{\"arguments\":\"b\"}}",
     "{\"function_call\":{\"name\":\"f\",\"arguments\":\"ab\"}}"},
    /* Reasoning is merged by index; without one it is refused. */
    {MERGE_DELTA, "{\"reasoning_details\":[{\"index\":0,\"type\":\"t\",\"text\":\"a\"}]}",
     "{\"reasoning_details\":[{\"index\":0,\"type\":\"t\",\"text\":\"b\"}]}",
     "{\"reasoning_details\":[{\"index\":0,\"type\":\"t\",\"text\":\"ab\"}]}"},
    {MERGE_DELTA, "{\"reasoning_details\":[{\"index\":0,\"text\":\"a\"},{\"index\":0}]}",
     "{\"reasoning_details\":[{\"index\":0,\"text\":\"b\"}]}", NULL},
    {MERGE_DELTA, "{\"reasoning_details\":[{\"index\":0,\"data\":\"a\"}]}",
     "{\"reasoning_details\":[{\"index\":0,\"data\":\"b\"}]}", NULL},
    {MERGE_DELTA, "{\"reasoning_details\":[{\"text\":\"a\"}]}",
     "{\"reasoning_details\":[{\"text\":\"b\"}]}", NULL},
    /* Audio: a piece behind padding would be ignored. */
    {MERGE_DELTA, "{\"audio\":{\"id\":\"i\",\"data\":\"AAAA\"}}",
     "{\"audio\":{\"data\":\"AQ==\",\"transcript\":\"a\",\"expires_at\":5}}",
     "{\"audio\":{\"id\":\"i\",\"data\":\"AAAAAQ==\",\"transcript\":\"a\",\"expires_at\":5}}"},
    {MERGE_DELTA, "{\"audio\":{\"data\":\"AA==\"}}", "{\"audio\":{\"data\":\"AQ==\"}}", NULL},
    {MERGE_DELTA, "{\"audio\":{\"data\":\"AA==\"}}", "{\"audio\":{\"data\":\"\"}}",
     "{\"audio\":{\"data\":\"AA==\"}}"},
    /* Log probabilities of chat and of completions. */
    {MERGE_CHOICE, "{\"logprobs\":{\"content\":[1],\"refusal\":null}}",
     "{\"logprobs\":{\"content\":[1],\"refusal\":[2]}}",
     "{\"logprobs\":{\"content\":[1,1],\"refusal\":[2]}}"},
    {MERGE_CHOICE, "{\"logprobs\":{\"tokens\":[\"a\"],\"text_offset\":[0]}}",
     "{\"logprobs\":{\"tokens\":[\"b\"],\"text_offset\":[1]}}",
     "{\"logprobs\":{\"tokens\":[\"a\",\"b\"],\"text_offset\":[0,1]}}"},
    {MERGE_CHOICE, "{\"logprobs\":{\"x\":[1]}}", "{\"logprobs\":{\"x\":[2]}}", NULL},
    {MERGE_CHOICE, "{\"token_ids\":[1]}", "{\"token_ids\":[1]}", "{\"token_ids\":[1,1]}"},
    {MERGE_CHOICE, "{\"finish_reason\":null}", "{\"finish_reason\":\"stop\"}",
     "{\"finish_reason\":\"stop\"}"},
    {MERGE_CHOICE, "{\"finish_reason\":\"stop\"}", "{\"finish_reason\":\"length\"}", NULL},
};

static bool merge_all(struct json_node *into, struct json_node *from, enum merge_place place)
{
	for (struct json_node *member; (member = json_node_shift(from));)
		if (!merge_member(into, member, place))
			return false;
	return true;
}

START_TEST(the_rule)
{
	struct json_tree *t = json_tree_create(LIMIT);
	struct buf out = buf_make(LIMIT);
	struct json_node *into = json_tree_read(t, slice_of(cases[_i].into));
	struct json_node *from = json_tree_read(t, slice_of(cases[_i].from));
	ck_assert(into && from);
	bool fine = merge_all(into, from, cases[_i].place);
	ck_assert_msg(fine == (cases[_i].expected != NULL), "%s, %s", cases[_i].into,
		      cases[_i].from);
	if (fine) {
		ck_assert(json_node_write(into, &out));
		ck_assert_msg(json_equal(buf_slice(&out), slice_of(cases[_i].expected)),
			      "%s, %s: %.*s", cases[_i].into, cases[_i].from,
			      SLICE_FMT(buf_slice(&out)));
	}
	buf_finish(&out);
	json_tree_destroy(&t);
}
END_TEST

/* {"m0":0,…}, or {"tool_calls":[{"index":0},…]} */
static struct json_node *many(struct json_tree *t, struct buf *text, bool members, int count)
{
	buf_clear(text);
	ck_assert(buf_append_text(text, members ? "{" : "{\"tool_calls\":["));
	for (int i = 0; i < count; i++)
		ck_assert(members ? buf_printf(text, "%s\"m%d\":0", i ? "," : "", i)
				  : buf_printf(text, "%s{\"index\":%d}", i ? "," : "", i));
	ck_assert(buf_append_text(text, members ? "}" : "]}"));
	return json_tree_read(t, buf_slice(text));
}

START_TEST(bounds)
{
	for (int kind = 0; kind < 2; kind++) {
		int most = kind ? MERGE_MEMBERS : MERGE_ELEMENTS;
		for (int more = 0; more < 2; more++) {
			struct json_tree *t = json_tree_create(LIMIT);
			struct buf text = buf_make(LIMIT), other = buf_make(LIMIT);
			struct json_node *into = many(t, &text, kind, most - 1 + more);
			struct json_node *from = many(t, &other, kind, most + more);
			ck_assert_int_eq(merge_all(into, from, MERGE_DELTA), !more);
			buf_finish(&text);
			buf_finish(&other);
			json_tree_destroy(&t);
		}
	}
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("merge");
	tcase_add_loop_test(c, the_rule, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(c, bounds);
	Suite *s = suite_create("merge");
	suite_add_tcase(s, c);
	return run_suite(s);
}
