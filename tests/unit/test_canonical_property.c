/* A request has the same cache key however it is spelled, and different requests have different
 * keys. A failure prints a seed; with REPRISE_SEED set to it, the first round repeats it. */
#include "cache/key/canonical.h"
#include "cache/key/fingerprint.h"

#include "tests/unit/chat_places.h"
#include "tests/unit/main.h"
#include "tests/unit/random_request.h"

#include <inttypes.h>
#include <sys/random.h>

enum { ROUNDS = 30000, SPELLINGS = 3 };

static uint64_t first_seed(void)
{
	const char *given = getenv("REPRISE_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 0;
	if (!given)
		ck_assert_int_eq(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	return seed;
}

struct bench {
	struct canonical *canonical;
	struct namer *namer;
	struct buf text, form;
	uint64_t seed; /* of the round */
	uint64_t state;
};

static struct name name_of(struct bench *b, const struct request *r)
{
	static const struct canonical_rules rules = {.steps = chat_steps,
						     .left_out = chat_left_out};
	struct name name;
	buf_clear(&b->text);
	buf_clear(&b->form);
	request_spell(r, &b->state, &b->text);
	enum canonical_result result =
	    canonical_form(b->canonical, buf_slice(&b->text), &rules, &b->form);
	ck_assert_msg(result == CANONICAL_FINE, "REPRISE_SEED=%" PRIu64 ": result %d of %.*s",
		      b->seed, result, SLICE_FMT(buf_slice(&b->text)));
	namer_name(b->namer, slice_of("scope"), buf_slice(&b->form), &name);
	return name;
}

static void run_round(struct bench *b, struct request *r)
{
	b->state = b->seed;
	request_random(r, &b->state);
	struct name name = name_of(b, r);
	for (int i = 0; i < SPELLINGS; i++) {
		struct name again = name_of(b, r);
		ck_assert_msg(name_equal(&name, &again),
			      "REPRISE_SEED=%" PRIu64 ": another name, spelled %.*s", b->seed,
			      SLICE_FMT(buf_slice(&b->text)));
	}
	const char *what = request_change(r, &b->state);
	struct name other = name_of(b, r);
	ck_assert_msg(!name_equal(&name, &other),
		      "REPRISE_SEED=%" PRIu64 ": the same name, changed %s: %.*s", b->seed, what,
		      SLICE_FMT(buf_slice(&b->text)));
}

START_TEST(has_one_name_however_it_is_spelled_and_another_when_changed)
{
	uint64_t seed = first_seed();
	struct request *r = malloc(sizeof(*r));
	struct bench b = {.canonical = canonical_create(),
			  .namer = namer_create(),
			  .text = buf_make(1 << 24),
			  .form = buf_make(1 << 24)};
	for (unsigned i = 0; i < (unsigned)scaled(ROUNDS); i++) {
		b.seed = seed + i;
		run_round(&b, r);
	}
	buf_finish(&b.text);
	buf_finish(&b.form);
	canonical_destroy(&b.canonical);
	namer_destroy(&b.namer);
	free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("canonical_property");
	TCase *all = tcase_create("canonical_property");
	tcase_add_test(all, has_one_name_however_it_is_spelled_and_another_when_changed);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
