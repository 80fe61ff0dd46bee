#include "cache/store/shard.h"

#include "tests/unit/entries.h"
#include "tests/unit/main.h"

static struct shard shard;

static void set_up(void)
{
	shard_init(&shard);
}

static void tear_down(void)
{
	struct entry *e;
	while ((e = shard_evict(&shard, NULL))) {
		shard_check(&shard);
		entry_unref(&e);
	}
	shard_finish(&shard);
}

static void insert(uint64_t n, int64_t expires_ms)
{
	struct entry *replaced = shard_insert(&shard, entry_numbered(n, 1, expires_ms));
	ck_assert_ptr_null(replaced);
	shard_check(&shard);
}

static struct entry *find_form(uint64_t n, enum wire_form form, int64_t max_age_ms, int64_t now_ms,
			       struct entry **ret_expired)
{
	struct cache_key key = key_numbered(n);
	struct wanted wanted = {&key, form, true, max_age_ms, now_ms};
	struct entry *e = shard_find(&shard, &wanted, ret_expired);
	shard_check(&shard);
	return e;
}

static bool has(uint64_t n, int64_t max_age_ms, int64_t now_ms)
{
	struct entry *expired = NULL;
	scoped(entry_unref) struct entry *e =
	    find_form(n, WIRE_PLAIN, max_age_ms, now_ms, &expired);
	ck_assert_ptr_null(expired);
	return e != NULL;
}

static uint64_t evict(void)
{
	scoped(entry_unref) struct entry *e = shard_evict(&shard, NULL);
	shard_check(&shard);
	uint64_t n = 0;
	if (e)
		memcpy(&n, e->key.identity, sizeof n);
	return n;
}

START_TEST(finds_what_was_put_in)
{
	ck_assert(!has(1, -1, 0));
	insert(1, 100);
	ck_assert(has(1, -1, 0));
	ck_assert(!has(2, -1, 0));
	struct entry *expired = NULL;
	ck_assert_ptr_null(find_form(1, WIRE_STREAM, -1, 0, &expired));
}
END_TEST

START_TEST(evicts_the_oldest_and_a_hit_makes_young)
{
	for (uint64_t n = 1; n <= 4; n++)
		insert(n, 100);
	ck_assert(has(1, -1, 0));
	ck_assert(has(3, -1, 0));
	ck_assert_uint_eq(evict(), 2);
	ck_assert_uint_eq(evict(), 4);
	ck_assert_uint_eq(evict(), 1);
	ck_assert_uint_eq(evict(), 3);
	ck_assert_uint_eq(evict(), 0);
}
END_TEST

START_TEST(equal_fingerprints_are_not_equal_names)
{
	struct entry *a = entry_numbered(1, 1, 100);
	struct entry *b = entry_numbered(2, 1, 100);
	memcpy(b->key.fingerprint, a->key.fingerprint, sizeof a->key.fingerprint);
	struct cache_key second = b->key;
	ck_assert_ptr_null(shard_insert(&shard, a));
	ck_assert_ptr_null(shard_insert(&shard, b));
	shard_check(&shard);
	struct entry *expired = NULL;
	scoped(entry_unref) struct entry *found =
	    shard_find(&shard, &(struct wanted){&second, WIRE_PLAIN, .max_age_ms = -1}, &expired);
	ck_assert_ptr_eq(found, b);
	ck_assert(has(1, -1, 0));
}
END_TEST

START_TEST(a_later_one_replaces)
{
	insert(1, 100);
	insert(2, 100);
	struct entry *mine = entry_numbered(1, 5, 100);
	scoped(entry_unref) struct entry *replaced = shard_insert(&shard, mine);
	shard_check(&shard);
	ck_assert_ptr_nonnull(replaced);
	ck_assert_ptr_ne(replaced, mine);
	ck_assert_uint_eq(event_log_decoded_bytes(replaced->log), 1);
	ck_assert_uint_eq(shard.entries, 2);
	ck_assert_uint_eq(evict(), 2);
}
END_TEST

START_TEST(hands_over_what_has_expired)
{
	insert(1, 100);
	ck_assert(has(1, -1, 99));
	scoped(entry_unref) struct entry *expired = NULL;
	ck_assert_ptr_null(find_form(1, WIRE_PLAIN, -1, 100, &expired));
	ck_assert_ptr_nonnull(expired);
	ck_assert_uint_eq(shard.entries, 0);
}
END_TEST

START_TEST(too_old_for_one_is_not_too_old_for_all)
{
	insert(1, 100);
	ck_assert(has(1, 50, 49));
	ck_assert(!has(1, 50, 50));
	ck_assert(!has(1, 0, 1));
	ck_assert(!has(1, 0, 0));
	ck_assert(has(1, -1, 51));
}
END_TEST

START_TEST(grows_slot_by_slot)
{
	for (uint64_t n = 1; n <= 3000; n++) {
		insert(n, 100);
		ck_assert_uint_le(shard.entries, shard.slot_count);
		ck_assert_uint_le(shard.slot_room, n <= 8 ? 8 : 2 * n);
	}
	for (uint64_t n = 1; n <= 3000; n++)
		ck_assert(has(n, -1, 0));
}
END_TEST

static size_t sweep(size_t most, int64_t now_ms, size_t *ret_dropped, bool *ret_ended)
{
	struct list expired;
	list_init(&expired);
	size_t looks = shard_sweep(&shard, most, now_ms, &expired, ret_ended);
	*ret_dropped = 0;
	while (!list_empty(&expired)) {
		struct entry *e = container_of(expired.next, struct entry, lru);
		ck_assert_int_ge(now_ms, e->expires_ms);
		list_remove(&e->lru);
		entry_unref(&e);
		++*ret_dropped;
	}
	shard_check(&shard);
	return looks;
}

START_TEST(sweeps_within_its_bound_from_where_it_was)
{
	for (uint64_t n = 1; n <= 1000; n++)
		insert(n, n % 2 ? 100 : 200);
	size_t dropped, looks = 0, all = 0, rounds = 0;
	for (bool ended = false; !ended; rounds++) {
		size_t n = sweep(7, 100, &dropped, &ended);
		ck_assert_uint_le(n, 7);
		looks += n;
		all += dropped;
	}
	ck_assert_uint_eq(all, 500);
	ck_assert_uint_eq(looks, shard.slot_count);
	ck_assert_uint_eq(rounds, (shard.slot_count + 6) / 7);
	ck_assert_uint_eq(shard.entries, 500);
}
END_TEST

START_TEST(a_sweep_misses_nothing_while_it_grows)
{
	for (uint64_t n = 1; n <= 100; n++)
		insert(n, 100);
	size_t dropped, all = 0;
	uint64_t more = 1000;
	for (bool ended = false; !ended;) {
		sweep(3, 100, &dropped, &ended);
		all += dropped;
		insert(more++, 200);
	}
	ck_assert_uint_eq(all, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shard");
	TCase *all = tcase_create("shard");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, finds_what_was_put_in);
	tcase_add_test(all, evicts_the_oldest_and_a_hit_makes_young);
	tcase_add_test(all, equal_fingerprints_are_not_equal_names);
	tcase_add_test(all, a_later_one_replaces);
	tcase_add_test(all, hands_over_what_has_expired);
	tcase_add_test(all, too_old_for_one_is_not_too_old_for_all);
	tcase_add_test(all, grows_slot_by_slot);
	tcase_add_test(all, sweeps_within_its_bound_from_where_it_was);
	tcase_add_test(all, a_sweep_misses_nothing_while_it_grows);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
