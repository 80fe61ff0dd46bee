#include "cache/store/store.h"

#include "tests/unit/entries.h"
#include "tests/unit/main.h"

#include <malloc.h>
#include <stdio.h>

enum { ROOM = 4 << 20, LARGEST = 1 << 20 };

static struct store *store_of(size_t limit_bytes, size_t limit_entries)
{
	return store_create(&(struct store_options){.limit_bytes = limit_bytes,
						    .limit_entries = limit_entries,
						    .max_entry_bytes = LARGEST});
}

static bool insert(struct store *s, uint64_t n, size_t len, int64_t expires_ms)
{
	struct entry *e = entry_numbered(n, len, expires_ms);
	enum store_answer answer = store_insert(s, &e);
	ck_assert_ptr_null(e);
	ck_assert_int_ne(answer, STORE_OUTDATED);
	store_check(s);
	return answer == STORE_STORED;
}

static struct entry *find(struct store *s, uint64_t n, int64_t now_ms)
{
	struct cache_key key = key_numbered(n);
	return store_find(s, &(struct wanted){&key, WIRE_PLAIN, true, -1, now_ms});
}

static bool has(struct store *s, uint64_t n, int64_t now_ms)
{
	scoped(entry_unref) struct entry *e = find(s, n, now_ms);
	return e != NULL;
}

static enum store_answer insert_asked(struct store *s, int64_t begun_ms, int64_t created_ms)
{
	struct event_log *log = zeros(1);
	struct entry *e = entry_create(&(struct entry_options){.key = key_numbered(1),
							       .form = WIRE_PLAIN,
							       .content_type = "",
							       .begun_ms = begun_ms,
							       .created_ms = created_ms,
							       .expires_ms = created_ms + 100},
				       &log);
	enum store_answer answer = store_insert(s, &e);
	store_check(s);
	return answer;
}

START_TEST(what_was_asked_for_later_stays)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 0);
	ck_assert_int_eq(insert_asked(s, 10, 20), STORE_STORED);
	ck_assert_int_eq(insert_asked(s, 9, 30), STORE_OUTDATED);
	scoped(entry_unref) struct entry *e = find(s, 1, 30);
	ck_assert_int_eq(e->created_ms, 20);
	ck_assert_uint_eq(store_figures(s).entries, 1);
	ck_assert_uint_eq(store_figures(s).evictions, 0);
	/* Unless the present one has expired. */
	ck_assert_int_eq(insert_asked(s, 9, 119), STORE_OUTDATED);
	ck_assert_int_eq(insert_asked(s, 9, 120), STORE_STORED);
	/* Of two that were requested at the same time, the later one replaces the other. */
	ck_assert_int_eq(insert_asked(s, 9, 121), STORE_STORED);
	ck_assert_int_eq(insert_asked(s, 10, 121), STORE_STORED);
}
END_TEST

/* However much memory there is, a few entries are in one shard, so the LRU order is exact. */
START_TEST(few_entries_leave_in_their_order)
{
	scoped(store_destroy) struct store *s = store_of((size_t)1 << 30, 100);
	for (uint64_t n = 0; n < 300; n++)
		ck_assert(insert(s, n, 10, 1000));
	for (uint64_t n = 0; n < 300; n++)
		ck_assert(has(s, n, 0) == (n >= 200));
}
END_TEST

START_TEST(remembers_and_forgets)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 0);
	ck_assert(!has(s, 1, 0));
	ck_assert(insert(s, 1, 100, 50));
	ck_assert(has(s, 1, 49));
	ck_assert(!has(s, 1, 50));
	store_check(s);
	struct store_figures figures = store_figures(s);
	ck_assert_uint_eq(figures.entries, 0);
	ck_assert_uint_eq(figures.used_bytes, 0);
	ck_assert_uint_eq(figures.expirations, 1);
	ck_assert_uint_eq(figures.evictions, 0);
}
END_TEST

