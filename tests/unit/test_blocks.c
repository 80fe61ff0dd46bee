#include "cache/flight/blocks.h"

#include "tests/unit/main.h"

static char pattern[1 << 20];

static void set_up(void)
{
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (char)((i * 31) ^ (i >> 8));
}

static struct store *store_of(size_t limit_bytes)
{
	return store_create(
	    &(struct store_options){.limit_bytes = limit_bytes, .max_entry_bytes = limit_bytes});
}

static bool append(struct blocks *l, size_t len)
{
	bool refused = false;
	ck_assert(blocks_append(l, slice_make(pattern + l->total, len), &refused));
	blocks_check(l);
	return !refused;
}

START_TEST(gives_back_what_was_appended)
{
	unsigned seed = (unsigned)_i;
	struct blocks l = {0};
	while (l.total < sizeof pattern - 40000)
		append(&l, (size_t)(rand_r(&seed) % 40000));
	char *at = malloc(l.total);
	struct block *block = l.first;
	for (size_t position = 0; position < l.total;) {
		size_t n = (size_t)(rand_r(&seed) % 40000);
		if (n > l.total - position)
			n = l.total - position;
		block = blocks_copy(block, position, n, at + position);
		position += n;
		blocks_drop(&l, position);
		blocks_check(&l);
	}
	ck_assert(memcmp(at, pattern, l.total) == 0);
	ck_assert_ptr_eq(l.first, l.last);
	free(at);
	blocks_finish(&l);
}
END_TEST

START_TEST(starts_small_and_doubles)
{
	struct blocks l = {0};
	append(&l, 100000);
	size_t sizes[] = {2 << 10, 4 << 10, 8 << 10, 16 << 10, 16 << 10};
	struct block *b = l.first;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++, b = b->next)
		ck_assert_uint_eq(b->room + sizeof *b, sizes[i]);
	blocks_finish(&l);
}
END_TEST

START_TEST(one_that_ends_at_the_floor_stays)
{
	struct blocks l = {0};
	append(&l, 10000);
	struct block *first = l.first;
	size_t end = first->room;
	blocks_drop(&l, end);
	ck_assert_ptr_eq(l.first, first);
	blocks_drop(&l, end + 1);
	ck_assert_ptr_ne(l.first, first);
	blocks_drop(&l, l.total);
	ck_assert_ptr_nonnull(l.first);
	blocks_check(&l);
	blocks_finish(&l);
}
END_TEST

START_TEST(charges_what_it_holds)
{
	scoped(store_destroy) struct store *s = store_of(1 << 20);
	struct blocks l = {.ledger = s};
	ck_assert(append(&l, 100000));
	ck_assert_uint_eq(store_figures(s).reserved_bytes, l.charged);
	ck_assert_uint_ge(l.charged, 100000);
	ck_assert_uint_le(l.charged, 120000);
	blocks_drop(&l, 50000);
	blocks_check(&l);
	ck_assert_uint_eq(store_figures(s).reserved_bytes, l.charged);
	ck_assert_uint_le(l.charged, 70000);
	blocks_finish(&l);
	ck_assert_uint_eq(store_figures(s).reserved_bytes, 0);
}
END_TEST

START_TEST(holds_what_the_ledger_refuses)
{
	scoped(store_destroy) struct store *s = store_of(20000);
	struct blocks l = {.ledger = s};
	ck_assert(append(&l, 10000));
	ck_assert(!append(&l, 50000));
	ck_assert_uint_le(l.charged, 20000);
	size_t charged = l.charged;
	blocks_close(&l);
	ck_assert(append(&l, 50000));
	ck_assert_uint_eq(l.charged, charged);
	blocks_check(&l);
	char *at = malloc(l.total);
	blocks_copy(l.first, 0, l.total, at);
	ck_assert(memcmp(at, pattern, l.total) == 0);
	free(at);
	blocks_finish(&l);
	ck_assert_uint_eq(store_figures(s).reserved_bytes, 0);
}
END_TEST

START_TEST(takes_of_the_budget_what_the_ledger_does_not_hold)
{
	scoped(store_destroy) struct store *s = store_of(20000);
	struct budget *b = budget_create(1000, 0);
	struct blocks l = {.ledger = s, .budget = b};
	ck_assert(append(&l, 10000));
	ck_assert_uint_eq(budget_figures(b).used_bytes, 0);
	blocks_close(&l);
	ck_assert(append(&l, 50000));
	ck_assert_uint_ge(budget_figures(b).used_bytes + l.charged, 60000);
	blocks_drop(&l, 30000);
	ck_assert_uint_le(budget_figures(b).used_bytes, 50000);
	ck_assert_uint_eq(store_figures(s).reserved_bytes, 0);
	blocks_finish(&l);
	budget_destroy(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blocks");
	TCase *all = tcase_create("blocks");
	tcase_add_checked_fixture(all, set_up, NULL);
	tcase_add_loop_test(all, gives_back_what_was_appended, 0, 20);
	tcase_add_test(all, starts_small_and_doubles);
	tcase_add_test(all, one_that_ends_at_the_floor_stays);
	tcase_add_test(all, charges_what_it_holds);
	tcase_add_test(all, takes_of_the_budget_what_the_ledger_does_not_hold);
	tcase_add_test(all, holds_what_the_ledger_refuses);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
