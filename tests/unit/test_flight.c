#include "cache/flight_internal.h"

#include "tests/unit/main.h"
#include "tests/unit/names.h"
#include "tests/unit/watchers.h"

enum { HOLD = 100000 };

static char bytes[2 * FLIGHT_WINDOW];

static struct store *ledger;
static struct flight *flight;
static struct maker maker;
static struct watcher a, b;
static int heads_destroyed;

static void set_up(void)
{
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)((i * 7) ^ (i >> 9));
	ledger =
	    store_create(&(struct store_options){.limit_bytes = 1 << 20, .max_entry_bytes = HOLD});
	maker = maker_make();
	a = watcher_make();
	b = watcher_make();
	heads_destroyed = 0;
}

static void set_up_joinable(void)
{
	set_up();
	struct name name = name_numbered(1);
	flight = flight_create(&(struct flight_options){&name, WIRE_STREAM, HOLD, ledger});
	flight_produce(flight, &maker.producer);
	flight_join(flight, &a.reader);
}

static void set_up_private(void)
{
	set_up();
	flight = flight_create(NULL);
	flight_produce(flight, &maker.producer);
	flight_join(flight, &a.reader);
}

static bool leave(struct watcher *w, bool finish_abandoned)
{
	struct flight *theirs = w->reader.flight;
	bool last = flight_leave(theirs, &w->reader, finish_abandoned);
	flight_check(theirs);
	ck_assert_ptr_null(w->reader.flight);
	flight_unref(&theirs);
	return last;
}

static void tear_down(void)
{
	if (a.reader.flight)
		(void)leave(&a, false);
	if (b.reader.flight)
		(void)leave(&b, false);
	flight_unref(&flight);
	ck_assert_uint_eq(store_figures(ledger).reserved_bytes, 0);
	store_destroy(&ledger);
}

static void head(void)
{
	flight_head(flight, &heads_destroyed, head_destroy);
	flight_check(flight);
}

/* Appends the next of `bytes`; true if the flight is outgrown. */
static bool append(size_t len)
{
	bool outgrown = true;
	size_t total = flight->log.total;
	ck_assert(flight_append(flight, slice_make(bytes + total, len), &outgrown));
	flight_check(flight);
	return outgrown;
}

static struct flight_news look(struct watcher *w, enum flight_awaits awaits)
{
	struct flight_news news = flight_look(&w->reader, awaits);
	flight_check(flight);
	return news;
}

static size_t copy(struct watcher *w, size_t room)
{
	char *at = malloc(room + 1);
	size_t position = w->reader.position;
	size_t n = flight_copy(&w->reader, at, room);
	flight_check(flight);
	ck_assert(memcmp(at, bytes + position, n) == 0);
	free(at);
	return n;
}

static void finish(void)
{
	flight_finish(flight, false, 0);
	flight_check(flight);
}

static void part(void)
{
	flight_part(flight);
	flight_check(flight);
}

/* ## States */

START_TEST(goes_from_open_over_head_to_done)
{
	ck_assert_int_eq(look(&a, AWAITS_HEAD).state, FLIGHT_OPEN);
	ck_assert_ptr_null(look(&a, AWAITS_HEAD).head);
	head();
	ck_assert_int_eq(look(&a, AWAITS_HEAD).state, FLIGHT_HEAD);
	ck_assert_ptr_eq(look(&a, AWAITS_HEAD).head, &heads_destroyed);
	append(10);
	finish();
	struct flight_news news = look(&a, AWAITS_END);
	ck_assert_int_eq(news.state, FLIGHT_DONE);
	ck_assert_ptr_eq(news.head, &heads_destroyed);
	ck_assert_uint_eq(news.total, 10);
	ck_assert_uint_eq(news.unread, 10);
	ck_assert(!news.joinable);
	ck_assert_uint_eq(copy(&a, 100), 10);
	ck_assert_uint_eq(copy(&a, 100), 0);
	ck_assert(!leave(&a, false));
	ck_assert_int_eq(heads_destroyed, 0);
	flight_unref(&flight);
	ck_assert_int_eq(heads_destroyed, 1);
	ck_assert_int_eq(maker.abandons, 0);
}
END_TEST

START_TEST(fails_before_its_head)
{
	char reason[] = "connection refused";
	flight_fail(flight, 502, reason);
	flight_check(flight);
	reason[0] = 'x';
	struct flight_news news = look(&a, AWAITS_HEAD);
	ck_assert(news.arrived && !news.joinable);
	ck_assert_int_eq(news.state, FLIGHT_FAILED);
	ck_assert_ptr_null(news.head);
	ck_assert_str_eq(news.reason, "connection refused");
	ck_assert_int_eq(news.reason_code, 502);
}
END_TEST

