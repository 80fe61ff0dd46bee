#include "cache/cache.h"

#include "tests/unit/cache_fixture.h"
#include "tests/unit/main.h"

START_TEST(leads_then_joins_then_hits)
{
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	ck_assert_int_eq(lookup_key(&b, 1, 0), CACHE_JOINED);
	ck_assert_ptr_eq(a.reader.flight, b.reader.flight);
	ck_assert_uint_eq(cache_figures(cache).flights, 1);
	struct flight *f = produce(&a);
	append(f, 10);
	ck_assert(finish(&f, "answer", 5));
	ck_assert_uint_eq(cache_figures(cache).flights, 0);
	leave(&a);
	leave(&b);

	scoped(entry_unref) struct entry *e = NULL;
	struct cache_question question = {key_numbered(1), WIRE_STREAM, WIRE_STREAM,
					  .max_age_ms = -1};
	ck_assert_int_eq(lookup(&a, question, 6, &e), CACHE_HIT);
	struct slice whole;
	ck_assert(event_log_whole(e->log, &whole));
	ck_assert(slice_is(whole, "answer"));
	ck_assert_str_eq(e->content_type, "text/event-stream");
	ck_assert_int_eq(e->created_ms, 5);
	ck_assert_uint_eq(cache_figures(cache).entries, 1);
	ck_assert_uint_eq(cache_figures(cache).bytes, e->charged_bytes);
}
END_TEST

START_TEST(asks_only_the_store_when_told)
{
	struct cache_question question = {key_numbered(1), WIRE_STREAM, WIRE_STREAM,
					  .max_age_ms = -1, .only_cached = true};
	ck_assert_int_eq(lookup(&b, question, 0, NULL), CACHE_ABSENT);
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	ck_assert_int_eq(lookup(&b, question, 0, NULL), CACHE_ABSENT);
	struct flight *f = produce(&a);
	ck_assert(finish(&f, "answer", 0));
	struct entry *e = NULL;
	ck_assert_int_eq(lookup(&b, question, 0, &e), CACHE_HIT);
	entry_unref(&e);
}
END_TEST

START_TEST(minds_the_age_asked_for)
{
	ck_assert(store(1, "old", 0));
	struct cache_question question = {key_numbered(1), WIRE_STREAM, WIRE_STREAM,
					  .max_age_ms = 50};
	struct entry *e = NULL;
	ck_assert_int_eq(lookup(&a, question, 49, &e), CACHE_HIT);
	entry_unref(&e);
	ck_assert_int_eq(lookup(&a, question, 50, &e), CACHE_LED);
	/* The flight is fresh enough for all; the old entry still serves requests without a limit.
	 */
	ck_assert_int_eq(lookup(&b, question, 51, &e), CACHE_JOINED);
	struct watcher c = watcher_make();
	ck_assert_int_eq(lookup_key(&c, 1, 51), CACHE_HIT);
	struct flight *f = produce(&a);
	ck_assert(finish(&f, "new", 60));
	ck_assert_int_eq(lookup(&c, question, 109, &e), CACHE_HIT);
	ck_assert_int_eq(e->created_ms, 60);
	entry_unref(&e);
	ck_assert_uint_eq(cache_figures(cache).entries, 1);
}
END_TEST

START_TEST(entries_live_for_their_time)
{
	ck_assert(store(1, "answer", 100));
	ck_assert_int_eq(lookup_key(&a, 1, 100 + TTL - 1), CACHE_HIT);
	ck_assert_int_eq(lookup_key(&a, 1, 100 + TTL), CACHE_LED);
	ck_assert_uint_eq(cache_figures(cache).expirations, 1);
}
END_TEST

START_TEST(a_sweep_drops_the_expired)
{
	for (uint64_t n = 0; n < 100; n++)
		ck_assert(store(n, "answer", (int64_t)n));
	cache_sweep(cache, 10000, TTL + 49);
	cache_check(cache);
	ck_assert_uint_eq(cache_figures(cache).entries, 50);
	cache_sweep(cache, 10000, TTL + 99);
	ck_assert_uint_eq(cache_figures(cache).bytes, 0);
}
END_TEST

