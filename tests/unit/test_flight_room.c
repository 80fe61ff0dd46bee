/* How much a flight keeps, what is charged for it, and when its producer must pause. */
#include "cache/flight/flight.h"

#include "tests/unit/flights.h"
#include "tests/unit/main.h"

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
	size_t held = store_figures(ledger).reserved_bytes;
	unshare_flight();
	ck_assert(!append(50000));
	ck_assert_uint_eq(store_figures(ledger).reserved_bytes, held);
	ck_assert_uint_eq(copy(&a, 2 * HOLD), HOLD + 50002);
	ck_assert_uint_eq(store_figures(ledger).reserved_bytes, 0);
}
END_TEST

START_TEST(is_outgrown_when_the_ledger_is_full)
{
	ck_assert(store_reserve(ledger, (1 << 20) - 5000));
	head();
	ck_assert(!append(1000));
	ck_assert(append(10000));
	unshare_flight();
	store_release(ledger, (1 << 20) - 5000);
	ck_assert_uint_eq(copy(&a, HOLD), 11000);
}
END_TEST

START_TEST(drops_what_all_have_read_once_unshared)
{
	flight_join(flight, &b.reader);
	head();
	append(90000);
	ck_assert_uint_eq(copy(&a, 80000), 80000);
	ck_assert_uint_eq(copy(&b, 40000), 40000);
	ck_assert_uint_eq(flight->log.first->start, 0);
	unshare_flight();
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
	unshare_flight();
	append(FLIGHT_WINDOW);
	ck_assert(!flight_room(flight));
	ck_assert_uint_eq(copy(&a, FLIGHT_WINDOW), FLIGHT_WINDOW);
	ck_assert_int_eq(maker.rooms, 0);
	ck_assert(!leave(&b, false));
	ck_assert_int_eq(maker.rooms, 1);
}
END_TEST

/* ## Readers that lag: `a` reads everything and waits, `b` reads nothing. */

static void let_b_lag(void)
{
	flight_join(flight, &b.reader);
	head();
	unshare_flight();
	append(FLIGHT_WINDOW);
	ck_assert(!flight_room(flight));
	copy(&a, FLIGHT_WINDOW);
	ck_assert(!look(&a, AWAITS_BYTES).arrived);
}

static size_t tear_off(int64_t now_ms)
{
	size_t n = flight_tear_off(flight, now_ms);
	flight_check(flight);
	return n;
}

START_TEST(who_keeps_others_waiting_is_torn_off)
{
	let_b_lag();
	ck_assert_uint_eq(tear_off(5000), 0);
	ck_assert_uint_eq(tear_off(5000 + FLIGHT_LAG_MS - 1), 0);
	ck_assert(!flight_is_torn(&b.reader));
	ck_assert_int_eq(maker.rooms, 0);
	ck_assert_uint_eq(tear_off(5000 + FLIGHT_LAG_MS), 1);
	ck_assert(flight_is_torn(&b.reader) && !flight_is_torn(&a.reader));
	ck_assert_int_eq(b.wakes, 1);
	ck_assert_int_eq(maker.rooms, 1);
	ck_assert_uint_eq(flight->floor, FLIGHT_WINDOW);
	ck_assert_uint_eq(copy(&b, 10), 0);
	struct flight_news news = look(&b, AWAITS_BYTES);
	ck_assert(news.arrived && news.torn);
	/* The flight continues for a. */
	ck_assert(flight_room(flight));
	append(10);
	ck_assert_int_eq(a.wakes, 1);
	ck_assert_uint_eq(copy(&a, 100), 10);
	ck_assert_uint_eq(tear_off(100000), 0);
	ck_assert(!leave(&b, false));
}
END_TEST