START_TEST(fails_after_its_head)
{
	head();
	append(5);
	flight_fail(flight, 1, "torn");
	struct flight_news news = look(&a, AWAITS_BYTES);
	ck_assert_int_eq(news.state, FLIGHT_FAILED);
	ck_assert_ptr_eq(news.head, &heads_destroyed);
	ck_assert_uint_eq(copy(&a, 100), 5);
	ck_assert_str_eq(look(&a, AWAITS_BYTES).reason, "torn");
}
END_TEST

START_TEST(knows_who_it_is)
{
	struct name name = name_numbered(1);
	ck_assert(name_equal(flight_name(flight), &name));
	ck_assert_int_eq(flight_form(flight), WIRE_STREAM);
	ck_assert(flight_joinable(flight));
	ck_assert_uint_eq(flight_readers(flight), 1);
	part();
	ck_assert(!flight_joinable(flight));
	ck_assert(name_equal(flight_name(flight), &name));
}
END_TEST

START_TEST(a_private_one_has_no_name)
{
	ck_assert_ptr_null(flight_name(flight));
	ck_assert(!flight_joinable(flight));
	ck_assert(!look(&a, AWAITS_HEAD).joinable);
}
END_TEST

/* ## Waking */

enum event { THE_HEAD, BYTES, PARTING, THE_END, FAILURE, EVENTS };

static void happen(enum event event)
{
	switch (event) {
	case THE_HEAD:
		head();
		break;
	case BYTES:
		append(1);
		break;
	case PARTING:
		part();
		break;
	case THE_END:
		finish();
		break;
	case FAILURE:
		flight_fail(flight, 1, "reason");
		break;
	case EVENTS:
		break;
	}
	flight_check(flight);
}

START_TEST(wakes_for_what_is_awaited_and_only_once)
{
	static const bool wakes[][EVENTS] = {
	    [AWAITS_HEAD] = {[THE_HEAD] = true, [FAILURE] = true},
	    [AWAITS_BYTES] = {[BYTES] = true, [THE_END] = true, [FAILURE] = true},
	    [AWAITS_END] = {[PARTING] = true, [THE_END] = true, [FAILURE] = true},
	};
	enum flight_awaits awaits = (enum flight_awaits)(_i / EVENTS);
	enum event event = (enum event)(_i % EVENTS);
	if (event == BYTES || event == THE_END) {
		head();
		if (awaits == AWAITS_HEAD) {
			ck_assert(look(&a, awaits).arrived);
			happen(event);
			ck_assert_int_eq(a.wakes, 0);
			return;
		}
	}
	ck_assert(!look(&a, awaits).arrived);
	ck_assert(!look(&a, awaits).arrived);
	happen(event);
	ck_assert_int_eq(a.wakes, wakes[awaits][event]);
	if (event == PARTING)
		head();
	if (event == THE_HEAD || event == PARTING || event == BYTES) {
		append(1);
		append(1);
	}
	if (event != THE_END && event != FAILURE)
		finish();
	/* Who was not woken by the event was by what came later; nobody twice. */
	ck_assert_int_eq(a.wakes, 1);
}
END_TEST

START_TEST(does_not_wake_who_did_not_ask)
{
	head();
	append(1);
	ck_assert(look(&a, AWAITS_BYTES).arrived);
	append(1);
	ck_assert(!look(&a, AWAITS_END).arrived);
	ck_assert(look(&a, AWAITS_HEAD).arrived); /* takes the wish back */
	finish();
	ck_assert_int_eq(a.wakes, 0);
}
END_TEST

START_TEST(wakes_all_who_wait)
{
	flight_join(flight, &b.reader);
	ck_assert(!look(&a, AWAITS_HEAD).arrived);
	ck_assert(!look(&b, AWAITS_END).arrived);
	flight_fail(flight, 1, "reason");
	ck_assert_int_eq(a.wakes, 1);
	ck_assert_int_eq(b.wakes, 1);
}
END_TEST

/* ## Joining and reading */

START_TEST(a_late_reader_gets_all)
{
	head();
	append(40000);
	ck_assert_uint_eq(copy(&a, 50000), 40000);
	flight_join(flight, &b.reader);
	flight_check(flight);
	ck_assert_uint_eq(flight_readers(flight), 2);
	ck_assert_uint_eq(look(&b, AWAITS_BYTES).unread, 40000);
	append(100);
	ck_assert_uint_eq(copy(&a, 50000), 100);
	for (size_t left = 40100; left;)
		left -= copy(&b, 777);
	finish();
	ck_assert_uint_eq(copy(&b, 1), 0);
}
END_TEST

