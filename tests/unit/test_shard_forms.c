/* Several forms of one cache key: its arrived entry, and those derived from it. */
#include "cache/store/shard.h"

#include "tests/unit/entries.h"
#include "tests/unit/main.h"

enum { FORMS = WIRE_STREAM_USAGE + 1, TTL = 100 };

static struct shard shard;

/* Frees the entries that were removed from the shard. Returns their number. */
static size_t drop(struct entry *e)
{
	size_t n = 1;
	while (e->forms) {
		struct entry *derived = e->forms;
		e->forms = derived->chain;
		entry_unref(&derived);
		n++;
	}
	entry_unref(&e);
	return n;
}

static void set_up(void)
{
	shard_init(&shard);
}

static void tear_down(void)
{
	struct entry *e;
	while ((e = shard_evict(&shard, NULL))) {
		shard_check(&shard);
		ck_assert_uint_eq(drop(e), 1);
	}
	shard_finish(&shard);
}

/* Returns how many it replaced. The entry is the shard's, and valid while it is in the shard. */
static size_t insert(uint64_t n, enum wire_form form, struct entry **ret_entry)
{
	struct event_log *log = zeros(1);
	*ret_entry = entry_create(
	    &(struct entry_options){.key = key_numbered(n), .form = form, .expires_ms = TTL}, &log);
	struct entry *replaced = shard_insert(&shard, *ret_entry);
	shard_check(&shard);
	return replaced ? drop(replaced) : 0;
}

static struct entry *arrive(uint64_t n, enum wire_form form)
{
	struct entry *e;
	ck_assert_uint_eq(insert(n, form, &e), 0);
	return e;
}

static bool keep(const struct entry *origin, enum wire_form form)
{
	struct entry *e = entry_derived(origin, form, 1);
	bool kept = shard_keep(&shard, origin, e);
	if (!kept)
		entry_unref(&e);
	shard_check(&shard);
	return kept;
}

enum { NONE = -1, DERIVED = 10 };

/* The form of the entry found, plus DERIVED if it is a derived one; NONE if there is none. */
static int find(uint64_t n, enum wire_form form, bool exact)
{
	struct cache_key key = key_numbered(n);
	struct wanted wanted = {&key, form, exact, .max_age_ms = -1};
	struct entry *expired = NULL;
	scoped(entry_unref) struct entry *e = shard_find(&shard, &wanted, &expired);
	shard_check(&shard);
	ck_assert_ptr_null(expired);
	return e ? (int)e->form + e->derived * DERIVED : NONE;
}

/* As find, for the evicted entry; *ret_n is the number of its key. */
static int evict(uint64_t *ret_n)
{
	struct entry *e = shard_evict(&shard, NULL);
	shard_check(&shard);
	ck_assert_ptr_nonnull(e);
	memcpy(ret_n, e->key.identity, sizeof *ret_n);
	int form = (int)e->form + e->derived * DERIVED;
	ck_assert_uint_eq(drop(e), 1);
	return form;
}

#define EVICTS(number, form)                                                                       \
	do {                                                                                       \
		uint64_t n_;                                                                       \
		ck_assert_int_eq(evict(&n_), (int)(form));                                         \
		ck_assert_uint_eq(n_, number);                                                     \
	} while (0)

START_TEST(finds_the_form_wanted_or_what_arrived)
{
	const struct entry *origin = arrive(1, WIRE_STREAM_USAGE);
	ck_assert_int_eq(find(1, WIRE_STREAM_USAGE, true), WIRE_STREAM_USAGE);
	ck_assert_int_eq(find(1, WIRE_STREAM, false), WIRE_STREAM_USAGE);
	ck_assert_int_eq(find(1, WIRE_STREAM, true), NONE);
	ck_assert(keep(origin, WIRE_STREAM));
	ck_assert_int_eq(find(1, WIRE_STREAM, false), DERIVED + WIRE_STREAM);
	ck_assert_int_eq(find(1, WIRE_STREAM, true), DERIVED + WIRE_STREAM);
	ck_assert_int_eq(find(1, WIRE_PLAIN, false), WIRE_STREAM_USAGE);
	ck_assert_int_eq(find(1, WIRE_PLAIN, true), NONE);
	ck_assert(keep(origin, WIRE_PLAIN));
	ck_assert_int_eq(find(1, WIRE_PLAIN, false), DERIVED + WIRE_PLAIN);
	ck_assert_int_eq(find(1, WIRE_STREAM, false), DERIVED + WIRE_STREAM);
	ck_assert_int_eq(find(1, WIRE_STREAM_USAGE, false), WIRE_STREAM_USAGE);
}
END_TEST

