#include "cache/key/fingerprint.h"

#include "tests/unit/main.h"

#include <openssl/sha.h>

static struct cache_key key_of(const char *scope, const char *canonical)
{
	scoped(hasher_destroy) struct hasher *n = hasher_create();
	struct cache_key key;
	hasher_key(n, slice_of(scope), slice_of(canonical), &key);
	return key;
}

static bool differ_wholly(const struct cache_key *a, const struct cache_key *b)
{
	return memcmp(a->identity, b->identity, sizeof(a->identity)) != 0 &&
	       (a->fingerprint[0] != b->fingerprint[0] || a->fingerprint[1] != b->fingerprint[1]);
}

START_TEST(gives_the_same_bytes_the_same_name)
{
	scoped(hasher_destroy) struct hasher *n = hasher_create();
	struct cache_key first, other, again;
	hasher_key(n, slice_of("scope"), slice_of("form"), &first);
	hasher_key(n, slice_of("scope"), slice_of("other form"), &other);
	hasher_key(n, slice_of("scope"), slice_of("form"), &again);
	ck_assert(cache_key_equal(&first, &again));
	ck_assert(!cache_key_equal(&first, &other));
}
END_TEST

START_TEST(does_not_depend_on_the_namer)
{
	struct cache_key a = key_of("scope", "form");
	struct cache_key b = key_of("scope", "form");
	ck_assert(cache_key_equal(&a, &b));
}
END_TEST

START_TEST(lets_no_byte_move_between_scope_and_form)
{
	static const char whole[] = "abcdef";
	struct cache_key keys[7];
	scoped(hasher_destroy) struct hasher *n = hasher_create();
	for (size_t cut = 0; cut <= 6; cut++)
		hasher_key(n, slice_make(whole, cut), slice_make(whole + cut, 6 - cut), &keys[cut]);
	for (size_t i = 0; i < 7; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert(differ_wholly(&keys[i], &keys[j]));
}
END_TEST

/* 300 bytes, so that the lengths below take XXH3's paths for short, medium and long input. */
START_TEST(notices_every_bit)
{
	static const size_t lengths[] = {1, 8, 16, 100, 200, 300};
	scoped(hasher_destroy) struct hasher *n = hasher_create();
	char form[300] = {0};
	size_t len = lengths[_i];
	struct cache_key plain, changed;
	hasher_key(n, slice_of("scope"), slice_make(form, len), &plain);
	for (size_t bit = 0; bit < len * 8; bit++) {
		form[bit / 8] = (char)(form[bit / 8] ^ (1 << bit % 8));
		hasher_key(n, slice_of("scope"), slice_make(form, len), &changed);
		ck_assert(differ_wholly(&plain, &changed));
		form[bit / 8] = (char)(form[bit / 8] ^ (1 << bit % 8));
	}
}
END_TEST

START_TEST(takes_nothing)
{
	struct cache_key none = key_of("", "");
	struct cache_key scope = key_of("a", "");
	struct cache_key form = key_of("", "a");
	ck_assert(differ_wholly(&none, &scope));
	ck_assert(differ_wholly(&none, &form));
	ck_assert(differ_wholly(&scope, &form));
	scoped(hasher_destroy) struct hasher *n = hasher_create();
	struct cache_key null;
	hasher_key(n, slice_make(NULL, 0), slice_make(NULL, 0), &null);
	ck_assert(cache_key_equal(&none, &null));
}
END_TEST

/* Identities will leave the process (tiers), so their computation is fixed. */
START_TEST(proves_with_sha256_of_length_scope_and_form)
{
	static const char bytes[] = "\5\0\0\0\0\0\0\0scopeform";
	uint8_t expected[32];
	SHA256((const unsigned char *)bytes, sizeof(bytes) - 1, expected);
	struct cache_key key = key_of("scope", "form");
	ck_assert_mem_eq(key.identity, expected, sizeof(expected));
}
END_TEST

START_TEST(compares_all_parts)
{
	struct cache_key a = key_of("scope", "form");
	struct cache_key b = a;
	ck_assert(cache_key_equal(&a, &b));
	b.identity[31] ^= 1;
	ck_assert(!cache_key_equal(&a, &b));
	b = a;
	b.fingerprint[0] ^= 1;
	ck_assert(!cache_key_equal(&a, &b));
	b = a;
	b.fingerprint[1] ^= 1;
	ck_assert(!cache_key_equal(&a, &b));
}
END_TEST

START_TEST(conceals_with_a_key)
{
	scoped(hasher_destroy) struct hasher *n = hasher_create();
	scoped(hasher_destroy) struct hasher *m = hasher_create();
	uint8_t hash[32], same[32], other[32], plain[32];
	hasher_conceal(n, slice_of("sk-1"), hash);
	hasher_conceal(m, slice_of("sk-1"), same);
	hasher_conceal(n, slice_of("sk-2"), other);
	SHA256((const unsigned char *)"sk-1", 4, plain);
	ck_assert_mem_eq(hash, same, sizeof(hash));
	ck_assert_mem_ne(hash, other, sizeof(hash));
	ck_assert_mem_ne(hash, plain, sizeof(hash));
}
END_TEST

/* Finds a hash at each index, but not if any one of its bytes differs by a bit. */
START_TEST(finds_what_was_concealed)
{
	enum { COUNT = 5 };
	uint8_t hashes[COUNT][32];
	struct hasher *n = hasher_create();
	static const char *const texts[COUNT] = {"a", "b", "c", "d", "e"};
	for (size_t i = 0; i < COUNT; i++)
		hasher_conceal(n, slice_of(texts[i]), hashes[i]);
	for (size_t i = 0; i < COUNT; i++) {
		uint8_t wanted[32];
		hasher_conceal(n, slice_of(texts[i]), wanted);
		ck_assert_uint_eq(concealed_find(hashes[0], COUNT, wanted), i + 1);
		ck_assert_uint_eq(concealed_find(hashes[0], i, wanted), 0);
		for (size_t bit = 0; bit < 256; bit++) {
			wanted[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ck_assert_uint_eq(concealed_find(hashes[0], COUNT, wanted), 0);
			wanted[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	hasher_destroy(&n);
}
END_TEST

START_TEST(destroys_nothing)
{
	struct hasher *n = NULL;
	hasher_destroy(&n);
	n = hasher_create();
	hasher_destroy(&n);
	ck_assert_ptr_null(n);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fingerprint");
	TCase *all = tcase_create("fingerprint");
	tcase_add_test(all, gives_the_same_bytes_the_same_name);
	tcase_add_test(all, does_not_depend_on_the_namer);
	tcase_add_test(all, lets_no_byte_move_between_scope_and_form);
	tcase_add_loop_test(all, notices_every_bit, 0, 6);
	tcase_add_test(all, takes_nothing);
	tcase_add_test(all, proves_with_sha256_of_length_scope_and_form);
	tcase_add_test(all, compares_all_parts);
	tcase_add_test(all, conceals_with_a_key);
	tcase_add_test(all, finds_what_was_concealed);
	tcase_add_test(all, destroys_nothing);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