START_TEST(the_leader_may_leave)
{
	flight_join(flight, &b.reader);
	head();
	append(100);
	ck_assert(!leave(&a, false));
	append(100);
	finish();
	ck_assert_uint_eq(copy(&b, 1000), 200);
	ck_assert_int_eq(maker.abandons, 0);
}
END_TEST

START_TEST(the_last_one_out_abandons_it)
{
	ck_assert(!look(&a, AWAITS_HEAD).arrived);
	ck_assert(leave(&a, false));
	ck_assert_int_eq(maker.abandons, 1);
	ck_assert(!flight_joinable(flight));
	flight_fail(flight, 1, "cancelled");
	ck_assert_int_eq(maker.abandons, 1);
	ck_assert_int_eq(a.wakes, 0);
}
END_TEST

START_TEST(a_late_producer_hears_of_it)
{
	flight_produce(flight, NULL);
	ck_assert(leave(&a, false));
	ck_assert_int_eq(maker.abandons, 0);
	flight_produce(flight, &maker.producer);
	ck_assert_int_eq(maker.abandons, 1);
}
END_TEST

START_TEST(is_finished_for_the_cache)
{
	head();
	append(100);
	ck_assert(!leave(&a, true));
	ck_assert_int_eq(maker.abandons, 0);
	append(100);
	flight_join(flight, &b.reader);
	finish();
	ck_assert_uint_eq(copy(&b, 1000), 200);
}
END_TEST

START_TEST(is_abandoned_when_it_outgrows_without_readers)
{
	head();
	ck_assert(!leave(&a, true));
	ck_assert(append(HOLD + 1));
	part();
	ck_assert_int_eq(maker.abandons, 1);
	append(1000); /* what still comes is not kept */
	ck_assert_ptr_eq(flight->log.first, flight->log.last);
}
END_TEST

START_TEST(a_private_one_is_never_finished_for_the_cache)
{
	ck_assert(leave(&a, true));
	ck_assert_int_eq(maker.abandons, 1);
}
END_TEST

START_TEST(nobody_abandons_what_is_over)
{
	head();
	finish();
	ck_assert(!leave(&a, false));
	ck_assert_int_eq(maker.abandons, 0);
}
END_TEST

/* ## Room */

START_TEST(a_joinable_one_holds_all_and_always_has_room)
{
	head();
	ck_assert(!append(HOLD));
	ck_assert(flight_room(flight));
	ck_assert_uint_eq(copy(&a, HOLD), HOLD);
	ck_assert_uint_eq(flight->log.first->start, 0);
	ck_assert(store_figures(ledger).reserved_bytes >= HOLD);
	ck_assert_int_eq(maker.rooms, 0);
}
END_TEST

START_TEST(says_once_that_it_is_outgrown)
{
	head();
	ck_assert(!append(HOLD));
	ck_assert(append(1));
	ck_assert(!append(1));
	ck_assert(flight_joinable(flight));
	part();
	ck_assert_uint_eq(store_figures(ledger).reserved_bytes, 0);
	ck_assert(!append(1));
	ck_assert_uint_eq(copy(&a, 2 * HOLD), HOLD + 3);
}
END_TEST

START_TEST(is_outgrown_when_the_ledger_is_full)
{
	ck_assert(store_reserve(ledger, (1 << 20) - 5000));
	head();
	ck_assert(!append(1000));
	ck_assert(append(10000));
	part();
	store_release(ledger, (1 << 20) - 5000);
	ck_assert_uint_eq(copy(&a, HOLD), 11000);
}
END_TEST

START_TEST(drops_what_all_have_read_once_parted)
{
	flight_join(flight, &b.reader);
	head();
	append(90000);
	ck_assert_uint_eq(copy(&a, 80000), 80000);
	ck_assert_uint_eq(copy(&b, 40000), 40000);
	ck_assert_uint_eq(flight->log.first->start, 0);
	part();
	ck_assert_uint_gt(flight->log.first->start, 20000);
	ck_assert_uint_eq(copy(&b, 40000), 40000);
	ck_assert_uint_gt(flight->log.first->start, 60000);
	ck_assert_uint_eq(copy(&a, 80000), 10000);
	ck_assert_uint_le(flight->log.first->start, 80000);
	ck_assert_uint_eq(copy(&b, 80000), 10000);
	ck_assert_ptr_eq(flight->log.first, flight->log.last);
}
END_TEST

