#include "base/buf.h"

#include "tests/unit/main.h"

START_TEST(grows_to_its_bound_and_not_past_it)
{
	struct buf b = buf_make(100);
	for (int i = 0; i < 100; i++)
		ck_assert(buf_append_byte(&b, 'x'));
	ck_assert(!buf_append_byte(&b, 'x'));
	ck_assert_uint_eq(b.len, 100);
	ck_assert_uint_le(b.cap, 100);
	buf_finish(&b);
}
END_TEST

START_TEST(leaves_itself_as_it_was_when_full)
{
	struct buf b = buf_make(4);
	ck_assert(buf_append_text(&b, "abc"));
	ck_assert(!buf_append_text(&b, "de"));
	ck_assert(slice_is(buf_slice(&b), "abc"));
	buf_finish(&b);
}
END_TEST

START_TEST(drops_from_the_front)
{
	struct buf b = buf_make(16);
	ck_assert(buf_append_text(&b, "head tail"));
	buf_drop_front(&b, 5);
	ck_assert(slice_is(buf_slice(&b), "tail"));
	buf_finish(&b);
}
END_TEST

START_TEST(gives_back_more_than_it_may_keep)
{
	struct buf b = buf_make(1000);
	ck_assert(buf_append_text(&b, "some"));
	buf_recycle(&b, 100);
	ck_assert(b.len == 0 && b.cap > 0);
	ck_assert(buf_reserve(&b, 101));
	buf_recycle(&b, 100);
	ck_assert(b.len == 0 && b.cap == 0);
	ck_assert(buf_append_text(&b, "again"));
	buf_finish(&b);
}
END_TEST

START_TEST(prints)
{
	struct buf b = buf_make(16);
	ck_assert(buf_printf(&b, "%d-%s", 7, "x"));
	ck_assert(slice_is(buf_slice(&b), "7-x"));
	ck_assert(!buf_printf(&b, "%30d", 1));
	ck_assert(slice_is(buf_slice(&b), "7-x"));
	buf_finish(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buf");
	TCase *all = tcase_create("buf");
	tcase_add_test(all, grows_to_its_bound_and_not_past_it);
	tcase_add_test(all, leaves_itself_as_it_was_when_full);
	tcase_add_test(all, drops_from_the_front);
	tcase_add_test(all, gives_back_more_than_it_may_keep);
	tcase_add_test(all, prints);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
