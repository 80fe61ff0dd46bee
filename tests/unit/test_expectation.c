#include "proxy/openai/parse/expectation.h"

#include "cache/key/canonical.h"
#include "tests/unit/main.h"

#include <stdio.h>

#define CHAT "/v1/chat/completions"
#define COMPLETIONS "/v1/completions"
#define NATIVE "/completion"
#define VECTORS "/embeddings"

static void on_value(void *context, const struct canonical_member *m)
{
	expectation_value(context, m);
}

static struct expectation expect(const char *path, const char *body)
{
	struct expectation e;
	const struct canonical_rules rules = {.on_value = on_value, .context = &e};
	const struct endpoint *endpoint = endpoint_find(slice_of("POST"), slice_of(path));
	ck_assert(endpoint);
	scoped(canonical_destroy) struct canonical *canonical = canonical_create();
	struct buf form = buf_make(1 << 16);
	expectation_begin(&e, endpoint);
	ck_assert(canonical_form(canonical, slice_of(body), &rules, &form) == CANONICAL_FINE);
	expectation_end(&e);
	buf_finish(&form);
	return e;
}

static const struct {
	const char *path;
	const char *body;
	int64_t limit;
} limits[] = {
    {CHAT, "{}", -1},
    /* Some servers treat 0 as no limit. */
    {CHAT, "{\"max_tokens\":0}", -1},
    {CHAT, "{\"max_tokens\":0.0}", -1},
    {CHAT, "{\"max_tokens\":0,\"max_completion_tokens\":5}", -1},
    {NATIVE, "{\"n_predict\":0}", -1},
    {CHAT, "{\"max_tokens\":5}", 5},
    {CHAT, "{\"max_tokens\":5.0}", 5},
    {CHAT, "{\"max_tokens\":null}", -1},
    {CHAT, "{\"max_tokens\":-1}", -1},
    {CHAT, "{\"max_tokens\":5.5}", -1},
    {CHAT, "{\"max_tokens\":1e300}", -1},
    {CHAT, "{\"max_tokens\":\"5\"}", -1},
    {CHAT, "{\"max_tokens\":[5]}", -1},
    {CHAT, "{\"max_tokens\":5,\"n_predict\":-1}", -1},
    {CHAT, "{\"max_tokens\":null,\"max_completion_tokens\":5}", 5},
    /* It is unknown which one applies, so the largest must be reached. */
    {CHAT, "{\"max_tokens\":5,\"max_completion_tokens\":9}", 9},
    {CHAT, "{\"max_tokens\":9,\"n_predict\":5}", 9},
    {"/v1/responses", "{\"max_output_tokens\":5}", 5},
    {NATIVE, "{\"n_predict\":5}", 5},
    {NATIVE, "{\"max_tokens\":9,\"n_predict\":5}", 5},
    {NATIVE, "{\"max_tokens\":9}", 9},
    {NATIVE, "{\"n_predict\":5,\"t_max_predict_ms\":100}", -1},
    {CHAT, "{\"a\":{\"max_tokens\":5}}", -1},
};

START_TEST(length_limit)
{
	struct expectation e = expect(limits[_i].path, limits[_i].body);
	ck_assert_msg(e.length_limit == limits[_i].limit, "%s", limits[_i].body);
}
END_TEST

