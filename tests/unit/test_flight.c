#include "cache/flight/flight.h"

#include "tests/unit/flights.h"
#include "tests/unit/main.h"

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
	struct cache_key key = key_numbered(1);
	ck_assert(cache_key_equal(flight_key(flight), &key));
	ck_assert_int_eq(flight_form(flight), WIRE_STREAM);
	ck_assert(flight_joinable(flight));
	ck_assert_uint_eq(flight_readers(flight), 1);
	unshare_flight();
	ck_assert(!flight_joinable(flight));
	ck_assert(cache_key_equal(flight_key(flight), &key));
}
END_TEST

START_TEST(a_private_one_has_no_name)
{
	ck_assert_ptr_null(flight_key(flight));
	ck_assert(!flight_joinable(flight));
	ck_assert(!look(&a, AWAITS_HEAD).joinable);
	ck_assert(!look(&a, AWAITS_BYTES).arrived);
	ck_assert(look(&a, AWAITS_END).arrived); /* it progresses only if it is read */
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
		unshare_flight();
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
	/* Woken once: by the event, or else by what came later. */
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
	ck_assert(look(&a, AWAITS_HEAD).arrived); /* no longer awaits the end */
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
	unshare_flight();
	ck_assert_int_eq(maker.abandons, 1);
	append(1000); /* further bytes are not kept */
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
	suite_add_tcase(suite, joinable);
	TCase *alone = tcase_create("private");
	tcase_add_checked_fixture(alone, set_up_private, tear_down);
	tcase_add_test(alone, a_private_one_has_no_name);
	tcase_add_test(alone, a_private_one_is_never_finished_for_the_cache);
	suite_add_tcase(suite, alone);
	return run_suite(suite);
}