START_TEST(lives_differ_within_their_bounds)
{
	open_cache((struct cache_options){.ttl_jitter = 0.2});
	int64_t least = TTL, most = 0, sum = 0;
	for (uint64_t n = 0; n < 1000; n++) {
		ck_assert(store(n, "answer", 0));
		struct entry *e = NULL;
		struct cache_question question = {key_numbered(n), WIRE_STREAM, WIRE_STREAM,
						  .max_age_ms = -1};
		ck_assert_int_eq(lookup(&a, question, 0, &e), CACHE_HIT);
		int64_t life = e->expires_ms - e->created_ms;
		least = life < least ? life : least;
		most = life > most ? life : most;
		sum += life;
		entry_unref(&e);
	}
	ck_assert_int_ge(least, TTL * 8 / 10);
	ck_assert_int_le(least, TTL * 82 / 100);
	ck_assert_int_le(most, TTL);
	ck_assert_int_ge(most, TTL * 98 / 100);
	ck_assert_int_ge(sum / 1000, TTL * 88 / 100);
	ck_assert_int_le(sum / 1000, TTL * 92 / 100);
}
END_TEST

START_TEST(a_life_of_nothing_stores_nothing)
{
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	struct flight *f = produce(&a);
	struct event_log *log = log_of("answer");
	ck_assert(!cache_finish(cache, f, &(struct cache_ending){.log = &log}));
	ck_assert_ptr_null(log);
	flight_unref(&f);
	ck_assert_uint_eq(cache_figures(cache).bytes, 0);
}
END_TEST

START_TEST(without_a_log_nothing_is_stored)
{
	ck_assert(!store(1, NULL, 0));
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	struct flight *f = produce(&a);
	ck_assert(!cache_finish(cache, f, &(struct cache_ending){0}));
	flight_unref(&f);
	ck_assert_uint_eq(cache_figures(cache).entries, 0);
}
END_TEST

START_TEST(readers_learn_what_became_of_the_answer)
{
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	struct flight *f = produce(&a);
	ck_assert(finish(&f, "data: x\n\n", 0));
	struct flight_news news = flight_look(&a.reader, AWAITS_END);
	ck_assert(news.arrived && news.stored);
	ck_assert_int_eq(news.reason_code, 7);
	cache_leave(cache, &a.reader, 0);
}
END_TEST

/* Finishes the flight that `a` leads. Returns the code that its readers get. */
static int code_of(const char *text, int64_t now_ms)
{
	struct flight *f = produce(&a);
	struct event_log *log = log_of(text);
	struct cache_ending end = {.log = &log,
				   .reason_code = 1,
				   .outdated_code = 2,
				   .full_code = 3,
				   .ttl_ms = TTL,
				   .now_ms = now_ms};
	bool stored = cache_finish(cache, f, &end);
	flight_unref(&f);
	struct flight_news news = flight_look(&a.reader, AWAITS_END);
	ck_assert(news.stored == stored && stored == (news.reason_code == 1));
	leave(&a);
	return news.reason_code;
}

START_TEST(readers_learn_why_a_good_answer_was_not_stored)
{
	ck_assert_int_eq(lookup_key(&a, 1, 10), CACHE_LED);
	ck_assert_int_eq(code_of("kept", 20), 1);
	ck_assert_int_eq(lookup_key(&a, 2, 10), CACHE_LED);
	struct event_log *log = log_of("younger");
	struct cache_key key = key_numbered(2);
	struct cache_ending end = {.log = &log, .ttl_ms = TTL, .now_ms = 20};
	ck_assert(cache_store(cache, &key, WIRE_STREAM, &end));
	ck_assert_int_eq(code_of("older", 30), 2);
	char large[HOLD - 100] = {0}; /* without the overhead of an entry */
	memset(large, 'x', sizeof large - 1);
	ck_assert_int_eq(lookup_key(&a, 3, 10), CACHE_LED);
	ck_assert_int_eq(code_of(large, 30), 3);
}
END_TEST