START_TEST(never_uses_more_than_its_limit)
{
	static const size_t limits[] = {2000, 64 << 10, 300 << 10, ROOM};
	scoped(store_destroy) struct store *s = store_of(limits[_i], 0);
	unsigned seed = 1;
	for (uint64_t n = 1; n <= 2000; n++) {
		size_t len = (size_t)(rand_r(&seed) % 20000);
		bool fits = insert(s, n, len, 100);
		ck_assert(fits == has(s, n, 0));
		ck_assert_uint_le(store_figures(s).used_bytes, limits[_i]);
		ck_assert(fits || len + 600 > limits[_i]);
	}
	ck_assert_uint_gt(store_figures(s).evictions, 0);
}
END_TEST

START_TEST(refuses_what_is_too_large)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 0);
	ck_assert(insert(s, 1, 10, 100));
	ck_assert(insert(s, 2, LARGEST - 10000, 100));
	ck_assert(!insert(s, 3, LARGEST, 100));
	ck_assert(has(s, 1, 0));

	scoped(store_destroy) struct store *tiny = store_of(10000, 0);
	ck_assert(insert(tiny, 1, 10, 100));
	ck_assert(!insert(tiny, 2, 20000, 100));
	ck_assert(has(tiny, 1, 0)); /* nothing was evicted needlessly */
}
END_TEST

START_TEST(never_holds_more_entries_than_its_limit)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 10);
	for (uint64_t n = 1; n <= 100; n++) {
		ck_assert(insert(s, n, 10, 100));
		ck_assert(has(s, n, 0));
		ck_assert_uint_eq(store_figures(s).entries, n < 10 ? n : 10);
	}
	ck_assert_uint_eq(store_figures(s).evictions, 90);
}
END_TEST

START_TEST(keeps_what_is_asked_for)
{
	scoped(store_destroy) struct store *s = store_of(100 << 10, 0); /* one shard: exact LRU */
	ck_assert(insert(s, 1, 1000, 100));
	for (uint64_t n = 2; n <= 500; n++) {
		ck_assert(insert(s, n, 1000, 100));
		ck_assert(has(s, 1, 0));
	}
	ck_assert(!has(s, 2, 0));
}
END_TEST

START_TEST(a_later_one_replaces)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 0);
	ck_assert(insert(s, 1, 1000, 100));
	ck_assert(insert(s, 1, 10, 100));
	ck_assert_uint_eq(store_figures(s).entries, 1);
	ck_assert_uint_lt(store_figures(s).used_bytes, 1000);
	scoped(entry_unref) struct entry *e = find(s, 1, 0);
	ck_assert_uint_eq(event_log_decoded_bytes(e->log), 10);
}
END_TEST

START_TEST(a_reader_keeps_what_was_evicted)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 1);
	ck_assert(insert(s, 1, 5000, 100));
	scoped(entry_unref) struct entry *mine = find(s, 1, 0);
	ck_assert(insert(s, 2, 10, 100));
	ck_assert(!has(s, 1, 0));
	char *at = malloc(5000);
	event_log_decode(mine->log, at);
	ck_assert_int_eq(at[4999], 0);
	free(at);
}
END_TEST

START_TEST(what_is_reserved_pushes_entries_out)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 0);
	for (uint64_t n = 1; n <= 100; n++)
		ck_assert(insert(s, n, 30000, 100));
	ck_assert(store_reserve(s, ROOM / 2));
	store_check(s);
	ck_assert_uint_gt(store_figures(s).entries, 50);
	ck_assert_uint_lt(store_figures(s).entries, 80);
	ck_assert(!store_reserve(s, ROOM / 2 + 1));
	ck_assert(store_reserve(s, ROOM / 2));
	store_check(s);
	ck_assert_uint_eq(store_figures(s).entries, 0);
	ck_assert(!insert(s, 1, 10, 100));
	store_release(s, ROOM / 2);
	ck_assert(insert(s, 1, 10, 100));
	store_release(s, ROOM / 2);
	store_check(s);
	ck_assert_uint_eq(store_figures(s).reserved_bytes, 0);
}
END_TEST

