/* Requests that are repeated: after they were abandoned, and in other branches. */
#include "cache/cache.h"

#include "tests/unit/cache_fixture.h"
#include "tests/unit/main.h"

/* Leads a flight and leaves before the answer. Returns whether that cancels the flight. */
static bool give_up(uint64_t n, bool retry, int64_t asked_ms, int64_t left_ms)
{
	ck_assert_int_eq(lookup_key(&a, n, asked_ms), CACHE_LED);
	if (retry)
		cache_want(cache, &a.reader);
	struct flight *f = produce(&a);
	int abandons = maker.abandons;
	cache_leave(cache, &a.reader, left_ms);
	cache_check(cache);
	bool cancelled = maker.abandons > abandons;
	cache_fail(cache, f, 1, "over");
	flight_unref(&f);
	return cancelled;
}

START_TEST(what_is_abandoned_again_is_finished)
{
	open_cache((struct cache_options){.on_abandon = CACHE_ABANDON_FINISH_REPEATED});
	ck_assert(give_up(1, false, 0, 1000));
	/* However long the client waits the second time. */
	ck_assert(!give_up(1, false, 1000, 10 * CACHE_REPEATED_MS));
	ck_assert(give_up(2, false, 1000, 2000));
	ck_assert(give_up(2, false, 2000 + CACHE_REPEATED_MS, 3000 + CACHE_REPEATED_MS));
	ck_assert(!give_up(2, false, 4000 + CACHE_REPEATED_MS, 4000 + CACHE_REPEATED_MS));
}
END_TEST

START_TEST(what_is_said_to_be_a_retry_is_finished)
{
	open_cache((struct cache_options){.on_abandon = CACHE_ABANDON_FINISH_REPEATED});
	ck_assert(!give_up(1, true, 0, 0));
	/* One of the readers is enough, even if it leaves first. */
	ck_assert_int_eq(lookup_key(&a, 2, 0), CACHE_LED);
	ck_assert_int_eq(lookup_key(&b, 2, 0), CACHE_JOINED);
	cache_want(cache, &b.reader);
	struct flight *f = produce(&a);
	leave(&b);
	leave(&a);
	ck_assert_int_eq(maker.abandons, 0);
	ck_assert(finish(&f, "answer", 0));
	ck_assert_int_eq(lookup_key(&a, 2, 0), CACHE_HIT);
}
END_TEST

START_TEST(what_will_not_be_stored_is_not_finished)
{
	open_cache((struct cache_options){.on_abandon = CACHE_ABANDON_FINISH_REPEATED});
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	cache_want(cache, &a.reader);
	struct flight *f = produce(&a);
	cache_unshare(cache, f, 9);
	ck_assert_int_eq(flight_look(&a.reader, AWAITS_HEAD).reason_code, 9);
	leave(&a);
	ck_assert_int_eq(maker.abandons, 1);
	cache_fail(cache, f, 1, "cancelled");
	flight_unref(&f);
	/* The flight has no readers when it is unshared. */
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	cache_want(cache, &a.reader);
	f = produce(&a);
	leave(&a);
	ck_assert_int_eq(maker.abandons, 1);
	cache_unshare(cache, f, 9);
	ck_assert_int_eq(maker.abandons, 2);
	cache_fail(cache, f, 1, "cancelled");
	flight_unref(&f);
}
END_TEST

START_TEST(only_finish_repeated_looks_at_repeats)
{
	open_cache((struct cache_options){.on_abandon = CACHE_ABANDON_CANCEL});
	ck_assert(give_up(1, true, 0, 0));
	ck_assert(give_up(1, true, 1, 1));
}
END_TEST

static enum cache_answer lookup_in(struct watcher *w, uint32_t branch, enum wire_form form)
{
	scoped(entry_unref) struct entry *e = NULL;
	struct cache_question question = {key_numbered(1), form, form, .max_age_ms = -1,
					  .branch = branch};
	return lookup(w, question, 0, &e);
}

START_TEST(branches_do_not_join_each_other)
{
	struct watcher c = watcher_make(), d = watcher_make();
	ck_assert_int_eq(lookup_in(&a, 0, WIRE_STREAM), CACHE_LED);
	ck_assert_int_eq(lookup_in(&b, 2, WIRE_STREAM), CACHE_LED);
	ck_assert_int_eq(lookup_in(&c, 3, WIRE_PLAIN), CACHE_LED);
	ck_assert_int_eq(lookup_in(&d, 2, WIRE_PLAIN), CACHE_JOINED);
	ck_assert_ptr_eq(d.reader.flight, b.reader.flight);
	ck_assert_uint_eq(cache_figures(cache).flights, 3);
	/* The answer of one branch serves all later requests of any branch. */
	struct flight *f = produce(&b);
	ck_assert(finish(&f, "answer", 0));
	leave(&c);
	ck_assert_int_eq(lookup_in(&c, 3, WIRE_STREAM), CACHE_HIT);
	ck_assert_int_eq(lookup_in(&c, 7, WIRE_STREAM), CACHE_HIT);
	leave(&d);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cache_repeats");
	TCase *usual = tcase_create("usual");
	tcase_add_checked_fixture(usual, set_up, tear_down);
	tcase_add_test(usual, branches_do_not_join_each_other);
	suite_add_tcase(suite, usual);
	TCase *own = tcase_create("with options of their own");
	tcase_add_checked_fixture(own, NULL, tear_down);
	tcase_add_test(own, what_is_abandoned_again_is_finished);
	tcase_add_test(own, what_is_said_to_be_a_retry_is_finished);
	tcase_add_test(own, what_will_not_be_stored_is_not_finished);
	tcase_add_test(own, only_finish_repeated_looks_at_repeats);
	suite_add_tcase(suite, own);
	return run_suite(suite);
}