START_TEST(who_comes_after_a_private_answer_stays_alone)
{
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	ck_assert_int_eq(lookup_key(&b, 1, 0), CACHE_JOINED);
	struct flight *f = produce(&a);
	cache_hit_for_miss(cache, f, 3, 100);
	cache_check(cache);
	ck_assert(!flight_look(&b.reader, AWAITS_HEAD).joinable);
	leave(&b);
	ck_assert_int_eq(lookup_key(&b, 1, 99), CACHE_ALONE);
	ck_assert(!flight_joinable(b.reader.flight));
	leave(&b);
	ck_assert_int_eq(lookup_key(&b, 2, 99), CACHE_LED);
	leave(&b);
	ck_assert_int_eq(lookup_key(&b, 1, 100), CACHE_LED);
	leave(&b);
	ck_assert(!finish(&f, "private", 0));
}
END_TEST

START_TEST(an_answer_asked_for_afresh_replaces_the_old_one)
{
	ck_assert(store(1, "old", 0));
	struct event_log *log = log_of("new");
	struct cache_key key = key_numbered(1);
	struct cache_ending end = {.log = &log, .ttl_ms = TTL, .now_ms = 5};
	ck_assert(cache_store(cache, &key, WIRE_STREAM, &end));
	ck_assert_ptr_null(log);
	cache_check(cache);
	scoped(entry_unref) struct entry *e = NULL;
	struct cache_question question = {key, WIRE_STREAM, WIRE_STREAM, .max_age_ms = -1};
	ck_assert_int_eq(lookup(&a, question, 6, &e), CACHE_HIT);
	struct slice whole;
	ck_assert(event_log_whole(e->log, &whole));
	ck_assert(slice_is(whole, "new"));
	ck_assert_uint_eq(cache_figures(cache).entries, 1);
}
END_TEST

START_TEST(an_older_flight_does_not_replace_a_fresh_answer)
{
	ck_assert_int_eq(lookup_key(&a, 1, 10), CACHE_LED);
	struct flight *f = produce(&a);
	struct event_log *log = log_of("fresh");
	struct cache_key key = key_numbered(1);
	struct cache_ending end = {.log = &log, .ttl_ms = TTL, .now_ms = 20};
	ck_assert(cache_store(cache, &key, WIRE_STREAM, &end));
	ck_assert(!finish(&f, "old", 30));
	leave(&a);
	scoped(entry_unref) struct entry *e = NULL;
	struct cache_question question = {key, WIRE_STREAM, WIRE_STREAM, .max_age_ms = -1};
	ck_assert_int_eq(lookup(&a, question, 40, &e), CACHE_HIT);
	ck_assert_int_eq(e->created_ms, 20);
}
END_TEST

START_TEST(a_private_flight_is_nobody_elses)
{
	cache_open_private(cache, &a.reader);
	cache_open_private(cache, &b.reader);
	ck_assert_ptr_ne(a.reader.flight, b.reader.flight);
	ck_assert_uint_eq(cache_figures(cache).flights, 0);
	struct flight *f = produce(&a);
	append(f, 5000);
	ck_assert_uint_eq(cache_figures(cache).bytes, 0);
	ck_assert(!finish(&f, "answer", 0));
	ck_assert_uint_eq(cache_figures(cache).entries, 0);
	f = produce(&b);
	leave(&b);
	ck_assert_int_eq(maker.abandons, 1);
	cache_fail(cache, f, 1, "cancelled");
	flight_unref(&f);
}
END_TEST

START_TEST(an_unshared_flight_is_out_of_the_table)
{
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	struct flight *f = produce(&a);
	ck_assert(append(f, HOLD + 1));
	cache_unshare(cache, f, 3);
	cache_check(cache);
	ck_assert_uint_eq(cache_figures(cache).flights, 0);
	ck_assert_uint_ge(cache_figures(cache).bytes, HOLD); /* until it is read */
	ck_assert_int_eq(lookup_key(&b, 1, 0), CACHE_LED);
	ck_assert_ptr_ne(b.reader.flight, f);
	ck_assert(!finish(&f, "answer", 0));
	ck_assert_uint_eq(cache_figures(cache).flights, 1);
}
END_TEST

START_TEST(a_failed_flight_is_out_of_the_table)
{
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	struct flight *f = flight_ref(a.reader.flight);
	cache_fail(cache, f, 502, "refused");
	cache_check(cache);
	flight_unref(&f);
	ck_assert_int_eq(lookup_key(&b, 1, 0), CACHE_LED);
	ck_assert_str_eq(flight_look(&a.reader, AWAITS_HEAD).reason, "refused");
}
END_TEST