static const struct {
	const char *path;
	const char *body;
	unsigned choices; /* 0: unknown */
} counts[] = {
    {CHAT, "{}", 1},
    {CHAT, "{\"n\":null}", 1},
    {CHAT, "{\"n\":2}", 2},
    {CHAT, "{\"n\":2.0}", 2},
    {CHAT, "{\"n\":0}", 0},
    {CHAT, "{\"n\":-1}", 0},
    {CHAT, "{\"n\":\"2\"}", 0},
    {CHAT, "{\"n\":true}", 0},
    {CHAT, "{\"n\":100000}", 0},
    {CHAT, "{\"n\":2,\"n_cmpl\":3}", 0},
    {CHAT, "{\"prompt\":[\"a\",\"b\"]}", 1},
    {COMPLETIONS, "{\"prompt\":\"a\"}", 1},
    {COMPLETIONS, "{\"prompt\":\"a\",\"n\":3}", 3},
    {COMPLETIONS, "{\"prompt\":[\"a\",\"b\"],\"n\":3}", 6},
    {COMPLETIONS, "{\"prompt\":[1,2,3]}", 1},
    {COMPLETIONS, "{\"prompt\":[[1,2],[3]]}", 2},
    {COMPLETIONS, "{\"prompt\":[\"a\",5]}", 0},
    {COMPLETIONS, "{\"prompt\":[]}", 0},
    {COMPLETIONS, "{}", 0},
    {COMPLETIONS, "{\"prompt\":{\"prompt_string\":\"a\"}}", 0},
    {COMPLETIONS, "{\"prompt\":[{\"prompt_string\":\"a\"}]}", 0},
    {COMPLETIONS, "{\"prompt\":[\"a\"],\"stop\":[\"b\",\"c\"]}", 1},
    {VECTORS, "{\"input\":\"a\"}", 1},
    {VECTORS, "{\"input\":[\"a\",\"b\"]}", 2},
    {VECTORS, "{\"input\":[1,2]}", 1},
    {VECTORS, "{\"input\":[[1,2],[3]],\"n\":7}", 2},
    {VECTORS, "{\"content\":[\"a\",\"b\"]}", 2},
    {VECTORS, "{\"content\":[\"a\",\"b\"],\"input\":null}", 2},
    {VECTORS, "{\"content\":[\"a\",\"b\"],\"input\":\"a\"}", 0},
    {VECTORS, "{\"input\":[{\"text\":\"a\"}]}", 0},
    {VECTORS, "{\"input\":[]}", 0},
    {VECTORS, "{\"messages\":[]}", 0},
    {"/v1/embeddings", "{\"input\":[\"a\",\"b\"],\"late_chunking\":true}", 2},
    {"/embedding", "{\"content\":\"a\"}", 1},
    {"/pooling", "{\"input\":[\"a\",\"b\"]}", 2},
    {"/classify", "{\"input\":[\"a\",\"b\"]}", 2},
    {"/v1/moderations", "{\"input\":[\"a\",\"b\"]}", 2},
    {"/v1/moderations", "{\"input\":[{\"type\":\"text\"},{\"type\":\"text\"}]}", 0},
    {"/rerank", "{\"input\":[\"a\",\"b\"]}", 1},
};

START_TEST(choices)
{
	struct expectation e = expect(counts[_i].path, counts[_i].body);
	ck_assert_msg(e.choices == counts[_i].choices, "%s", counts[_i].body);
}
END_TEST

/* Options for which llama.cpp's native stream and plain answer differ. */
START_TEST(one_form)
{
	static const char *const members[] = {"return_tokens", "n_probs", "response_fields",
					      "logprobs"};
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		char body[100];
		snprintf(body, sizeof body, "{\"prompt\":\"a\",\"%s\":1}", members[i]);
		ck_assert(expect(NATIVE, body).one_form);
		ck_assert(!expect(COMPLETIONS, body).one_form);
		snprintf(body, sizeof body, "{\"prompt\":\"a\",\"%s\":false}", members[i]);
		ck_assert(!expect(NATIVE, body).one_form);
	}
	ck_assert(!expect(NATIVE, "{\"prompt\":\"a\"}").one_form);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("expectation");
	TCase *all = tcase_create("expectation");
	tcase_add_loop_test(all, length_limit, 0, sizeof(limits) / sizeof(limits[0]));
	tcase_add_loop_test(all, choices, 0, sizeof(counts) / sizeof(counts[0]));
	tcase_add_test(all, one_form);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
