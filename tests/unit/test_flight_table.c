#include "cache/flight/flight_table.h"

#include "tests/unit/main.h"
#include "tests/unit/keys.h"

static struct store *ledger;
static struct flight_table *table;

static void set_up(void)
{
	ledger = store_create(&(struct store_options){.limit_bytes = 1 << 20});
	table = flight_table_create();
	flight_table_lock(table);
}

static void tear_down(void)
{
	flight_table_unlock(table);
	flight_table_destroy(&table);
	store_destroy(&ledger);
}

static struct flight *flight_numbered(uint64_t n, enum wire_form form)
{
	struct cache_key key = key_numbered(n);
	return flight_create(&(struct flight_options){&key, form, 1000, .ledger = ledger});
}

static struct flight *find(uint64_t n, enum wire_form form)
{
	struct cache_key key = key_numbered(n);
	return flight_table_find(table, &key, 0, form);
}

static struct flight *find_any(uint64_t n)
{
	struct cache_key key = key_numbered(n);
	return flight_table_find_any(table, &key, 0);
}

START_TEST(finds_by_name_and_form)
{
	scoped(flight_unref) struct flight *plain = flight_numbered(1, WIRE_PLAIN);
	scoped(flight_unref) struct flight *stream = flight_numbered(1, WIRE_STREAM);
	flight_table_add(table, plain);
	ck_assert_ptr_eq(find(1, WIRE_PLAIN), plain);
	ck_assert_ptr_null(find(1, WIRE_STREAM));
	ck_assert_ptr_null(find(2, WIRE_PLAIN));
	ck_assert_ptr_null(find_any(2));
	flight_table_add(table, stream);
	flight_table_check(table);
	ck_assert_ptr_eq(find(1, WIRE_STREAM), stream);
	ck_assert_ptr_eq(find_any(1), plain);
	flight_table_remove(table, plain);
	flight_table_check(table);
	ck_assert_ptr_null(find(1, WIRE_PLAIN));
	ck_assert(!flight_table_has(table, plain));
	ck_assert(flight_table_has(table, stream));
	ck_assert_ptr_eq(find_any(1), stream);
	flight_table_remove(table, plain); /* not in the table: does nothing */
	flight_table_remove(table, stream);
	ck_assert_uint_eq(flight_table_count(table), 0);
}
END_TEST

START_TEST(equal_fingerprints_are_not_equal_names)
{
	struct cache_key first = key_numbered(1), second = key_numbered(2);
	memcpy(second.fingerprint, first.fingerprint, sizeof first.fingerprint);
	scoped(flight_unref) struct flight *f =
	    flight_create(&(struct flight_options){&first, WIRE_PLAIN, 1000, .ledger = ledger});
	flight_table_add(table, f);
	ck_assert_ptr_null(flight_table_find(table, &second, 0, WIRE_PLAIN));
	ck_assert_ptr_null(flight_table_find_any(table, &second, 0));
	flight_table_remove(table, f);
}
END_TEST

START_TEST(holds_more_than_it_has_slots)
{
	enum { MANY = 3000 };
	for (uint64_t n = 0; n < MANY; n++) {
		scoped(flight_unref) struct flight *f = flight_numbered(n, WIRE_PLAIN);
		flight_table_add(table, f);
	}
	flight_table_check(table);
	ck_assert_uint_eq(flight_table_count(table), MANY);
	for (uint64_t n = 0; n < MANY; n++) {
		scoped(flight_unref) struct flight *f = flight_ref(find(n, WIRE_PLAIN));
		flight_table_remove(table, f);
	}
	ck_assert_uint_eq(flight_table_count(table), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flight_table");
	TCase *all = tcase_create("flight_table");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, finds_by_name_and_form);
	tcase_add_test(all, equal_fingerprints_are_not_equal_names);
	tcase_add_test(all, holds_more_than_it_has_slots);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