/* Much less than the window is unread, but the budget is full. */
START_TEST(who_lags_is_torn_off_where_the_budget_is_full_too)
{
	struct budget *budget = budget_create(100000, 0);
	flight->log.budget = budget;
	flight_join(flight, &b.reader);
	head();
	unshare_flight();
	budget_force(budget, 100000);
	append(20000);
	ck_assert(!flight_room(flight));
	copy(&a, 20000);
	ck_assert(!look(&a, AWAITS_BYTES).arrived);
	ck_assert_uint_eq(tear_off(0), 0);
	ck_assert_uint_eq(tear_off(FLIGHT_LAG_MS), 1);
	ck_assert(flight_is_torn(&b.reader) && !flight_is_torn(&a.reader));
	ck_assert(flight_room(flight));
	budget_give(budget, 100000);
	finish();
	blocks_finish(&flight->log);
	budget_destroy(&budget);
	flight->log.budget = NULL;
}
END_TEST

/* Each byte that is read calls on_room, but then there is no room. */
START_TEST(who_trickles_is_torn_off_where_the_budget_is_full)
{
	struct budget *budget = budget_create(100000, 0);
	flight->log.budget = budget;
	flight_join(flight, &b.reader);
	head();
	unshare_flight();
	budget_force(budget, 100000);
	append(20000);
	ck_assert(!flight_room(flight));
	copy(&a, 20000);
	ck_assert(!look(&a, AWAITS_BYTES).arrived);
	for (int64_t ms = 0; ms < FLIGHT_LAG_MS; ms += 100) {
		ck_assert_uint_eq(tear_off(ms), 0);
		copy(&b, 1);
		/* Also before the producer calls flight_room again. */
		ck_assert_uint_eq(tear_off(ms), 0);
		ck_assert(!flight_room(flight));
	}
	ck_assert_uint_eq(tear_off(FLIGHT_LAG_MS), 1);
	/* An append starts the time anew. */
	ck_assert(flight_room(flight));
	append(10);
	ck_assert(!flight->lagging);
	budget_give(budget, 100000);
	copy(&a, 100);
	finish();
	blocks_finish(&flight->log);
	budget_destroy(&budget);
	flight->log.budget = NULL;
}
END_TEST

START_TEST(who_catches_up_stays)
{
	let_b_lag();
	ck_assert_uint_eq(tear_off(0), 0);
	copy(&b, FLIGHT_WINDOW / 2 + 1);
	ck_assert_int_eq(maker.rooms, 1);
	ck_assert_uint_eq(tear_off(FLIGHT_LAG_MS), 0);
	/* A reader that lags again gets the whole time again. */
	append(FLIGHT_WINDOW / 2 + 1);
	ck_assert(!flight_room(flight));
	copy(&a, FLIGHT_WINDOW);
	ck_assert(!look(&a, AWAITS_BYTES).arrived);
	ck_assert_uint_eq(tear_off(2 * FLIGHT_LAG_MS), 0);
	ck_assert_uint_eq(tear_off(3 * FLIGHT_LAG_MS), 1);
}
END_TEST

START_TEST(who_comes_nearer_too_slowly_does_not)
{
	let_b_lag();
	ck_assert_uint_eq(tear_off(0), 0);
	copy(&b, 10000);
	ck_assert(FLIGHT_WINDOW - 10000 > FLIGHT_WINDOW / 2);
	ck_assert_uint_eq(tear_off(FLIGHT_LAG_MS), 1);
}
END_TEST

START_TEST(nobody_is_torn_off_while_nobody_waits)
{
	flight_join(flight, &b.reader);
	head();
	unshare_flight();
	append(FLIGHT_WINDOW);
	ck_assert(!flight_room(flight));
	/* `a` has not read everything, either. */
	copy(&a, FLIGHT_WINDOW - 1);
	ck_assert_uint_eq(tear_off(0), 0);
	ck_assert_uint_eq(tear_off(100 * FLIGHT_LAG_MS), 0);
	/* It waits, but leaves before the time is over. */
	copy(&a, 1);
	ck_assert(!look(&a, AWAITS_BYTES).arrived);
	ck_assert_uint_eq(tear_off(200 * FLIGHT_LAG_MS), 0);
	ck_assert(!leave(&a, false));
	ck_assert_uint_eq(tear_off(300 * FLIGHT_LAG_MS), 0);
	ck_assert(!flight_is_torn(&b.reader));
}
END_TEST