START_TEST(keeps_one_in_each_form)
{
	const struct entry *origin = arrive(1, WIRE_PLAIN);
	ck_assert(!keep(origin, WIRE_PLAIN));
	ck_assert(keep(origin, WIRE_STREAM));
	ck_assert(!keep(origin, WIRE_STREAM));
	ck_assert(keep(origin, WIRE_STREAM_USAGE));
	ck_assert_uint_eq(shard.entries, 1);
	ck_assert_uint_eq(shard.derived, 2);
}
END_TEST

START_TEST(keeps_nothing_without_the_very_origin)
{
	scoped(entry_unref) struct entry *never_there = entry_numbered(1, 1, TTL);
	ck_assert(!keep(never_there, WIRE_STREAM));
	struct entry *e;
	insert(1, WIRE_PLAIN, &e);
	ck_assert(!keep(never_there, WIRE_STREAM));
	scoped(entry_unref) struct entry *replaced = entry_ref(e);
	insert(1, WIRE_PLAIN, &e);
	ck_assert(!keep(replaced, WIRE_STREAM));
	ck_assert(keep(e, WIRE_STREAM));
	ck_assert(!keep(replaced, WIRE_STREAM_USAGE));
}
END_TEST

START_TEST(a_derived_one_is_the_first_to_go)
{
	const struct entry *first = arrive(1, WIRE_STREAM);
	arrive(2, WIRE_PLAIN);
	ck_assert(keep(first, WIRE_PLAIN));
	EVICTS(1, DERIVED + WIRE_PLAIN);
	ck_assert_int_eq(find(1, WIRE_PLAIN, true), NONE);
	EVICTS(1, WIRE_STREAM); /* a miss does not change the order */
	EVICTS(2, WIRE_PLAIN);
}
END_TEST

START_TEST(one_that_is_kept_is_nearly_as_young_as_its_origin)
{
	arrive(1, WIRE_PLAIN);
	ck_assert(keep(arrive(2, WIRE_STREAM), WIRE_PLAIN));
	EVICTS(1, WIRE_PLAIN);
	EVICTS(2, DERIVED + WIRE_PLAIN);
	EVICTS(2, WIRE_STREAM);
}
END_TEST

START_TEST(a_hit_on_an_origin_moves_it_alone)
{
	const struct entry *first = arrive(1, WIRE_STREAM);
	ck_assert(keep(first, WIRE_PLAIN));
	arrive(2, WIRE_PLAIN);
	ck_assert_int_eq(find(1, WIRE_STREAM, false), WIRE_STREAM);
	EVICTS(1, DERIVED + WIRE_PLAIN);
	EVICTS(2, WIRE_PLAIN);
	EVICTS(1, WIRE_STREAM);
}
END_TEST

START_TEST(a_hit_on_a_derived_one_moves_both)
{
	const struct entry *first = arrive(1, WIRE_STREAM);
	ck_assert(keep(first, WIRE_PLAIN));
	ck_assert(keep(first, WIRE_STREAM_USAGE));
	arrive(2, WIRE_PLAIN);
	ck_assert_int_eq(find(1, WIRE_PLAIN, false), DERIVED + WIRE_PLAIN);
	EVICTS(1, DERIVED + WIRE_STREAM_USAGE);
	EVICTS(2, WIRE_PLAIN);
	EVICTS(1, DERIVED + WIRE_PLAIN);
	EVICTS(1, WIRE_STREAM);
}
END_TEST

START_TEST(passes_over_what_is_spared)
{
	const struct entry *first = arrive(1, WIRE_STREAM);
	const struct entry *second = arrive(2, WIRE_STREAM);
	ck_assert(keep(first, WIRE_PLAIN));
	struct entry *e = shard_evict(&shard, first);
	ck_assert(e->derived);
	drop(e);
	e = shard_evict(&shard, first);
	ck_assert_ptr_eq(e, second);
	drop(e);
	ck_assert_ptr_null(shard_evict(&shard, first));
	ck_assert_int_eq(find(1, WIRE_STREAM, true), WIRE_STREAM);
}
END_TEST

