#include "cache/store/tombstones.h"

#include "base/own.h"
#include "tests/unit/cache_fixture.h"
#include "tests/unit/main.h"

#include <stdio.h>

static uint64_t numbered(unsigned number)
{
	char id[32];
	snprintf(id, sizeof id, "resp_%u", number);
	return tombstone_of(slice_of(id));
}

START_TEST(remembers_ids)
{
	scoped(tombstones_destroy) struct tombstones *t = tombstones_create();
	ck_assert(!tombstones_have(t, numbered(1), 0));
	tombstones_add(t, numbered(1), 10);
	tombstones_add(t, numbered(1), 11);
	/* Whenever it was requested. */
	ck_assert(tombstones_have(t, numbered(1), 0));
	ck_assert(tombstones_have(t, numbered(1), 1000));
	ck_assert(!tombstones_have(t, numbered(2), 0));
	ck_assert(!tombstones_have(t, 0, 0));
}
END_TEST

/* With more ids than the table holds, none that was deleted is forgotten. */
START_TEST(forgets_none)
{
	enum { IDS = 100000 };
	scoped(tombstones_destroy) struct tombstones *t = tombstones_create();
	for (unsigned i = 0; i < IDS; i++)
		tombstones_add(t, numbered(i), 1000 + i);
	for (unsigned i = 0; i < IDS; i++)
		ck_assert(tombstones_have(t, numbered(i), 999));
	/* Others count as deleted only if they were requested before a set was emptied. */
	for (unsigned i = IDS; i < 2 * IDS; i++)
		ck_assert(!tombstones_have(t, numbered(i), 1000 + IDS));
}
END_TEST

/* With eight ids for each set on average, hardly any set has more than sixteen. */
START_TEST(few_others_count_as_deleted)
{
	enum { IDS = 32768, OTHERS = 10000 };
	scoped(tombstones_destroy) struct tombstones *t = tombstones_create();
	for (unsigned i = 0; i < IDS; i++)
		tombstones_add(t, numbered(i), 1000);
	unsigned lost = 0;
	for (unsigned i = IDS; i < IDS + OTHERS; i++)
		lost += tombstones_have(t, numbered(i), 999);
	ck_assert_uint_lt(lost, OTHERS / 10);
}
END_TEST

START_TEST(no_id_has_no_hash)
{
	ck_assert(tombstone_of(slice_of("")) != 0);
	ck_assert(tombstone_of(slice_of("a")) != tombstone_of(slice_of("b")));
	struct tombstones *t = NULL;
	tombstones_destroy(&t);
}
END_TEST

/* Stores an answer with this id under key_numbered(1), and an entry derived from it. */
static void store_with(uint64_t id, int64_t now_ms)
{
	ck_assert_int_eq(lookup_key(&a, 1, now_ms), CACHE_LED);
	struct flight *f = produce(&a);
	struct event_log *log = log_of("stream");
	struct cache_ending end = {.content_type = "",
				   .log = &log,
				   .id = id,
				   .begun_ms = now_ms,
				   .ttl_ms = TTL,
				   .now_ms = now_ms};
	ck_assert(cache_finish(cache, f, &end));
	flight_unref(&f);
	leave(&a);
	struct cache_question question = {key_numbered(1), WIRE_STREAM, WIRE_STREAM, false, -1};
	scoped(entry_unref) struct entry *e = NULL;
	ck_assert_int_eq(lookup(&a, question, now_ms, &e), CACHE_HIT);
	log = log_of("plain");
	struct entry *derived = entry_derive(e, WIRE_PLAIN, "", &log);
	ck_assert(cache_keep(cache, e, &derived));
}

static enum cache_answer lookup_in(enum wire_form form, bool only_cached)
{
	struct cache_question question = {
	    key_numbered(1), form, form, false, .max_age_ms = -1, .only_cached = only_cached};
	scoped(entry_unref) struct entry *e = NULL;
	enum cache_answer answer = lookup(&a, question, 3, &e);
	return answer;
}

START_TEST(the_deleted_are_not_handed_out)
{
	store_with(numbered(1), 1);
	cache_bury(cache, numbered(2), 3);
	ck_assert_int_eq(lookup_in(WIRE_STREAM, true), CACHE_HIT);
	ck_assert_int_eq(lookup_in(WIRE_PLAIN, true), CACHE_HIT);
	cache_bury(cache, numbered(1), 3);
	ck_assert_int_eq(lookup_in(WIRE_STREAM, true), CACHE_ABSENT);
	ck_assert_int_eq(lookup_in(WIRE_PLAIN, true), CACHE_ABSENT);
	ck_assert_int_eq(lookup_in(WIRE_PLAIN, false), CACHE_LED);
	leave(&a);
	/* An answer with another id is found. */
	store_with(numbered(3), 3);
	ck_assert_int_eq(lookup_in(WIRE_PLAIN, true), CACHE_HIT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tombstones");
	TCase *all = tcase_create("tombstones");
	tcase_add_test(all, remembers_ids);
	tcase_add_test(all, forgets_none);
	tcase_add_test(all, few_others_count_as_deleted);
	tcase_add_test(all, no_id_has_no_hash);
	suite_add_tcase(suite, all);
	TCase *cached = tcase_create("cache");
	tcase_add_checked_fixture(cached, set_up, tear_down);
	tcase_add_test(cached, the_deleted_are_not_handed_out);
	suite_add_tcase(suite, cached);
	return run_suite(suite);
}
