#include "cache/store/entry.h"

#include "tests/unit/entries.h"
#include "tests/unit/main.h"

START_TEST(keeps_what_it_was_made_of)
{
	struct event_log *log = event_log_create(100);
	ck_assert(event_log_append(log, slice_of("{}")));
	event_log_seal(log);
	char type[] = "application/json";
	scoped(entry_unref) struct entry *e =
	    entry_create(&(struct entry_options){.key = key_numbered(7),
						 .form = WIRE_STREAM,
						 .content_type = type,
						 .created_ms = 5,
						 .expires_ms = 9},
			 &log);
	memset(type, 'x', sizeof type - 1);
	ck_assert_ptr_null(log);
	ck_assert(cache_key_equal(&e->key, &(struct cache_key[]){key_numbered(7)}[0]));
	ck_assert_int_eq(e->form, WIRE_STREAM);
	ck_assert_str_eq(e->content_type, "application/json");
	ck_assert_int_eq(e->created_ms, 5);
	ck_assert_int_eq(e->expires_ms, 9);
	ck_assert_uint_eq(event_log_decoded_bytes(e->log), 2);
}
END_TEST

START_TEST(may_have_no_content_type)
{
	struct event_log *log = event_log_create(100);
	scoped(entry_unref) struct entry *e = entry_create(&(struct entry_options){0}, &log);
	ck_assert_ptr_null(e->content_type);
	ck_assert_uint_gt(e->charged_bytes, sizeof *e);
}
END_TEST

START_TEST(a_derived_one_takes_after_its_origin)
{
	struct event_log *log = zeros(10);
	scoped(entry_unref) struct entry *origin =
	    entry_create(&(struct entry_options){.key = key_numbered(7),
						 .form = WIRE_STREAM,
						 .content_type = "text/event-stream",
						 .token_usage = {3, 4},
						 .created_ms = 5,
						 .expires_ms = 9},
			 &log);
	ck_assert(!origin->derived);
	log = zeros(20);
	scoped(entry_unref) struct entry *e =
	    entry_derive(origin, WIRE_PLAIN, "application/json", &log);
	ck_assert_ptr_null(log);
	ck_assert(e->derived);
	ck_assert(cache_key_equal(&e->key, &origin->key));
	ck_assert_int_eq(e->form, WIRE_PLAIN);
	ck_assert_str_eq(e->content_type, "application/json");
	ck_assert_int_eq(e->token_usage.prompt, 3);
	ck_assert_int_eq(e->token_usage.completion, 4);
	ck_assert_int_eq(e->created_ms, 5);
	ck_assert_int_eq(e->expires_ms, 9);
	entry_unref(&origin); /* the derived entry does not need it */
	ck_assert_uint_eq(event_log_decoded_bytes(e->log), 20);
	ck_assert_uint_gt(e->charged_bytes, sizeof *e);
}
END_TEST

START_TEST(lives_as_long_as_somebody_holds_it)
{
	struct entry *e = entry_numbered(1, 10, 100);
	struct entry *other = entry_ref(e);
	ck_assert_ptr_eq(e, other);
	entry_unref(&e);
	ck_assert_ptr_null(e);
	ck_assert_uint_eq(event_log_decoded_bytes(other->log), 10);
	entry_unref(&other);
	entry_unref(&other); /* NULL is allowed */
}
END_TEST

START_TEST(is_charged_for_its_length)
{
	scoped(entry_unref) struct entry *small = entry_numbered(1, 0, 100);
	scoped(entry_unref) struct entry *large = entry_numbered(1, 10000, 100);
	ck_assert_uint_ge(small->charged_bytes, sizeof(struct entry) + 17 + 2 * sizeof(void *));
	ck_assert_uint_ge(large->charged_bytes, small->charged_bytes + 9900);
	ck_assert_uint_le(large->charged_bytes, small->charged_bytes + 10100);
	printf("# an empty entry is charged %zu bytes\n", small->charged_bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("entry");
	TCase *all = tcase_create("entry");
	tcase_add_test(all, keeps_what_it_was_made_of);
	tcase_add_test(all, may_have_no_content_type);
	tcase_add_test(all, a_derived_one_takes_after_its_origin);
	tcase_add_test(all, lives_as_long_as_somebody_holds_it);
	tcase_add_test(all, is_charged_for_its_length);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
