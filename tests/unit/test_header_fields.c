#include "base/buf.h"
#include "proxy/header/header_fields.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(finds_fields_whatever_their_case)
{
	struct fields f = fields_of("Host: a\nX-One: 1\nx-ONE: 2\nEmpty:\n");
	ck_assert(slice_is(fields_first(&f, slice_of("x-one")), "1"));
	ck_assert(slice_is(fields_first(&f, slice_of("HOST")), "a"));
	ck_assert_uint_eq(fields_count(&f, slice_of("X-One")), 2);
	ck_assert_uint_eq(fields_count(&f, slice_of("Empty")), 1);
	ck_assert_uint_eq(fields_count(&f, slice_of("X-On")), 0);
	ck_assert_uint_eq(fields_first(&f, slice_of("Empty")).len, 0);
	ck_assert_uint_eq(fields_first(&f, slice_of("Absent")).len, 0);
	ck_assert_ptr_nonnull(fields_first(&f, slice_of("Absent")).at);
}
END_TEST

START_TEST(finds_tokens_in_lists)
{
	static const struct {
		const char *fields;
		bool has;
	} cases[] = {
	    {"Connection: close\n", true},
	    {"Connection: CLOSE\n", true},
	    {"Connection: keep-alive ,\tclose\n", true},
	    {"Connection: ,,close,\n", true},
	    {"Connection: keep-alive\nconnection: close\n", true},
	    {"Connection: closed\n", false},
	    {"Connection: clos e\n", false},
	    {"Connection:\n", false},
	    {"Other: close\n", false},
	    {"", false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fields f = fields_of(cases[i].fields);
		ck_assert_msg(fields_have_token(&f, slice_of("Connection"), slice_of("close")) ==
				  cases[i].has,
			      "%s", cases[i].fields);
	}
}
END_TEST

START_TEST(knows_what_connection_names)
{
	static const struct {
		const char *fields;
		const char *named; /* a letter for each field: x is named */
	} cases[] = {
	    {"A: 1\n", NULL},
	    {"Connection: close, Keep-Alive,\nKeep-Alive: 1\n", NULL},
	    {"Connection: close, X-Mine\nX-Mine: 1\nX-Yours: 2\nX-Min: 3\n", "-x--"},
	    {"x-a: 1\nX-B: 2\nConnection: x-B ,\tX-A\nX-b: 3\n", "xx-x"},
	    {"X-A: 1\nconnection: X-B\nX-B: 2\nConnection: X-A, X-A\n", "x-x-"},
	    {"Connection: Connection\n", "x"},
	    {"Connection: other\nX-A: 1\n", "--"},
	    {"Connection:\n", NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fields f = fields_of(cases[i].fields);
		bool named[FIELDS_MAX];
		bool some = fields_named_by_connection(&f, named);
		ck_assert_msg(some == (cases[i].named != NULL), "%s", cases[i].fields);
		for (size_t k = 0; some && k < f.count; k++)
			ck_assert_msg(named[k] == (cases[i].named[k] == 'x'), "%s: %zu",
				      cases[i].fields, k);
	}
}
END_TEST

/* As many tokens and fields as fit into a head, which differ only at their ends. */
START_TEST(many_tokens_and_fields_are_found)
{
	struct buf text = buf_make(1 << 20), list = buf_make(1 << 20);
	for (int i = 0; i < FIELDS_MAX - 1; i++)
		ck_assert(buf_printf(&text, "X-A-Rather-Long-Name-%03d-Key: %d\n", i, i));
	for (int i = 0; i < 3000; i++)
		ck_assert(buf_printf(&list, "x-a-rather-long-name-%03d-key,", i * 2));
	ck_assert(buf_printf(&text, "Connection: %.*s\n", (int)list.len, list.at));
	ck_assert(buf_append_byte(&text, 0));
	struct fields f = fields_of(text.at);
	bool named[FIELDS_MAX];
	ck_assert(fields_named_by_connection(&f, named));
	for (size_t i = 0; i + 1 < f.count; i++)
		ck_assert(named[i] == (i % 2 == 0));
	buf_finish(&text);
	buf_finish(&list);
}
END_TEST

static struct head *head_of(const char *text)
{
	struct head *h = head_create(200);
	struct fields f = fields_of(text);
	for (size_t i = 0; i < f.count; i++)
		ck_assert(head_add(h, f.at[i].name, f.at[i].value));
	return h;
}

START_TEST(a_head_keeps_what_may_go_on)
{
	scoped(head_destroy) struct head *h =
	    head_of("Content-Type: a/b\nConnection: X-Hop\nContent-Length: 12\nX-Hop: 1\n"
		    "Set-Cookie: a\nSet-Cookie: b\nKeep-Alive: 5\nEmpty:\n");
	head_complete(h);
	ck_assert_uint_eq(h->fields.count, 4);
	ck_assert_int_eq(h->content_length, 12);
	ck_assert(slice_is(h->fields.at[0].name, "Content-Type"));
	ck_assert_str_eq(h->fields.at[0].value.at, "a/b");
	ck_assert(slice_is(h->fields.at[1].value, "a"));
	ck_assert(slice_is(h->fields.at[2].value, "b"));
	ck_assert(slice_is(h->fields.at[3].name, "Empty"));
}
END_TEST

START_TEST(a_length_is_believed_when_it_is_one)
{
	static const struct {
		const char *fields;
		int64_t length;
	} cases[] = {
	    {"", -1},
	    {"Content-Length: 0\n", 0},
	    {"content-length: 007\n", 7},
	    {"Content-Length: 999999999999999999\n", 999999999999999999},
	    {"Content-Length: 9999999999999999999\n", -1},
	    {"Content-Length: +5\n", -1},
	    {"Content-Length: 5, 5\n", -1},
	    {"Content-Length:\n", -1},
	    {"Content-Length: 5\nTransfer-Encoding: chunked\n", -1},
	    {"Content-Length: 5\nContent-Length: 5\n", 5},
	    {"Content-Length: 5\nContent-Length: 6\n", -1},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		scoped(head_destroy) struct head *h = head_of(cases[i].fields);
		head_complete(h);
		ck_assert_msg(h->content_length == cases[i].length, "%s", cases[i].fields);
		ck_assert_uint_eq(h->fields.count, 0);
	}
}
END_TEST

START_TEST(a_head_has_a_bound)
{
	scoped(head_destroy) struct head *h = head_create(200);
	for (size_t i = 0; i < FIELDS_MAX; i++)
		ck_assert(head_add(h, slice_of("A"), slice_of("b")));
	ck_assert(!head_add(h, slice_of("A"), slice_of("b")));
	ck_assert_uint_eq(h->fields.count, FIELDS_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header_fields");
	TCase *all = tcase_create("header_fields");
	tcase_add_test(all, finds_fields_whatever_their_case);
	tcase_add_test(all, finds_tokens_in_lists);
	tcase_add_test(all, knows_what_connection_names);
	tcase_add_test(all, many_tokens_and_fields_are_found);
	tcase_add_test(all, a_head_keeps_what_may_go_on);
	tcase_add_test(all, a_length_is_believed_when_it_is_one);
	tcase_add_test(all, a_head_has_a_bound);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
