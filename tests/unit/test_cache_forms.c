/* Lookups of one cache key in several wire forms. */
#include "cache/cache.h"

#include "tests/unit/cache_fixture.h"
#include "tests/unit/main.h"

#define P WIRE_PLAIN
#define S WIRE_STREAM
#define U WIRE_STREAM_USAGE

static enum cache_answer lookup_form(struct watcher *w, uint64_t n, enum wire_form form,
				     enum wire_form asks, bool exact, struct entry **ret_entry)
{
	struct cache_question question = {key_numbered(n), form, asks, exact, .max_age_ms = -1};
	return lookup(w, question, 0, ret_entry);
}

/* Looks up an entry, which must exist, and returns it. */
static struct entry *hit(uint64_t n, enum wire_form form, bool exact)
{
	struct entry *e = NULL;
	ck_assert_int_eq(lookup_form(&a, n, form, form, exact, &e), CACHE_HIT);
	return e;
}

static bool is_text(const struct entry *e, const char *text)
{
	struct slice whole;
	return event_log_whole(e->log, &whole) && slice_is(whole, text);
}

static bool keep(struct entry *origin, enum wire_form form, const char *text)
{
	struct event_log *log = log_of(text);
	struct entry *derived = entry_derive(origin, form, "application/json", &log);
	bool kept = cache_keep(cache, origin, &derived);
	ck_assert_ptr_null(derived);
	cache_check(cache);
	return kept;
}

START_TEST(what_arrived_answers_every_form)
{
	ck_assert(store(1, "stream", 0));
	static const enum wire_form forms[] = {P, S, U};
	scoped(entry_unref) struct entry *e = hit(1, forms[_i], false);
	ck_assert_int_eq(e->form, S);
	ck_assert(!e->derived);
}
END_TEST

START_TEST(an_exact_question_minds_the_form)
{
	ck_assert(store(1, "stream", 0));
	entry_unref(&(struct entry *){hit(1, S, true)});
	struct entry *e = NULL;
	struct cache_question question = {key_numbered(1), P, P, true, -1, .only_cached = true};
	ck_assert_int_eq(lookup(&a, question, 0, &e), CACHE_ABSENT);
	ck_assert_int_eq(lookup_form(&a, 1, P, P, true, &e), CACHE_LED);
	ck_assert_int_eq(flight_form(a.reader.flight), P);
	ck_assert_ptr_null(e);
}
END_TEST

START_TEST(what_is_kept_is_preferred)
{
	ck_assert(store(1, "stream", 0));
	scoped(entry_unref) struct entry *origin = hit(1, P, false);
	ck_assert(keep(origin, P, "plain"));
	ck_assert(!keep(origin, P, "again"));
	ck_assert_uint_eq(cache_figures(cache).entries, 1);
	ck_assert_uint_eq(cache_figures(cache).derived, 1);
	scoped(entry_unref) struct entry *e = hit(1, P, true);
	ck_assert(e->derived && is_text(e, "plain"));
	ck_assert_str_eq(e->content_type, "application/json");
	ck_assert_uint_eq(cache_figures(cache).bytes, origin->charged_bytes + e->charged_bytes);
	scoped(entry_unref) struct entry *arrived = hit(1, S, false);
	ck_assert_ptr_eq(arrived, origin);
}
END_TEST

START_TEST(an_answer_replaces_all_forms)
{
	ck_assert(store(1, "stream", 0));
	scoped(entry_unref) struct entry *origin = hit(1, S, false);
	ck_assert(keep(origin, P, "plain"));
	struct event_log *log = log_of("new");
	struct cache_key key = key_numbered(1);
	struct cache_ending end = {.log = &log, .ttl_ms = TTL, .now_ms = 5};
	ck_assert(cache_store(cache, &key, U, &end));
	cache_check(cache);
	ck_assert_uint_eq(cache_figures(cache).derived, 0);
	ck_assert_uint_eq(cache_figures(cache).entries, 1);
	scoped(entry_unref) struct entry *e = hit(1, P, false);
	ck_assert(e->form == U && is_text(e, "new"));
	ck_assert(!keep(origin, P, "too late"));
	ck_assert(keep(e, P, "of the new one"));
}
END_TEST

