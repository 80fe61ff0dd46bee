#include "cache/key/fingerprint.h"

#include "tests/unit/main.h"

#include <openssl/sha.h>

static struct name name_of(const char *scope, const char *canonical)
{
	scoped(namer_destroy) struct namer *n = namer_create();
	struct name name;
	namer_name(n, slice_of(scope), slice_of(canonical), &name);
	return name;
}

static bool differ_wholly(const struct name *a, const struct name *b)
{
	return memcmp(a->identity, b->identity, sizeof(a->identity)) != 0 &&
	       (a->fingerprint[0] != b->fingerprint[0] || a->fingerprint[1] != b->fingerprint[1]);
}

START_TEST(gives_the_same_bytes_the_same_name)
{
	scoped(namer_destroy) struct namer *n = namer_create();
	struct name first, other, again;
	namer_name(n, slice_of("scope"), slice_of("form"), &first);
	namer_name(n, slice_of("scope"), slice_of("other form"), &other);
	namer_name(n, slice_of("scope"), slice_of("form"), &again);
	ck_assert(name_equal(&first, &again));
	ck_assert(!name_equal(&first, &other));
}
END_TEST

START_TEST(does_not_depend_on_the_namer)
{
	struct name a = name_of("scope", "form");
	struct name b = name_of("scope", "form");
	ck_assert(name_equal(&a, &b));
}
END_TEST

START_TEST(lets_no_byte_move_between_scope_and_form)
{
	static const char whole[] = "abcdef";
	struct name names[7];
	scoped(namer_destroy) struct namer *n = namer_create();
	for (size_t cut = 0; cut <= 6; cut++)
		namer_name(n, slice_make(whole, cut), slice_make(whole + cut, 6 - cut),
			   &names[cut]);
	for (size_t i = 0; i < 7; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert(differ_wholly(&names[i], &names[j]));
}
END_TEST

/* 300 bytes, so that the lengths below take XXH3's paths for short, medium and long input. */
START_TEST(notices_every_bit)
{
	static const size_t lengths[] = {1, 8, 16, 100, 200, 300};
	scoped(namer_destroy) struct namer *n = namer_create();
	char form[300] = {0};
	size_t len = lengths[_i];
	struct name plain, changed;
	namer_name(n, slice_of("scope"), slice_make(form, len), &plain);
	for (size_t bit = 0; bit < len * 8; bit++) {
		form[bit / 8] = (char)(form[bit / 8] ^ (1 << bit % 8));
		namer_name(n, slice_of("scope"), slice_make(form, len), &changed);
		ck_assert(differ_wholly(&plain, &changed));
		form[bit / 8] = (char)(form[bit / 8] ^ (1 << bit % 8));
	}
}
END_TEST

START_TEST(takes_nothing)
{
	struct name none = name_of("", "");
	struct name scope = name_of("a", "");
	struct name form = name_of("", "a");
	ck_assert(differ_wholly(&none, &scope));
	ck_assert(differ_wholly(&none, &form));
	ck_assert(differ_wholly(&scope, &form));
	scoped(namer_destroy) struct namer *n = namer_create();
	struct name null;
	namer_name(n, slice_make(NULL, 0), slice_make(NULL, 0), &null);
	ck_assert(name_equal(&none, &null));
}
END_TEST

/* Identities will leave the process (tiers), so their computation is fixed. */
START_TEST(proves_with_sha256_of_length_scope_and_form)
{
	static const char bytes[] = "\5\0\0\0\0\0\0\0scopeform";
	uint8_t expected[32];
	SHA256((const unsigned char *)bytes, sizeof(bytes) - 1, expected);
	struct name name = name_of("scope", "form");
	ck_assert_mem_eq(name.identity, expected, sizeof(expected));
}
END_TEST

START_TEST(compares_all_parts)
{
	struct name a = name_of("scope", "form");
	struct name b = a;
	ck_assert(name_equal(&a, &b));
	b.identity[31] ^= 1;
	ck_assert(!name_equal(&a, &b));
	b = a;
	b.fingerprint[0] ^= 1;
	ck_assert(!name_equal(&a, &b));
	b = a;
	b.fingerprint[1] ^= 1;
	ck_assert(!name_equal(&a, &b));
}
END_TEST

START_TEST(conceals_with_a_key)
{
	scoped(namer_destroy) struct namer *n = namer_create();
	scoped(namer_destroy) struct namer *m = namer_create();
	uint8_t hash[32], same[32], other[32], plain[32];
	namer_conceal(n, slice_of("sk-1"), hash);
	namer_conceal(m, slice_of("sk-1"), same);
	namer_conceal(n, slice_of("sk-2"), other);
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
	struct namer *n = namer_create();
	static const char *const texts[COUNT] = {"a", "b", "c", "d", "e"};
	for (size_t i = 0; i < COUNT; i++)
		namer_conceal(n, slice_of(texts[i]), hashes[i]);
	for (size_t i = 0; i < COUNT; i++) {
		uint8_t wanted[32];
		namer_conceal(n, slice_of(texts[i]), wanted);
		ck_assert_uint_eq(concealed_find(hashes[0], COUNT, wanted), i + 1);
		ck_assert_uint_eq(concealed_find(hashes[0], i, wanted), 0);
		for (size_t bit = 0; bit < 256; bit++) {
			wanted[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ck_assert_uint_eq(concealed_find(hashes[0], COUNT, wanted), 0);
			wanted[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	namer_destroy(&n);
}
END_TEST

START_TEST(destroys_nothing)
{
	struct namer *n = NULL;
	namer_destroy(&n);
	n = namer_create();
	namer_destroy(&n);
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
