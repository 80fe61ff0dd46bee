#include "proxy/request/api_keys.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

#include <pthread.h>
#include <stdatomic.h>

static struct hasher *hasher;
static struct api_keys *api_keys;

/* Of the limits, only minutes can be checked by a test. */
static struct config_key listed[] = {
    {.key = "sk-a", .tenant = "acme"},
    {.key = "sk-a2", .tenant = "acme", .namespace = "test"},
    {.key = "sk-b", .tenant = "globex", .concurrency = 2},
    {.key = "sk-c", .tenant = "initech", .rate = 3},
    {.key = "sk-d", .tenant = "hooli", .concurrency = 1, .rate = 2},
    {.key = "sk-e", .tenant = "busy", .concurrency = 7, .rate = 100000},
};

static void set_up(void)
{
	struct config_keys keys = {sizeof listed / sizeof *listed, listed};
	hasher = hasher_create();
	api_keys = api_keys_create(&keys);
	ck_assert_ptr_nonnull(api_keys);
}

static void tear_down(void)
{
	api_keys_destroy(&api_keys);
	ck_assert_ptr_null(api_keys);
	api_keys_destroy(&api_keys);
	hasher_destroy(&hasher);
}

static struct api_key *find(const char *text)
{
	struct fields f = fields_of(text);
	return api_keys_find(api_keys, hasher, &f);
}

START_TEST(no_keys_make_no_table)
{
	ck_assert_ptr_null(api_keys_create(&(struct config_keys){0}));
}
END_TEST

START_TEST(finds_whose_key_it_is)
{
	static const struct {
		const char *fields;
		const char *tenant; /* NULL: none */
	} cases[] = {
	    {"Authorization: Bearer sk-a\n", "acme"},
	    {"authorization: BEARER   sk-b\n", "globex"},
	    {"X-Api-Key: sk-c\n", "initech"},
	    {"api-key: sk-a2\n", "acme"},
	    {"Host: h\nApi-Key: sk-d\nAccept: */*\n", "hooli"},
	    {"Api-Key: sk-a\nX-Api-Key: sk-a\nAuthorization: Bearer sk-a\n", "acme"},
	    {"", NULL},
	    {"Host: sk-a\nCookie: sk-a\nX-Goog-Api-Key: sk-a\nProxy-Authorization: Bearer sk-a\n",
	     NULL},
	    {"Authorization:\n", NULL},
	    {"Authorization: Bearer\n", NULL},
	    {"Authorization: sk-a\n", NULL},
	    {"Authorization: Basic sk-a\n", NULL},
	    {"Authorization: Bearersk-a\n", NULL},
	    {"Authorization: Bearer sk-a, Bearer sk-a\n", NULL},
	    {"Authorization: Bearer sk-a x\n", NULL},
	    {"X-Api-Key: Bearer sk-a\n", NULL},
	    {"X-Api-Key:\n", NULL},
	    {"X-Api-Key: sk-\n", NULL},
	    {"X-Api-Key: sk-A\n", NULL},
	    {"X-Api-Key: sk-a3\n", NULL},
	    {"X-Api-Key: acme\n", NULL},
	    /* Several keys that differ, even if one is just empty. */
	    {"Authorization: Bearer sk-a\nX-Api-Key: sk-b\n", NULL},
	    {"X-Api-Key: sk-a\nApi-Key: sk-a2\n", NULL},
	    {"X-Api-Key: sk-a\nApi-Key:\n", NULL},
	    {"Api-Key:\nX-Api-Key: sk-a\n", NULL},
	    {"Authorization: Basic sk-a\nX-Api-Key: sk-a\n", NULL},
	    {"X-Api-Key: sk-a\nAuthorization: sk-a\n", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct api_key *key = find(cases[i].fields);
		ck_assert_msg((key == NULL) == (cases[i].tenant == NULL), "%s", cases[i].fields);
		ck_assert(!key || slice_is(api_key_tenant(key), cases[i].tenant));
	}
}
END_TEST

START_TEST(a_key_has_its_namespace)
{
	ck_assert_str_eq(api_key_space(find("Api-Key: sk-a\n"), "all"), "all");
	ck_assert_str_eq(api_key_space(find("Api-Key: sk-a2\n"), "all"), "test");
	ck_assert_str_eq(api_key_space(NULL, "all"), "all");
}
END_TEST

/* ## Limits */

static enum failure enter(struct api_key *key, int64_t now_ms, int64_t *ret_retry_ms)
{
	*ret_retry_ms = -1;
	return api_key_enter(key, now_ms, ret_retry_ms);
}

START_TEST(without_limits_all_enter)
{
	struct api_key *key = find("Api-Key: sk-a\n");
	int64_t retry_ms;
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq(enter(key, 0, &retry_ms), FAILURE_NONE);
	for (int i = 0; i < 10000; i++)
		api_key_leave(key);
	api_key_leave(NULL);
}
END_TEST

START_TEST(limits_concurrency)
{
	struct api_key *key = find("Api-Key: sk-b\n");
	int64_t retry_ms;
	ck_assert_int_eq(enter(key, 0, &retry_ms), FAILURE_NONE);
	ck_assert_int_eq(enter(key, 0, &retry_ms), FAILURE_NONE);
	ck_assert_int_eq(retry_ms, -1);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(enter(key, 999999, &retry_ms), FAILURE_KEY_CONCURRENCY);
		ck_assert_int_eq(retry_ms, 1000);
	}
	api_key_leave(key);
	ck_assert_int_eq(enter(key, 0, &retry_ms), FAILURE_NONE);
	ck_assert_int_eq(enter(key, 0, &retry_ms), FAILURE_KEY_CONCURRENCY);
	api_key_leave(key);
	api_key_leave(key);
}
END_TEST

