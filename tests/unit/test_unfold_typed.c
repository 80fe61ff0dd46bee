#include "proxy/openai/wire/unfold_typed.h"

#include "tests/unit/typed_events.h"

static struct unfolding u;

static void begin(void)
{
	u = (struct unfolding){.tree = json_tree_create(NODES_MOST), .frame = buf_make(1 << 10)};
}

static void end(void)
{
	json_tree_destroy(&u.tree);
}

START_TEST(what_comes_later_is_blank)
{
	static const struct blank blanks[] = {{"text", "\"\""}, {"list", "[]"}, {"usage", "null"}};
	static const struct {
		const char *object;
		const char *announced;
	} cases[] = {
	    {"{}", "{}"},
	    {"{\"type\":\"x\"}", "{\"type\":\"x\"}"},
	    {"{\"text\":\"a\",\"id\":1.0}", "{\"text\":\"\",\"id\":1.0}"},
	    {"{\"list\":[1],\"usage\":{\"a\":1}}", "{\"list\":[],\"usage\":null}"},
	    {"{\"text\":null,\"list\":null}", "{\"text\":null,\"list\":null}"},
	    /* only the object's own members, however they are spelled */
	    {"{\"in\":{\"text\":\"a\"}}", "{\"in\":{\"text\":\"a\"}}"},
	    {"{\"te\\u0078t\":\"a\"}", "{\"te\\u0078t\":\"\"}"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_node *object = read_document(u.tree, slice_of(cases[i].object));
		struct buf announced = text_of(unfold_blank(&u, object, blanks, COUNT(blanks)));
		struct buf kept = text_of(object);
		ck_assert_msg(slice_is(buf_slice(&announced), cases[i].announced), "%.*s",
			      SLICE_FMT(buf_slice(&announced)));
		ck_assert(slice_is(buf_slice(&kept), cases[i].object));
		buf_finish(&announced);
		buf_finish(&kept);
	}
}
END_TEST

START_TEST(what_is_told_takes_no_memory_afterwards)
{
	struct json_tree *outer = unfold_enter(&u);
	ck_assert_ptr_ne(u.tree, outer);
	json_tree_object(u.tree);
	unfold_leave(&u, outer);
	ck_assert_ptr_eq(u.tree, outer);
	ck_assert(!u.failed);
}
END_TEST

START_TEST(too_little_memory_is_not_forgotten)
{
	struct json_tree *outer = unfold_enter(&u);
	ck_assert_ptr_null(json_tree_bytes(u.tree, NODES_MOST));
	unfold_leave(&u, outer);
	ck_assert(u.failed && !json_tree_failed(u.tree));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unfold_typed");
	TCase *c = tcase_create("unfold_typed");
	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, what_comes_later_is_blank);
	tcase_add_test(c, what_is_told_takes_no_memory_afterwards);
	tcase_add_test(c, too_little_memory_is_not_forgotten);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
