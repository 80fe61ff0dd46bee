#include "base/list.h"

#include "tests/unit/main.h"

struct thing {
	int number;
	struct list link;
};

static struct list head; // struct thing.link
static struct thing things[4];

static void set_up(void)
{
	list_init(&head);
	for (int i = 0; i < 4; i++) {
		things[i].number = i;
		list_init(&things[i].link);
	}
}

/* The numbers on the list as decimal digits; both directions must agree. */
static int digits(void)
{
	int forth = 0, back = 0, place = 1;
	list_each (node, &head)
		forth = forth * 10 + container_of(node, struct thing, link)->number;
	for (struct list *node = head.prev; node != &head; node = node->prev) {
		back += place * container_of(node, struct thing, link)->number;
		place *= 10;
	}
	ck_assert_int_eq(forth, back);
	return forth;
}

START_TEST(begins_empty)
{
	ck_assert(list_empty(&head));
	ck_assert_int_eq(digits(), 0);
}
END_TEST

START_TEST(keeps_the_order_of_appending)
{
	for (int i = 1; i < 4; i++)
		list_append(&head, &things[i].link);
	ck_assert_int_eq(digits(), 123);
}
END_TEST

START_TEST(inserts_behind_a_node_or_at_the_front)
{
	list_append(&head, &things[1].link);
	list_insert(&things[1].link, &things[2].link);
	list_insert(&head, &things[3].link);
	ck_assert_int_eq(digits(), 312);
}
END_TEST

START_TEST(removes_anywhere_and_twice)
{
	for (int i = 1; i < 4; i++)
		list_append(&head, &things[i].link);
	list_remove(&things[2].link);
	ck_assert(list_empty(&things[2].link));
	list_remove(&things[2].link);
	ck_assert_int_eq(digits(), 13);
	list_remove(&things[3].link);
	list_remove(&things[1].link);
	ck_assert(list_empty(&head));
}
END_TEST

START_TEST(lets_the_body_remove_its_node)
{
	for (int i = 1; i < 4; i++)
		list_append(&head, &things[i].link);
	int seen = 0;
	list_each_safe (node, &head) {
		seen++;
		if (container_of(node, struct thing, link)->number != 2)
			list_remove(node);
	}
	ck_assert_int_eq(seen, 3);
	ck_assert_int_eq(digits(), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list");
	TCase *all = tcase_create("list");
	tcase_add_checked_fixture(all, set_up, NULL);
	tcase_add_test(all, begins_empty);
	tcase_add_test(all, keeps_the_order_of_appending);
	tcase_add_test(all, inserts_behind_a_node_or_at_the_front);
	tcase_add_test(all, removes_anywhere_and_twice);
	tcase_add_test(all, lets_the_body_remove_its_node);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
