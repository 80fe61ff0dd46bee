#include "base/utf8.h"

#include "tests/unit/main.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(tells_characters_from_what_is_none)
{
	static const struct {
		struct slice text;
		size_t length;
	} cases[] = {
	    {SLICE(""), 0},
	    {SLICE("a"), 1},
	    {SLICE("\x7f"), 1},
	    {SLICE("\0"), 1},
	    {SLICE("\x80"), 0},
	    {SLICE("\xc1\xbf"), 0},
	    {SLICE("\xc2\x80"), 2},
	    {SLICE("\xdf\xbf!"), 2},
	    {SLICE("\xdf"), 0},
	    {SLICE("\xdf\x7f"), 0},
	    {SLICE("\xe0\x9f\xbf"), 0},
	    {SLICE("\xe0\xa0\x80"), 3},
	    {SLICE("\xe2\x82"), 0},
	    {SLICE("\xe2\x82\xc0"), 0},
	    {SLICE("\xed\x9f\xbf"), 3},
	    {SLICE("\xed\xa0\x80"), 0},
	    {SLICE("\xef\xbf\xbf"), 3},
	    {SLICE("\xf0\x8f\xbf\xbf"), 0},
	    {SLICE("\xf0\x90\x80\x80"), 4},
	    {SLICE("\xf4\x8f\xbf\xbf"), 4},
	    {SLICE("\xf4\x90\x80\x80"), 0},
	    {SLICE("\xf4\x8f\xbf"), 0},
	    {SLICE("\xf5\x80\x80\x80"), 0},
	    {SLICE("\xff"), 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(utf8_length(cases[i].text) == cases[i].length, "%zu", i);
}
END_TEST

START_TEST(tells_what_cannot_be_seen)
{
	static const struct slice blank[] = {
	    SLICE(""),
	    SLICE(" \t\r\n\v\f"),
	    SLICE("\0"),
	    SLICE("\xc2\x85\xc2\xa0\xc2\xad"),
	    SLICE("\xe1\x9a\x80"),
	    SLICE("\xe2\x80\x80\xe2\x80\x8a\xe2\x80\x8b\xe2\x80\x8d\xe2\x80\x8f"),
	    SLICE("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\x9f\xe2\x81\xa0"),
	    SLICE("\xe3\x80\x80"),
	    SLICE("\xef\xbb\xbf"),
	    SLICE("\xf3\xa0\x80\xa0"),
	};
	static const struct slice seen[] = {
	    SLICE(" a"),
	    SLICE("!"),
	    SLICE("~"),
	    SLICE("\xc2\xa1"),
	    SLICE("\xe2\x80\x90"),
	    SLICE("\xe3\x80\x81"),
	    SLICE("\xef\xbb\xbe"),
	    SLICE(" \xf0\x9f\x98\x80"),
	    SLICE("\xff"),
	    SLICE("\xe2\x80"),
	    SLICE("\xef\xbf\xbd"),
	};
	for (size_t i = 0; i < COUNT(blank); i++)
		ck_assert_msg(utf8_is_blank(blank[i]), "%zu", i);
	for (size_t i = 0; i < COUNT(seen); i++)
		ck_assert_msg(!utf8_is_blank(seen[i]), "%zu", i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *all = tcase_create("utf8");
	tcase_add_test(all, tells_characters_from_what_is_none);
	tcase_add_test(all, tells_what_cannot_be_seen);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