START_TEST(a_sweep_drops_what_has_expired)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 0);
	for (uint64_t n = 1; n <= 1000; n++)
		ck_assert(insert(s, n, 10, n % 2 ? 100 : 200));
	store_sweep(s, 10000, 99);
	ck_assert_uint_eq(store_figures(s).entries, 1000);
	/* No shard has fewer slots than entries, nor than 8. */
	size_t sweeps = 0;
	for (; store_figures(s).entries > 500; sweeps++) {
		size_t before = store_figures(s).entries;
		store_sweep(s, 50, 100);
		store_check(s);
		ck_assert_uint_le(before - store_figures(s).entries, 100);
		ck_assert_uint_lt(sweeps, 1000);
	}
	ck_assert_uint_ge(sweeps, 10);
	ck_assert_uint_eq(store_figures(s).expirations, 500);
	store_sweep(s, 10000, 200);
	ck_assert_uint_eq(store_figures(s).used_bytes, 0);
}
END_TEST

static struct entry *find_form(struct store *s, uint64_t n, enum wire_form form, int64_t now_ms)
{
	struct cache_key key = key_numbered(n);
	return store_find(s, &(struct wanted){&key, form, false, -1, now_ms});
}

/* Adds an entry derived from the one of key_numbered(n), which must exist. */
static bool keep(struct store *s, uint64_t n, enum wire_form form, size_t len)
{
	scoped(entry_unref) struct entry *origin = find(s, n, 0);
	struct entry *e = entry_derived(origin, form, len);
	bool kept = store_keep(s, origin, &e);
	ck_assert_ptr_null(e);
	store_check(s);
	return kept;
}

START_TEST(what_is_derived_counts_in_bytes_only)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 1);
	ck_assert(insert(s, 1, 10, 100));
	size_t before = store_figures(s).used_bytes;
	ck_assert(keep(s, 1, WIRE_STREAM, 5000));
	ck_assert(keep(s, 1, WIRE_STREAM_USAGE, 5000));
	ck_assert(!keep(s, 1, WIRE_STREAM, 5000));
	struct store_figures figures = store_figures(s);
	ck_assert_uint_eq(figures.entries, 1);
	ck_assert_uint_eq(figures.derived, 2);
	ck_assert_uint_ge(figures.used_bytes, before + 10000);
	ck_assert_uint_le(figures.used_bytes, before + 12000);
	ck_assert_uint_eq(figures.evictions, 0);
}
END_TEST

START_TEST(what_is_derived_goes_with_its_origin)
{
	static const char *const ends[] = {"replaced", "expired", "swept", "evicted", "destroyed"};
	scoped(store_destroy) struct store *s = store_of(ROOM, _i == 3);
	ck_assert(insert(s, 1, 10, 100));
	ck_assert(keep(s, 1, WIRE_STREAM, 5000));
	scoped(entry_unref) struct entry *e = find_form(s, 1, WIRE_STREAM, 0);
	ck_assert_int_eq(e->form, WIRE_STREAM);
	if (_i == 0)
		ck_assert(insert(s, 1, 10, 100));
	else if (_i == 1)
		ck_assert_ptr_null(find_form(s, 1, WIRE_STREAM, 100));
	else if (_i == 2)
		store_sweep(s, 10000, 100);
	else if (_i == 3)
		ck_assert(insert(s, 2, 10, 100));
	else
		return;
	store_check(s);
	struct store_figures figures = store_figures(s);
	ck_assert_msg(figures.derived == 0, "%s", ends[_i]);
	ck_assert_uint_lt(figures.used_bytes, 5000);
	/* Derived entries are not counted. */
	ck_assert_uint_eq(figures.expirations, _i == 1 || _i == 2);
	ck_assert_uint_eq(figures.evictions, _i == 3);
}
END_TEST

START_TEST(what_is_derived_pushes_others_out_and_never_its_origin)
{
	scoped(store_destroy) struct store *s = store_of(100 << 10, 0); /* one shard */
	ck_assert(insert(s, 1, 40000, 100));
	ck_assert(insert(s, 2, 40000, 100));
	ck_assert(keep(s, 1, WIRE_STREAM, 40000));
	ck_assert(has(s, 1, 0));
	ck_assert(!has(s, 2, 0));
	/* Another derived entry of the same origin may be evicted for it. */
	ck_assert(keep(s, 1, WIRE_STREAM_USAGE, 40000));
	ck_assert_uint_eq(store_figures(s).derived, 1);
	/* If there is no room for it and its origin, nothing is evicted needlessly. */
	ck_assert(!keep(s, 1, WIRE_STREAM, 70000));
	ck_assert_uint_eq(store_figures(s).derived, 1);
	ck_assert(has(s, 1, 0));
}
END_TEST