START_TEST(a_later_one_replaces_every_form)
{
	struct entry *e = arrive(1, WIRE_STREAM);
	ck_assert(keep(e, WIRE_PLAIN));
	ck_assert(keep(e, WIRE_STREAM_USAGE));
	arrive(2, WIRE_STREAM);
	ck_assert_uint_eq(insert(1, WIRE_PLAIN, &e), 3);
	ck_assert_uint_eq(shard.entries, 2);
	ck_assert_uint_eq(shard.derived, 0);
	ck_assert_int_eq(find(1, WIRE_STREAM, false), WIRE_PLAIN);
}
END_TEST

START_TEST(an_expired_one_leaves_with_its_forms)
{
	const struct entry *origin = arrive(1, WIRE_STREAM);
	ck_assert(keep(origin, WIRE_PLAIN));
	struct cache_key key = key_numbered(1);
	struct entry *expired = NULL;
	struct wanted wanted = {&key, WIRE_PLAIN, .max_age_ms = -1, .now_ms = TTL};
	ck_assert_ptr_null(shard_find(&shard, &wanted, &expired));
	shard_check(&shard);
	ck_assert_ptr_eq(expired, origin);
	ck_assert_uint_eq(drop(expired), 2);
	ck_assert_uint_eq(shard.entries + shard.derived, 0);
}
END_TEST

START_TEST(a_sweep_takes_the_forms_along)
{
	for (uint64_t n = 0; n < 20; n++)
		ck_assert(keep(arrive(n, WIRE_STREAM), WIRE_PLAIN));
	struct list expired;
	list_init(&expired);
	bool ended;
	shard_sweep(&shard, SIZE_MAX, TTL, &expired, &ended);
	shard_check(&shard);
	size_t dropped = 0;
	while (!list_empty(&expired)) {
		struct entry *e = container_of(expired.next, struct entry, lru);
		list_remove(&e->lru);
		dropped += drop(e);
	}
	ck_assert_uint_eq(dropped, 40);
	ck_assert_uint_eq(shard.entries + shard.derived, 0);
}
END_TEST

/* They are not in the slots, so the table does not grow for them. */
START_TEST(derived_ones_need_no_slots)
{
	for (uint64_t n = 0; n < 8; n++) {
		const struct entry *origin = arrive(n, WIRE_STREAM);
		ck_assert(keep(origin, WIRE_PLAIN));
		ck_assert(keep(origin, WIRE_STREAM_USAGE));
	}
	ck_assert_uint_eq(shard.slot_count, 8);
}
END_TEST

START_TEST(stays_sound_whatever_happens)
{
	enum { NAMES = 40 };
	unsigned seed = (unsigned)_i + 1;
	struct entry *e;
	size_t kept = 0, evicted = 0;
	for (int i = 0; i < 10000; i++) {
		uint64_t n = (uint64_t)rand_r(&seed) % NAMES;
		enum wire_form form = (enum wire_form)(rand_r(&seed) % FORMS);
		int what = rand_r(&seed) % 8;
		if (what == 0) {
			insert(n, form, &e);
		} else if (what == 1) {
			if ((e = shard_evict(&shard, NULL)))
				evicted += drop(e);
			shard_check(&shard);
		} else if (what < 4) {
			struct cache_key key = key_numbered(n);
			struct wanted any = {&key, form, .max_age_ms = -1};
			struct entry *expired = NULL;
			scoped(entry_unref) struct entry *found =
			    shard_find(&shard, &any, &expired);
			if (found && !found->derived)
				kept += keep(found, form);
		} else {
			int found = find(n, form, what < 6);
			ck_assert(what >= 6 || found == NONE || found % DERIVED == (int)form);
		}
	}
	ck_assert_uint_gt(kept, 100);
	ck_assert_uint_gt(evicted, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shard_forms");
	TCase *all = tcase_create("shard_forms");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, finds_the_form_wanted_or_what_arrived);
	tcase_add_test(all, keeps_one_in_each_form);
	tcase_add_test(all, keeps_nothing_without_the_very_origin);
	tcase_add_test(all, a_derived_one_is_the_first_to_go);
	tcase_add_test(all, one_that_is_kept_is_nearly_as_young_as_its_origin);
	tcase_add_test(all, a_hit_on_an_origin_moves_it_alone);
	tcase_add_test(all, a_hit_on_a_derived_one_moves_both);
	tcase_add_test(all, passes_over_what_is_spared);
	tcase_add_test(all, a_later_one_replaces_every_form);
	tcase_add_test(all, an_expired_one_leaves_with_its_forms);
	tcase_add_test(all, a_sweep_takes_the_forms_along);
	tcase_add_test(all, derived_ones_need_no_slots);
	tcase_add_loop_test(all, stays_sound_whatever_happens, 0, 3);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