START_TEST(an_older_flight_of_another_form_replaces_nothing)
{
	struct entry *e = NULL;
	struct cache_question question = {key_numbered(1), P, P, .max_age_ms = -1};
	ck_assert_int_eq(lookup(&a, question, 10, &e), CACHE_LED);
	struct flight *f = produce(&a);
	struct event_log *log = log_of("fresh");
	struct cache_ending end = {.log = &log, .ttl_ms = TTL, .now_ms = 20};
	ck_assert(cache_store(cache, &question.key, S, &end));
	ck_assert(!finish(&f, "old", 30));
	leave(&a);
	e = hit(1, P, false);
	ck_assert(is_text(e, "fresh"));
	entry_unref(&e);
}
END_TEST

/* As when the upstream does not send the usage that it was asked for. */
START_TEST(a_flight_takes_another_form)
{
	struct entry *e = NULL;
	ck_assert_int_eq(lookup_form(&a, 1, S, U, false, &e), CACHE_LED);
	struct flight *f = flight_ref(a.reader.flight);
	cache_reform(cache, f, S, 7);
	cache_check(cache);
	ck_assert_int_eq(flight_form(f), S);
	ck_assert_int_eq(lookup_form(&b, 1, U, U, false, &e), CACHE_JOINED);
	leave(&b);
	ck_assert_int_eq(lookup_form(&b, 1, S, S, true, &e), CACHE_JOINED);
	ck_assert_ptr_eq(b.reader.flight, f);
	flight_head(f, &heads_destroyed, head_destroy);
	ck_assert(finish(&f, "stream", 0));
	leave(&a);
	leave(&b);
	e = hit(1, U, false);
	ck_assert_int_eq(e->form, S);
	entry_unref(&e);
}
END_TEST

START_TEST(a_flight_whose_form_is_taken_is_joined_by_nobody)
{
	struct entry *e = NULL;
	ck_assert_int_eq(lookup_form(&a, 1, U, U, false, &e), CACHE_LED);
	ck_assert_int_eq(lookup_form(&b, 1, S, S, true, &e), CACHE_LED);
	struct flight *f = flight_ref(a.reader.flight), *other = flight_ref(b.reader.flight);
	cache_reform(cache, f, S, 7);
	cache_check(cache);
	ck_assert(!flight_joinable(f) && flight_joinable(other));
	ck_assert_int_eq(flight_form(f), S);
	ck_assert_uint_eq(cache_figures(cache).flights, 1);
	cache_fail(cache, f, 1, "over");
	cache_fail(cache, other, 1, "over");
	flight_unref(&f);
	flight_unref(&other);
}
END_TEST

START_TEST(all_forms_expire_at_once)
{
	ck_assert(store(1, "stream", 0));
	scoped(entry_unref) struct entry *origin = hit(1, S, false);
	ck_assert(keep(origin, P, "plain"));
	struct cache_question question = {key_numbered(1), P, P, .max_age_ms = 50};
	struct entry *e = NULL;
	ck_assert_int_eq(lookup(&a, question, 49, &e), CACHE_HIT);
	ck_assert_int_eq(e->expires_ms, TTL);
	entry_unref(&e);
	ck_assert_int_eq(lookup(&a, question, 50, &e), CACHE_LED);
	leave(&a);
	if (_i)
		cache_sweep(cache, 10000, TTL);
	else
		ck_assert_int_eq(lookup(&a, question, TTL, &e), CACHE_LED);
	cache_check(cache);
	ck_assert_uint_eq(cache_figures(cache).bytes, 0);
	ck_assert_uint_eq(cache_figures(cache).derived, 0);
	ck_assert_uint_eq(cache_figures(cache).expirations, 1);
	ck_assert(!keep(origin, P, "too late"));
}
END_TEST

START_TEST(a_flight_is_led_in_the_form_asked_of_the_upstream)
{
	struct entry *e = NULL;
	ck_assert_int_eq(lookup_form(&a, 1, S, U, false, &e), CACHE_LED);
	ck_assert_int_eq(flight_form(a.reader.flight), U);
	struct flight *f = produce(&a);
	ck_assert(finish(&f, "with usage", 0));
	leave(&a);
	e = hit(1, S, false);
	ck_assert_int_eq(e->form, U);
	entry_unref(&e);
}
END_TEST