START_TEST(who_is_alone_is_waited_for)
{
	head();
	append(FLIGHT_WINDOW);
	ck_assert(!flight_room(flight));
	ck_assert_uint_eq(tear_off(0), 0);
	ck_assert_uint_eq(tear_off(100 * FLIGHT_LAG_MS), 0);
	ck_assert_uint_eq(copy(&a, FLIGHT_WINDOW), FLIGHT_WINDOW);
	ck_assert_int_eq(maker.rooms, 1);
}
END_TEST

/* The flight's own window is not full, but others have used up the budget. */
START_TEST(pauses_when_the_budget_is_full_and_it_holds_something)
{
	struct budget *budget = budget_create(100000, 0);
	flight->log.budget = budget;
	head();
	budget_force(budget, 100000);
	ck_assert(flight_room(flight));
	append(20000);
	ck_assert(!flight_room(flight));
	ck_assert_uint_eq(copy(&a, 10000), 10000);
	ck_assert_int_eq(maker.rooms, 1);
	ck_assert(!flight_room(flight));
	ck_assert_uint_eq(copy(&a, 10000), 10000);
	ck_assert_int_eq(maker.rooms, 2);
	ck_assert(flight_room(flight));
	budget_give(budget, 100000);
	append(20000);
	ck_assert(flight_room(flight));
	ck_assert_uint_eq(copy(&a, 20000), 20000);
	finish();
	blocks_finish(&flight->log);
	budget_destroy(&budget);
	flight->log.budget = NULL;
}
END_TEST

/* With many readers at one position, the window moves when the last of them does. */
START_TEST(the_floor_moves_with_the_last_of_many)
{
	struct watcher many[50];
	head();
	append(40000);
	for (size_t i = 0; i < 50; i++) {
		many[i] = watcher_make();
		flight_join(flight, &many[i].reader);
	}
	ck_assert_uint_eq(copy(&a, 40000), 40000);
	for (size_t i = 0; i < 50; i++) {
		ck_assert_uint_eq(flight->floor, 0);
		ck_assert_uint_eq(copy(&many[i], 30000), 30000);
		flight_check(flight);
	}
	ck_assert_uint_eq(flight->floor, 30000);
	for (size_t i = 0; i < 50; i++)
		ck_assert(!leave(&many[i], false));
	ck_assert_uint_eq(flight->floor, 40000);
	flight_check(flight);
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
	Suite *suite = suite_create("flight_room");
	TCase *joinable = tcase_create("joinable");
	tcase_add_checked_fixture(joinable, set_up_joinable, tear_down);
	tcase_add_test(joinable, a_joinable_one_holds_all_and_always_has_room);
	tcase_add_test(joinable, says_once_that_it_is_outgrown);
	tcase_add_test(joinable, is_outgrown_when_the_ledger_is_full);
	tcase_add_test(joinable, drops_what_all_have_read_once_unshared);
	tcase_add_test(joinable, a_slow_reader_that_leaves_makes_room);
	tcase_add_test(joinable, who_keeps_others_waiting_is_torn_off);
	tcase_add_test(joinable, who_lags_is_torn_off_where_the_budget_is_full_too);
	tcase_add_test(joinable, who_trickles_is_torn_off_where_the_budget_is_full);
	tcase_add_test(joinable, who_catches_up_stays);
	tcase_add_test(joinable, who_comes_nearer_too_slowly_does_not);
	tcase_add_test(joinable, nobody_is_torn_off_while_nobody_waits);
	tcase_add_test(joinable, what_is_done_gives_its_memory_back_as_it_is_read);
	suite_add_tcase(suite, joinable);
	TCase *alone = tcase_create("private");
	tcase_add_checked_fixture(alone, set_up_private, tear_down);
	tcase_add_test(alone, asks_to_pause_and_to_go_on);
	tcase_add_test(alone, who_is_alone_is_waited_for);
	tcase_add_test(alone, pauses_when_the_budget_is_full_and_it_holds_something);
	tcase_add_test(alone, the_floor_moves_with_the_last_of_many);
	tcase_add_test(alone, the_last_one_out_cancels_and_asks_for_no_more);
	suite_add_tcase(suite, alone);
	return run_suite(suite);
}
