#include "cache/store/phrase.h"

#include "tests/unit/main.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(lengths_come_back)
{
	static const struct {
		size_t len;
		size_t bytes;
	} cases[] = {
	    {0, 1},
	    {1, 1},
	    {254, 1},
	    {255, 2},
	    {255 + 127, 2},
	    {255 + 128, 3},
	    {255 + 0x3fff, 3},
	    {255 + 0x4000, 4},
	    {SIZE_MAX, PHRASE_LENGTH_BYTES},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char bytes[PHRASE_LENGTH_BYTES];
		const char *end = phrase_put_length(bytes, cases[i].len);
		const char *at = bytes;
		ck_assert_uint_eq((size_t)(end - bytes), cases[i].bytes);
		ck_assert_uint_eq(phrase_get_length(&at), cases[i].len);
		ck_assert_ptr_eq(at, end);
	}
}
END_TEST

START_TEST(copies_come_back)
{
	static const struct {
		struct copy copy;
		size_t bytes;
	} cases[] = {
	    {{0, 0}, 1},
	    {{5, 1}, 3},
	    {{254, PHRASE_WINDOW}, 3},
	    {{255, 258}, 4},
	    {{SIZE_MAX, 7}, PHRASE_COPY_BYTES},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char bytes[PHRASE_COPY_BYTES];
		const char *end = phrase_put_copy(bytes, cases[i].copy);
		const char *at = bytes;
		struct copy back = phrase_get_copy(&at);
		ck_assert_uint_eq((size_t)(end - bytes), cases[i].bytes);
		ck_assert_uint_eq(back.len, cases[i].copy.len);
		ck_assert_uint_eq(back.distance, cases[i].copy.distance);
		ck_assert_ptr_eq(at, end);
	}
}
END_TEST

START_TEST(a_literal_lies_in_place)
{
	static const char bytes[] = "\3abc\0\0\7";
	const char *at = bytes;
	ck_assert(slice_is(phrase_get_literal(&at), "abc"));
	ck_assert_uint_eq(phrase_get_copy(&at).len, 0);
	ck_assert_uint_eq(phrase_get_literal(&at).len, 0);
	ck_assert_int_eq(*at, 7);
}
END_TEST

/* The result is as if byte after byte were copied, and nothing beyond it is written. */
START_TEST(a_copy_may_reach_into_itself)
{
	for (size_t distance = 1; distance <= 20; distance++) {
		for (size_t len = 0; len <= 100; len++) {
			char bytes[128], expected[128];
			memset(bytes, '.', sizeof bytes);
			memcpy(bytes, "abcdefghijklmnopqrst", 20);
			memcpy(expected, bytes, sizeof bytes);
			for (size_t i = 20; i < 20 + len; i++)
				expected[i] = expected[i - distance];
			struct copy copy = {len, len ? distance : 0};
			ck_assert_ptr_eq(phrase_copy(bytes + 20, copy), bytes + 20 + len);
			ck_assert(memcmp(bytes, expected, sizeof bytes) == 0);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("phrase");
	TCase *all = tcase_create("phrase");
	tcase_add_test(all, lengths_come_back);
	tcase_add_test(all, copies_come_back);
	tcase_add_test(all, a_literal_lies_in_place);
	tcase_add_test(all, a_copy_may_reach_into_itself);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