START_TEST(an_abandoned_flight_is_out_of_the_table)
{
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	ck_assert_int_eq(lookup_key(&b, 1, 0), CACHE_JOINED);
	struct flight *f = produce(&a);
	leave(&a);
	ck_assert_int_eq(maker.abandons, 0);
	ck_assert_uint_eq(cache_figures(cache).flights, 1);
	leave(&b);
	ck_assert_int_eq(maker.abandons, 1);
	ck_assert_uint_eq(cache_figures(cache).flights, 0);
	ck_assert_int_eq(lookup_key(&b, 1, 0), CACHE_LED);
	/* The producer may finish before it gets the message; then it is too late to store. */
	ck_assert(!finish(&f, "answer", 0));
	ck_assert_uint_eq(cache_figures(cache).flights, 1);
}
END_TEST

START_TEST(a_flight_is_finished_for_the_cache)
{
	open_cache((struct cache_options){.on_abandon = CACHE_ABANDON_FINISH});
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	struct flight *f = produce(&a);
	leave(&a);
	ck_assert_int_eq(maker.abandons, 0);
	ck_assert_int_eq(lookup_key(&b, 1, 0), CACHE_JOINED);
	leave(&b);
	ck_assert(finish(&f, "answer", 0));
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_HIT);
}
END_TEST

START_TEST(logs_of_flights_push_entries_out)
{
	open_cache((struct cache_options){.memory_bytes = 150 << 10});
	for (uint64_t n = 100; n < 500; n++)
		ck_assert(store(n, "answer", 0));
	size_t before = cache_figures(cache).entries;
	ck_assert_uint_eq(before, 400);
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	struct flight *f = produce(&a);
	ck_assert(!append(f, 90000));
	ck_assert_uint_lt(cache_figures(cache).entries, before);
	ck_assert_uint_gt(cache_figures(cache).evictions, 0);
	ck_assert_uint_le(cache_figures(cache).bytes, 150 << 10);
	ck_assert(finish(&f, "answer", 0));
	ck_assert_uint_le(cache_figures(cache).bytes, 150 << 10);
}
END_TEST

START_TEST(who_follows_nothing_may_leave)
{
	leave(&a);
	cache_destroy(&(struct cache *){NULL});
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cache");
	TCase *usual = tcase_create("usual");
	tcase_add_checked_fixture(usual, set_up, tear_down);
	tcase_add_test(usual, leads_then_joins_then_hits);
	tcase_add_test(usual, asks_only_the_store_when_told);
	tcase_add_test(usual, minds_the_age_asked_for);
	tcase_add_test(usual, entries_live_for_their_time);
	tcase_add_test(usual, a_sweep_drops_the_expired);
	tcase_add_test(usual, a_life_of_nothing_stores_nothing);
	tcase_add_test(usual, without_a_log_nothing_is_stored);
	tcase_add_test(usual, readers_learn_what_became_of_the_answer);
	tcase_add_test(usual, readers_learn_why_a_good_answer_was_not_stored);
	tcase_add_test(usual, who_comes_after_a_private_answer_stays_alone);
	tcase_add_test(usual, an_answer_asked_for_afresh_replaces_the_old_one);
	tcase_add_test(usual, an_older_flight_does_not_replace_a_fresh_answer);
	tcase_add_test(usual, a_private_flight_is_nobody_elses);
	tcase_add_test(usual, an_unshared_flight_is_out_of_the_table);
	tcase_add_test(usual, a_failed_flight_is_out_of_the_table);
	tcase_add_test(usual, an_abandoned_flight_is_out_of_the_table);
	tcase_add_test(usual, who_follows_nothing_may_leave);
	suite_add_tcase(suite, usual);
	TCase *own = tcase_create("with options of their own");
	tcase_add_checked_fixture(own, NULL, tear_down);
	tcase_add_test(own, lives_differ_within_their_bounds);
	tcase_add_test(own, a_flight_is_finished_for_the_cache);
	tcase_add_test(own, logs_of_flights_push_entries_out);
	suite_add_tcase(suite, own);
	return run_suite(suite);
}