START_TEST(asks_to_pause_and_to_go_on)
{
	head();
	ck_assert(flight_room(flight));
	append(FLIGHT_WINDOW - 1);
	ck_assert(flight_room(flight));
	append(1);
	ck_assert(!flight_room(flight));
	ck_assert_uint_eq(copy(&a, FLIGHT_WINDOW / 2), FLIGHT_WINDOW / 2);
	ck_assert_int_eq(maker.rooms, 0);
	ck_assert_uint_eq(copy(&a, 1), 1);
	ck_assert_int_eq(maker.rooms, 1);
	ck_assert_uint_eq(copy(&a, FLIGHT_WINDOW), FLIGHT_WINDOW / 2 - 1);
	ck_assert_int_eq(maker.rooms, 1);
	ck_assert(flight_room(flight));
}
END_TEST

START_TEST(a_slow_reader_that_leaves_makes_room)
{
	flight_join(flight, &b.reader);
	head();
	part();
	append(FLIGHT_WINDOW);
	ck_assert(!flight_room(flight));
	ck_assert_uint_eq(copy(&a, FLIGHT_WINDOW), FLIGHT_WINDOW);
	ck_assert_int_eq(maker.rooms, 0);
	ck_assert(!leave(&b, false));
	ck_assert_int_eq(maker.rooms, 1);
}
END_TEST

START_TEST(the_last_one_out_cancels_and_asks_for_no_more)
{
	head();
	append(FLIGHT_WINDOW);
	ck_assert(!flight_room(flight));
	ck_assert(leave(&a, false));
	ck_assert_int_eq(maker.rooms, 0);
	ck_assert_int_eq(maker.abandons, 1);
}
END_TEST

START_TEST(what_is_done_gives_its_memory_back_as_it_is_read)
{
	head();
	append(90000);
	size_t held = store_figures(ledger).reserved_bytes;
	finish();
	ck_assert_uint_eq(store_figures(ledger).reserved_bytes, held);
	ck_assert_uint_eq(copy(&a, 80000), 80000);
	ck_assert_uint_lt(store_figures(ledger).reserved_bytes, 40000);
	ck_assert_uint_eq(copy(&a, 80000), 10000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flight");
	TCase *joinable = tcase_create("joinable");
	tcase_add_checked_fixture(joinable, set_up_joinable, tear_down);
	tcase_add_test(joinable, goes_from_open_over_head_to_done);
	tcase_add_test(joinable, fails_before_its_head);
	tcase_add_test(joinable, fails_after_its_head);
	tcase_add_test(joinable, knows_who_it_is);
	tcase_add_loop_test(joinable, wakes_for_what_is_awaited_and_only_once, 0, 3 * EVENTS);
	tcase_add_test(joinable, does_not_wake_who_did_not_ask);
	tcase_add_test(joinable, wakes_all_who_wait);
	tcase_add_test(joinable, a_late_reader_gets_all);
	tcase_add_test(joinable, the_leader_may_leave);
	tcase_add_test(joinable, the_last_one_out_abandons_it);
	tcase_add_test(joinable, a_late_producer_hears_of_it);
	tcase_add_test(joinable, is_finished_for_the_cache);
	tcase_add_test(joinable, is_abandoned_when_it_outgrows_without_readers);
	tcase_add_test(joinable, nobody_abandons_what_is_over);
	tcase_add_test(joinable, a_joinable_one_holds_all_and_always_has_room);
	tcase_add_test(joinable, says_once_that_it_is_outgrown);
	tcase_add_test(joinable, is_outgrown_when_the_ledger_is_full);
	tcase_add_test(joinable, drops_what_all_have_read_once_parted);
	tcase_add_test(joinable, a_slow_reader_that_leaves_makes_room);
	tcase_add_test(joinable, what_is_done_gives_its_memory_back_as_it_is_read);
	suite_add_tcase(suite, joinable);
	TCase *alone = tcase_create("private");
	tcase_add_checked_fixture(alone, set_up_private, tear_down);
	tcase_add_test(alone, a_private_one_has_no_name);
	tcase_add_test(alone, a_private_one_is_never_finished_for_the_cache);
	tcase_add_test(alone, asks_to_pause_and_to_go_on);
	tcase_add_test(alone, the_last_one_out_cancels_and_asks_for_no_more);
	suite_add_tcase(suite, alone);
	return run_suite(suite);
}
