/* Requests that refer to external state, and requests that only look like it: bodies of many
 * products, and unusual spellings. */
#include "proxy/openai/parse/external_state.h"

#include "tests/unit/main.h"

#define CHAT "/v1/chat/completions"
#define COMPLETIONS "/v1/completions"
#define NATIVE "/completion"
#define RESPONSES "/v1/responses"
#define MESSAGES "/v1/messages"
#define EMBEDDINGS "/v1/embeddings"
#define RERANK "/v1/rerank"
#define SPEECH "/v1/audio/speech"
#define POOLING "/pooling"
#define CLASSIFY "/classify"
#define SCORE "/v1/score"
#define MODERATIONS "/v1/moderations"
#define INFILL "/infill"

static const struct {
	const char *path;
	const char *body;
	enum verdict verdict;
} bodies[] = {
#define BODY(path, body, verdict) {path, body, VERDICT_##verdict},
#include "tests/unit/external_bodies.def"
#include "tests/unit/external_more_bodies.def"
#undef BODY
};

enum { BODIES = sizeof(bodies) / sizeof(bodies[0]) };

struct reading {
	struct external_state external_state;
	enum verdict verdict; /* the first that is not FINE */
};

static void note(struct reading *r, enum verdict verdict)
{
	if (r->verdict == VERDICT_FINE)
		r->verdict = verdict;
}

static void on_value(void *context, const struct canonical_member *m)
{
	struct reading *r = context;
	note(r, external_state_value(&r->external_state, m));
}

START_TEST(verdicts)
{
	struct reading r = {.verdict = VERDICT_FINE};
	const struct canonical_rules rules = {.on_value = on_value, .context = &r};
	scoped(canonical_destroy) struct canonical *canonical = canonical_create();
	struct buf form = buf_make(1 << 16);
	const struct endpoint *endpoint =
	    endpoint_find(slice_of("POST"), slice_of(bodies[_i].path));
	ck_assert(endpoint);
	external_state_begin(&r.external_state, endpoint->family);
	ck_assert_msg(canonical_form(canonical, slice_of(bodies[_i].body), &rules, &form) ==
			  CANONICAL_FINE,
		      "%s", bodies[_i].body);
	note(&r, external_state_end(&r.external_state));
	ck_assert_msg(r.verdict == bodies[_i].verdict, "%s: %s", bodies[_i].body,
		      verdict_text(r.verdict));
	buf_finish(&form);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("external_state");
	TCase *all = tcase_create("external_state");
	tcase_add_loop_test(all, verdicts, 0, BODIES);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