/* Requests at given times, and whether they are admitted; if not, the time to wait. */
static void parsed_request_at(struct api_key *key, int64_t now_ms, int64_t wait_ms)
{
	int64_t retry_ms;
	enum failure got = enter(key, now_ms, &retry_ms);
	ck_assert_int_eq(got, wait_ms ? FAILURE_KEY_RATE : FAILURE_NONE);
	ck_assert_int_eq(retry_ms, wait_ms ? wait_ms : -1);
	if (got == FAILURE_NONE)
		api_key_leave(key);
}

START_TEST(limits_the_rate)
{
	struct api_key *key = find("Api-Key: sk-c\n");
	/* The bucket of three, then one every 20 s; a refused request takes no token. */
	parsed_request_at(key, 1000, 0);
	parsed_request_at(key, 1000, 0);
	parsed_request_at(key, 1000, 0);
	parsed_request_at(key, 1000, 20000);
	parsed_request_at(key, 6000, 15000);
	parsed_request_at(key, 20999, 1);
	parsed_request_at(key, 21000, 0);
	parsed_request_at(key, 21000, 20000);
	/* After a minute without requests the bucket is full, and not fuller. */
	for (int64_t now_ms = 10000000; now_ms < 60000000; now_ms += 10000000) {
		for (int i = 0; i < 3; i++)
			parsed_request_at(key, now_ms, 0);
		parsed_request_at(key, now_ms, 20000);
	}
}
END_TEST

START_TEST(refused_requests_count_for_neither_limit)
{
	struct api_key *key = find("Api-Key: sk-d\n");
	int64_t retry_ms;
	ck_assert_int_eq(enter(key, 0, &retry_ms), FAILURE_NONE);
	ck_assert_int_eq(enter(key, 0, &retry_ms), FAILURE_KEY_CONCURRENCY);
	ck_assert_int_eq(enter(key, 0, &retry_ms), FAILURE_KEY_CONCURRENCY);
	api_key_leave(key);
	parsed_request_at(key, 0, 0);
	parsed_request_at(key, 0, 30000);
	parsed_request_at(key, 0, 30000);
	parsed_request_at(key, 30000, 0);
}
END_TEST

START_TEST(many_a_minute_are_counted_to_the_last)
{
	struct api_key *key = find("Api-Key: sk-e\n");
	for (int i = 0; i < 100000; i++)
		parsed_request_at(key, 5, 0);
	parsed_request_at(key, 5, 1);
	/* 0.6 ms each: of the next 3 ms, five. */
	for (int i = 0; i < 5; i++)
		parsed_request_at(key, 8, 0);
	parsed_request_at(key, 8, 1);
}
END_TEST

/* ## All workers together */

enum { THREADS = 4, TURNS = 20000 };

static atomic_int under_way, most, entered, busy;

static void note_most(int now)
{
	int seen = atomic_load(&most);
	while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
		;
}

static void *crowd(void *context)
{
	struct hasher *own = hasher_create();
	struct fields f = fields_of("Api-Key: sk-e\n");
	struct api_key *key = api_keys_find(api_keys, own, &f);
	struct api_key *held[3];
	int count = 0;
	for (int i = 0; i < TURNS; i++) {
		int64_t retry_ms;
		bool in = api_key_enter(key, 0, &retry_ms) == FAILURE_NONE;
		atomic_fetch_add(in ? &entered : &busy, 1);
		if (in) {
			note_most(atomic_fetch_add(&under_way, 1) + 1);
			held[count++] = key;
		}
		while (count == 3 || (count && !in)) {
			atomic_fetch_sub(&under_way, 1);
			api_key_leave(held[--count]);
		}
	}
	for (; count; count--) {
		atomic_fetch_sub(&under_way, 1);
		api_key_leave(key);
	}
	hasher_destroy(&own);
	return NULL;
}

START_TEST(limits_are_those_of_all_threads)
{
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, crowd, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_le(atomic_load(&most), 7);
	ck_assert_int_eq(atomic_load(&entered) + atomic_load(&busy), THREADS * TURNS);
	/* The bucket counts exactly the admitted requests. */
	struct api_key *key = find("Api-Key: sk-e\n");
	for (int i = atomic_load(&entered); i < 100000; i++)
		parsed_request_at(key, 0, 0);
	parsed_request_at(key, 0, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api_keys");
	TCase *all = tcase_create("api_keys");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, no_keys_make_no_table);
	tcase_add_test(all, finds_whose_key_it_is);
	tcase_add_test(all, a_key_has_its_namespace);
	tcase_add_test(all, without_limits_all_enter);
	tcase_add_test(all, limits_concurrency);
	tcase_add_test(all, limits_the_rate);
	tcase_add_test(all, refused_requests_count_for_neither_limit);
	tcase_add_test(all, many_a_minute_are_counted_to_the_last);
	tcase_add_test(all, limits_are_those_of_all_threads);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
