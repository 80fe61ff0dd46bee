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
	struct hasher *hasher;
	struct buf text, form;
	uint64_t seed; /* of the round */
	uint64_t state;
};

static struct cache_key key_of(struct bench *b, const struct request *r)
{
	static const struct canonical_rules rules = {.steps = chat_steps,
						     .left_out = chat_left_out};
	struct cache_key key;
	buf_clear(&b->text);
	buf_clear(&b->form);
	request_spell(r, &b->state, &b->text);
	enum canonical_result result =
	    canonical_form(b->canonical, buf_slice(&b->text), &rules, &b->form);
	ck_assert_msg(result == CANONICAL_FINE, "REPRISE_SEED=%" PRIu64 ": result %d of %.*s",
		      b->seed, result, SLICE_FMT(buf_slice(&b->text)));
	hasher_key(b->hasher, slice_of("scope"), buf_slice(&b->form), &key);
	return key;
}

static void run_round(struct bench *b, struct request *r)
{
	b->state = b->seed;
	request_random(r, &b->state);
	struct cache_key key = key_of(b, r);
	for (int i = 0; i < SPELLINGS; i++) {
		struct cache_key again = key_of(b, r);
		ck_assert_msg(cache_key_equal(&key, &again),
			      "REPRISE_SEED=%" PRIu64 ": another name, spelled %.*s", b->seed,
			      SLICE_FMT(buf_slice(&b->text)));
	}
	const char *what = request_change(r, &b->state);
	struct cache_key other = key_of(b, r);
	ck_assert_msg(!cache_key_equal(&key, &other),
		      "REPRISE_SEED=%" PRIu64 ": the same name, changed %s: %.*s", b->seed, what,
		      SLICE_FMT(buf_slice(&b->text)));
}

START_TEST(has_one_name_however_it_is_spelled_and_another_when_changed)
{
	uint64_t seed = first_seed();
	struct request *r = malloc(sizeof(*r));
	struct bench b = {.canonical = canonical_create(),
			  .hasher = hasher_create(),
			  .text = buf_make(1 << 24),
			  .form = buf_make(1 << 24)};
	for (unsigned i = 0; i < (unsigned)scaled(ROUNDS); i++) {
		b.seed = seed + i;
		run_round(&b, r);
	}
	buf_finish(&b.text);
	buf_finish(&b.form);
	canonical_destroy(&b.canonical);
	hasher_destroy(&b.hasher);
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