/* The flights of a key in the order in which they began, a lookup, and the flight that it joins. */
static const struct {
	const char *title;
	struct {
		int count;
		enum wire_form form[3];
	} flying;
	enum wire_form form, asks;
	bool exact;
	int joins; /* index in `flying`; -1: it leads */
} joins[] = {
    {"any is joined", {1, {P}}, S, U, false, 0},
    {"an exact one is not there", {1, {P}}, S, U, true, -1},
    {"nor in the form wanted", {2, {P, S}}, S, U, true, -1},
    {"only in the form asked for", {3, {P, S, U}}, S, U, true, 2},
    {"which is the best in any case", {3, {P, S, U}}, S, U, false, 2},
    {"then the form wanted", {2, {P, S}}, S, U, false, 1},
    {"then the oldest", {2, {U, S}}, P, P, false, 0},
};

START_TEST(joins_the_flight_that_serves_best)
{
	struct watcher leaders[3];
	for (int i = 0; i < joins[_i].flying.count; i++) {
		leaders[i] = watcher_make();
		enum wire_form form = joins[_i].flying.form[i];
		ck_assert_int_eq(lookup_form(&leaders[i], 1, form, form, true, NULL), CACHE_LED);
	}
	enum cache_answer answer =
	    lookup_form(&a, 1, joins[_i].form, joins[_i].asks, joins[_i].exact, NULL);
	if (joins[_i].joins < 0) {
		ck_assert_msg(answer == CACHE_LED, "%s", joins[_i].title);
		ck_assert_int_eq(flight_form(a.reader.flight), joins[_i].asks);
	} else {
		ck_assert_msg(answer == CACHE_JOINED, "%s", joins[_i].title);
		ck_assert_msg(a.reader.flight == leaders[joins[_i].joins].reader.flight, "%s",
			      joins[_i].title);
	}
	for (int i = 0; i < joins[_i].flying.count; i++)
		leave(&leaders[i]);
}
END_TEST

START_TEST(room_is_made_from_what_is_derived_first)
{
	open_cache((struct cache_options){.memory_bytes = 100 << 10});
	for (uint64_t n = 100; n < 150; n++) {
		ck_assert(store(n, "stream", 0));
		scoped(entry_unref) struct entry *origin = hit(n, S, false);
		ck_assert(keep(origin, P, "plain"));
	}
	/* Makes the arrived entries newer than their derived ones. */
	for (uint64_t n = 100; n < 150; n++)
		entry_unref(&(struct entry *){hit(n, S, false)});
	ck_assert_int_eq(lookup_key(&a, 1, 0), CACHE_LED);
	struct flight *f = produce(&a);
	int appended = 0;
	for (; cache_figures(cache).derived > 0; appended++) {
		ck_assert_uint_eq(cache_figures(cache).entries, 50);
		ck_assert(!append(f, 1000));
	}
	ck_assert_int_gt(appended, 10);
	ck_assert(!finish(&f, NULL, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cache_forms");
	TCase *usual = tcase_create("usual");
	tcase_add_checked_fixture(usual, set_up, tear_down);
	tcase_add_loop_test(usual, what_arrived_answers_every_form, 0, 3);
	tcase_add_test(usual, an_exact_question_minds_the_form);
	tcase_add_test(usual, what_is_kept_is_preferred);
	tcase_add_test(usual, an_answer_replaces_all_forms);
	tcase_add_test(usual, an_older_flight_of_another_form_replaces_nothing);
	tcase_add_test(usual, a_flight_takes_another_form);
	tcase_add_test(usual, a_flight_whose_form_is_taken_is_joined_by_nobody);
	tcase_add_loop_test(usual, all_forms_expire_at_once, 0, 2);
	tcase_add_test(usual, a_flight_is_led_in_the_form_asked_of_the_upstream);
	tcase_add_loop_test(usual, joins_the_flight_that_serves_best, 0,
			    sizeof joins / sizeof joins[0]);
	suite_add_tcase(suite, usual);
	TCase *own = tcase_create("with options of its own");
	tcase_add_checked_fixture(own, NULL, tear_down);
	tcase_add_test(own, room_is_made_from_what_is_derived_first);
	suite_add_tcase(suite, own);
	return run_suite(suite);
}
