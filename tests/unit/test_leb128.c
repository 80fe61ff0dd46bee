#include "cache/store/leb128.h"

#include "tests/unit/main.h"

#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(what_is_put_comes_back)
{
	static const struct {
		size_t length;
		size_t bytes;
	} cases[] = {
	    {0, 1},	 {1, 1},      {0x7f, 1},       {0x80, 2},
	    {0x3fff, 2}, {0x4000, 3}, {UINT32_MAX, 5}, {SIZE_MAX, LEB128_BYTES},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char bytes[LEB128_BYTES];
		const char *end = leb128_put(bytes, cases[i].length);
		const char *at = bytes;
		ck_assert_uint_eq(leb128_size(cases[i].length), cases[i].bytes);
		ck_assert_uint_eq((size_t)(end - bytes), cases[i].bytes);
		ck_assert_uint_eq(leb128_get(&at), cases[i].length);
		ck_assert_ptr_eq(at, end);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("leb128");
	TCase *all = tcase_create("leb128");
	tcase_add_test(all, what_is_put_comes_back);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