/* The origin is the oldest entry, and all entries that may be evicted are in other shards. */
START_TEST(room_for_what_is_derived_is_found_elsewhere)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 0);
	ck_assert(insert(s, 1, 10, 100));
	scoped(entry_unref) struct entry *origin = find(s, 1, 0);
	for (uint64_t n = 2; store_figures(s).used_bytes < ROOM - 31000; n++)
		ck_assert(insert(s, n, 30000, 100));
	struct entry *e = entry_derived(origin, WIRE_STREAM, LARGEST / 2);
	ck_assert(store_keep(s, origin, &e));
	store_check(s);
	ck_assert(has(s, 1, 0));
	ck_assert(store_reserve(s, ROOM));
	ck_assert_uint_eq(store_figures(s).entries + store_figures(s).derived, 0);
	store_release(s, ROOM);
}
END_TEST

START_TEST(refuses_to_keep_what_is_too_large_or_orphaned)
{
	scoped(store_destroy) struct store *s = store_of(ROOM, 0);
	ck_assert(insert(s, 1, 10, 100));
	ck_assert(!keep(s, 1, WIRE_STREAM, LARGEST));
	scoped(entry_unref) struct entry *origin = find(s, 1, 0);
	ck_assert(insert(s, 1, 20, 100));
	struct entry *e = entry_derived(origin, WIRE_STREAM, 10);
	ck_assert(!store_keep(s, origin, &e));
	ck_assert_ptr_null(e);
	store_check(s);
	ck_assert_uint_eq(store_figures(s).derived, 0);
	ck_assert(keep(s, 1, WIRE_STREAM, 10));
}
END_TEST

#ifndef SANITIZED
static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

START_TEST(counts_the_memory_it_uses)
{
	static const size_t lengths[] = {100, 1500, 20000};
	size_t before = heap_bytes();
	scoped(store_destroy) struct store *s = store_of(64 << 20, 0);
	for (uint64_t n = 1; n <= 100000; n++) {
		struct entry *e = entry_numbered(n, lengths[_i], 100);
		ck_assert_int_eq(store_insert(s, &e), STORE_STORED);
	}
	store_check(s);
	double used = (double)store_figures(s).used_bytes;
	double really = (double)(heap_bytes() - before);
	printf("# %zu entries of %zu bytes: counted %.0f, really %.0f (%+.1f %%)\n",
	       store_figures(s).entries, lengths[_i], used, really, 100 * (used / really - 1));
	ck_assert_double_ge(used, 0.9 * really);
	ck_assert_double_le(used, 1.1 * really);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *all = tcase_create("store");
	tcase_add_test(all, what_was_asked_for_later_stays);
	tcase_add_test(all, few_entries_leave_in_their_order);
	tcase_add_test(all, remembers_and_forgets);
	tcase_add_loop_test(all, never_uses_more_than_its_limit, 0, 4);
	tcase_add_test(all, refuses_what_is_too_large);
	tcase_add_test(all, never_holds_more_entries_than_its_limit);
	tcase_add_test(all, keeps_what_is_asked_for);
	tcase_add_test(all, a_later_one_replaces);
	tcase_add_test(all, a_reader_keeps_what_was_evicted);
	tcase_add_test(all, what_is_reserved_pushes_entries_out);
	tcase_add_test(all, a_sweep_drops_what_has_expired);
	tcase_add_test(all, what_is_derived_counts_in_bytes_only);
	tcase_add_loop_test(all, what_is_derived_goes_with_its_origin, 0, 5);
	tcase_add_test(all, what_is_derived_pushes_others_out_and_never_its_origin);
	tcase_add_test(all, room_for_what_is_derived_is_found_elsewhere);
	tcase_add_test(all, refuses_to_keep_what_is_too_large_or_orphaned);
#ifndef SANITIZED
	tcase_add_loop_test(process_cases(suite), counts_the_memory_it_uses, 0, 3);
#endif
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
