#include "base/slice.h"

#include "tests/unit/main.h"

START_TEST(compares_bytes_and_not_texts)
{
	struct slice with_nul = slice_make("a\0b", 3);
	ck_assert(slice_equal(with_nul, slice_make("a\0b", 3)));
	ck_assert(!slice_equal(with_nul, slice_make("a\0c", 3)));
	ck_assert(!slice_is(with_nul, "a"));
	ck_assert(slice_equal(slice_make(NULL, 0), slice_make("", 0)));
	ck_assert(slice_is(slice_of(NULL), ""));
}
END_TEST

START_TEST(ignores_case_where_asked)
{
	ck_assert(slice_is_nocase(slice_of("Content-TYPE"), "content-type"));
	ck_assert(!slice_is(slice_of("Content-TYPE"), "content-type"));
	ck_assert(!slice_is_nocase(slice_of("content"), "content-type"));
}
END_TEST

START_TEST(knows_how_it_starts)
{
	ck_assert(slice_starts(slice_of("/v1/chat"), slice_of("/v1/")));
	ck_assert(slice_starts(slice_of("/v1/"), slice_of("/v1/")));
	ck_assert(slice_starts(slice_of("/v1/"), slice_of("")));
	ck_assert(!slice_starts(slice_of("/v1"), slice_of("/v1/")));
	ck_assert(slice_is(slice_after(slice_of("/v1/chat"), 3), "/chat"));
}
END_TEST

static const struct {
	const char *text;
	const char *trimmed;
} trims[] = {
    {"", ""},	 {" ", ""},    {"\t \t", ""},	     {"a", "a"},
    {" a", "a"}, {"a\t", "a"}, {" \ta b \t", "a b"}, {"\na\r", "\na\r"},
};

START_TEST(trims_spaces_and_tabs_only)
{
	ck_assert(slice_is(slice_trim(slice_of(trims[_i].text)), trims[_i].trimmed));
}
END_TEST

START_TEST(cuts_at_a_mark_to_the_last_part)
{
	struct slice rest = slice_of("a,,b");
	ck_assert(slice_is(slice_cut(&rest, ','), "a"));
	ck_assert(slice_is(slice_cut(&rest, ','), ""));
	ck_assert_ptr_nonnull(rest.at);
	ck_assert(slice_is(slice_cut(&rest, ','), "b"));
	ck_assert_ptr_null(rest.at);
	ck_assert_uint_eq(slice_cut(&rest, ',').len, 0);
}
END_TEST

START_TEST(cuts_an_empty_part_behind_a_last_mark)
{
	struct slice rest = slice_of("a,");
	ck_assert(slice_is(slice_cut(&rest, ','), "a"));
	ck_assert_ptr_nonnull(rest.at);
	ck_assert_uint_eq(slice_cut(&rest, ',').len, 0);
	ck_assert_ptr_null(rest.at);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slice");
	TCase *all = tcase_create("slice");
	tcase_add_test(all, compares_bytes_and_not_texts);
	tcase_add_test(all, ignores_case_where_asked);
	tcase_add_test(all, knows_how_it_starts);
	tcase_add_loop_test(all, trims_spaces_and_tabs_only, 0, sizeof trims / sizeof *trims);
	tcase_add_test(all, cuts_at_a_mark_to_the_last_part);
	tcase_add_test(all, cuts_an_empty_part_behind_a_last_mark);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
