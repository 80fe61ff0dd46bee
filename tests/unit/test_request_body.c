#include "proxy/upstream/request_body.h"

#include "tests/unit/main.h"

static int bytes_calls, room_calls;

static void on_bytes(void *context)
{
	ck_assert_ptr_eq(context, &bytes_calls);
	bytes_calls++;
}

static void on_room(void *context)
{
	ck_assert_ptr_eq(context, &room_calls);
	room_calls++;
}

static struct request_body *request_body_open(bool piped, size_t limit)
{
	struct request_body *u =
	    request_body_create(&(struct request_body_options){.piped = piped, .limit = limit});
	bytes_calls = room_calls = 0;
	u->on_bytes = on_bytes;
	u->bytes_context = &bytes_calls;
	u->on_room = on_room;
	u->room_context = &room_calls;
	return u;
}

static char bulk[REQUEST_BODY_WINDOW * 2];

static void put(struct request_body *u, const char *text)
{
	ck_assert_uint_eq(request_body_put(u, text, strlen(text)), strlen(text));
}

static void get(struct request_body *u, size_t room, const char *want)
{
	char at[64];
	ck_assert_uint_le(room, sizeof at);
	long got = request_body_get(u, at, room);
	ck_assert_int_ge(got, 0);
	ck_assert(slice_is(slice_make(at, (size_t)got), want));
}

START_TEST(a_whole_one_can_be_sent_again)
{
	scoped(request_body_unref) struct request_body *u = request_body_open(false, 100);
	put(u, "hello ");
	put(u, "world");
	request_body_end(u, false);
	for (int i = 0; i < 2; i++) {
		get(u, 8, "hello wo");
		get(u, 8, "rld");
		get(u, 8, "");
		get(u, 8, "");
		request_body_rewind(u);
	}
	ck_assert_int_eq(bytes_calls + room_calls, 0);
}
END_TEST

START_TEST(a_whole_one_has_a_bound)
{
	scoped(request_body_unref) struct request_body *u = request_body_open(false, 5);
	put(u, "abc");
	ck_assert_uint_eq(request_body_put(u, "def", 3), 0);
	put(u, "de");
	ck_assert_uint_eq(u->held.len, 5);
}
END_TEST

START_TEST(a_piped_one_tells_the_sender)
{
	scoped(request_body_unref) struct request_body *u = request_body_open(true, 0);
	char at[8];
	put(u, "ab");
	ck_assert_int_eq(bytes_calls, 0);
	get(u, 8, "ab");
	ck_assert_int_eq(request_body_get(u, at, sizeof at), -1);
	put(u, "cd");
	put(u, "ef");
	ck_assert_int_eq(bytes_calls, 1);
	get(u, 3, "cde");
	get(u, 3, "f");
	ck_assert_int_eq(request_body_get(u, at, sizeof at), -1);
	request_body_end(u, false);
	ck_assert_int_eq(bytes_calls, 2);
	get(u, 8, "");
	request_body_end(u, true);
	get(u, 8, "");
	ck_assert_int_eq(bytes_calls, 2);
}
END_TEST

START_TEST(a_piped_one_holds_the_client_back)
{
	scoped(request_body_unref) struct request_body *u = request_body_open(true, 0);
	ck_assert_uint_eq(request_body_put(u, bulk, sizeof bulk), REQUEST_BODY_WINDOW);
	ck_assert_uint_eq(request_body_put(u, bulk, 1), 0);
	char at[REQUEST_BODY_WINDOW / 2];
	ck_assert_int_eq(request_body_get(u, at, sizeof at), sizeof at);
	ck_assert_int_eq(room_calls, 0);
	ck_assert_int_eq(request_body_get(u, at, 1), 1);
	ck_assert_int_eq(room_calls, 1);
	ck_assert_uint_eq(request_body_put(u, bulk, sizeof bulk), REQUEST_BODY_WINDOW / 2 + 1);
	ck_assert_uint_le(u->held.cap, REQUEST_BODY_WINDOW);
}
END_TEST

START_TEST(all_bytes_pass_through_the_window_in_order)
{
	scoped(request_body_unref) struct request_body *u = request_body_open(true, 0);
	for (size_t i = 0; i < sizeof bulk; i++)
		bulk[i] = (char)(i * 31 >> 3);
	size_t put_in = 0, got_out = 0;
	char at[7001];
	while (got_out < sizeof bulk) {
		size_t want = sizeof bulk - put_in < 11003 ? sizeof bulk - put_in : 11003;
		put_in += request_body_put(u, bulk + put_in, want);
		if (put_in == sizeof bulk)
			request_body_end(u, false);
		long got = request_body_get(u, at, sizeof at);
		ck_assert_int_gt(got, 0);
		ck_assert_mem_eq(at, bulk + got_out, (size_t)got);
		got_out += (size_t)got;
	}
	ck_assert_int_eq(request_body_get(u, at, sizeof at), 0);
}
END_TEST

START_TEST(a_client_that_leaves_breaks_it)
{
	scoped(request_body_unref) struct request_body *u = request_body_open(true, 0);
	char at[8];
	ck_assert_int_eq(request_body_get(u, at, sizeof at), -1);
	put(u, "half");
	request_body_end(u, true);
	ck_assert_int_eq(bytes_calls, 1);
	ck_assert_int_eq(request_body_get(u, at, sizeof at), -2);
}
END_TEST

START_TEST(a_closed_one_swallows_the_rest)
{
	scoped(request_body_unref) struct request_body *u = request_body_open(true, 0);
	ck_assert_uint_eq(request_body_put(u, bulk, sizeof bulk), REQUEST_BODY_WINDOW);
	request_body_close(u);
	ck_assert_int_eq(room_calls, 1);
	ck_assert_uint_eq(request_body_put(u, bulk, sizeof bulk), sizeof bulk);
	ck_assert_uint_eq(u->held.len, 0);
	request_body_end(u, true);
	ck_assert_int_eq(bytes_calls, 0);
}
END_TEST

START_TEST(the_last_owner_frees_it)
{
	struct request_body *u = request_body_open(false, 10);
	struct request_body *other = request_body_ref(u);
	request_body_unref(&u);
	ck_assert_ptr_null(u);
	put(other, "still here");
	request_body_close(other);
	request_body_unref(&other);
	request_body_unref(&other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("request_body");
	TCase *all = tcase_create("request_body");
	tcase_add_test(all, a_whole_one_can_be_sent_again);
	tcase_add_test(all, a_whole_one_has_a_bound);
	tcase_add_test(all, a_piped_one_tells_the_sender);
	tcase_add_test(all, a_piped_one_holds_the_client_back);
	tcase_add_test(all, all_bytes_pass_through_the_window_in_order);
	tcase_add_test(all, a_client_that_leaves_breaks_it);
	tcase_add_test(all, a_closed_one_swallows_the_rest);
	tcase_add_test(all, the_last_owner_frees_it);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
