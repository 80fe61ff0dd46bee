#include "proxy/upstream/fetch.h"

#include "cache/cache.h"
#include "cache/flight/flight_internal.h"

#include "tests/unit/transfer_fixture.h"
#include "tests/unit/pattern.h"
#include "tests/unit/keys.h"

enum { MAX_ENTRY = 64 << 10 };

#define BODY                                                                                       \
	"{\"object\":\"list\",\"model\":\"m\",\"data\":[{\"object\":\"embedding\",\"index\":0,"    \
	"\"embedding\":[0.5]}],\"usage\":{\"prompt_tokens\":1,\"total_tokens\":1}}"
#define HEAD(length) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " length
#define ANSWER                                                                                     \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"  \
	"86\r\n" BODY "\r\n0\r\n\r\n"

static struct fixture world;
static struct context worker;
static struct config *config;
static struct reader reader;
static struct message message;

static void on_message(struct message *l)
{
}

static void on_wake(struct reader *r)
{
	mailbox_post(worker.mailbox, &message);
}

static void begin(const struct script *script)
{
	fixture_script(&world, script, false);
	config = config_create();
	config->upstream.head_timeout_ms = config->upstream.idle_timeout_ms = 60000;
	config->cache.ttl_ms = 60000;
	worker = (struct context){.config = config, .loop = world.loop, .pool = world.pool};
	worker.mailbox = mailbox_create();
	worker.cache = cache_create(
	    &(struct cache_options){.memory_bytes = 8 << 20, .max_entry_bytes = MAX_ENTRY});
	list_init(&worker.fetches);
	list_init(&worker.requests);
	message_init(&message, on_message);
	reader = (struct reader){.wake = on_wake};
}

static void turn(void)
{
	fixture_turn(&world);
	mailbox_deliver(worker.mailbox);
}

#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		int64_t end_ms_ = clock_ms() + 10000;                                              \
		while (!(condition) && clock_ms() < end_ms_)                                       \
			turn();                                                                    \
		ck_assert(condition);                                                              \
	} while (0)

static void leave(void)
{
	cache_leave(worker.cache, &reader, clock_ms());
	mailbox_cancel(worker.mailbox, &message);
}

static void tear_down(void)
{
	leave();
	fetch_fail_all(&worker, FAILURE_SHUTDOWN);
	ck_assert(list_empty(&worker.fetches));
	cache_check(worker.cache);
	cache_destroy(&worker.cache);
	fixture_finish(&world);
	mailbox_destroy(&worker.mailbox);
	config_unref(&config);
}

static enum cache_answer parsed(struct entry **ret_entry)
{
	struct cache_question q = {.key = key_numbered(1), .form = WIRE_PLAIN, .max_age_ms = -1};
	return cache_open(worker.cache, &q, &reader, clock_ms(), ret_entry);
}

/* Starts a fetch for the reader's flight: a request with a complete body. */
static void start(const struct cache_key *refresh, bool check)
{
	struct storable_options storable = {
	    .endpoint = endpoint_find(slice_of("POST"), slice_of("/v1/embeddings")),
	    .form = WIRE_PLAIN,
	    .limit_bytes = MAX_ENTRY};
	scoped(request_body_unref) struct request_body *body =
	    request_body_create(&(struct request_body_options){.limit = 100});
	ck_assert_uint_eq(request_body_put(body, "question", 8), 8);
	request_body_end(body, false);
	fetch_start(&worker, &(struct fetch_order){.flight = reader.flight,
						   .method = slice_of("POST"),
						   .target = slice_of("/v1/embeddings"),
						   /* As in forward_lines: do not wait for a 100. */
						   .lines = slice_make("Expect:", sizeof "Expect:"),
						   .body = body,
						   .body_bytes = 8,
						   .storable = check ? &storable : NULL,
						   .ttl_ms = 60000,
						   .refresh = refresh});
}

static void lead(void)
{
	ck_assert_int_eq(parsed(NULL), CACHE_LED);
	start(NULL, true);
}

static struct flight_news look(void)
{
	return flight_look(&reader, AWAITS_END);
}

static void expect_failed(enum failure why)
{
	struct flight_news news = look();
	ck_assert_int_eq(news.state, FLIGHT_FAILED);
	ck_assert_int_eq(news.reason_code, why);
	ck_assert(list_empty(&worker.fetches));
	ck_assert_uint_eq(cache_figures(worker.cache).entries, 0);
}

static void expect_stored(void)
{
	struct entry *e = NULL;
	leave();
	ck_assert_int_eq(parsed(&e), CACHE_HIT);
	struct slice whole;
	ck_assert(event_log_whole(e->log, &whole));
	ck_assert(slice_is(whole, BODY));
	ck_assert_str_eq(e->content_type, "application/json");
	entry_unref(&e);
}

START_TEST(what_is_good_is_stored)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER}, {SCRIPT_END}};
	begin(script);
	ck_assert_uint_eq(strlen(BODY), 0x86);
	lead();
	UNTIL(list_empty(&worker.fetches));
	ck_assert_int_eq(look().state, FLIGHT_DONE);
	ck_assert_int_eq(look().reason_code, VERDICT_FINE);
	ck_assert(look().stored);
	expect_stored();
}
END_TEST

START_TEST(a_refresh_is_stored_under_its_name)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER}, {SCRIPT_END}};
	begin(script);
	cache_open_private(worker.cache, &reader);
	struct cache_key key = key_numbered(1);
	start(&key, true);
	UNTIL(list_empty(&worker.fetches));
	ck_assert_int_eq(look().state, FLIGHT_DONE);
	expect_stored();
}
END_TEST

START_TEST(a_stale_connection_is_retried_once)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ},	    {SCRIPT_SEND, ANSWER},
	    {SCRIPT_READ},   {SCRIPT_CLOSE},	    {SCRIPT_ACCEPT_ACTIVE},
	    {SCRIPT_READ},   {SCRIPT_SEND, ANSWER}, {SCRIPT_END}};
	begin(script);
	cache_open_private(worker.cache, &reader);
	start(NULL, false);
	UNTIL(list_empty(&worker.fetches));
	leave();
	lead();
	UNTIL(list_empty(&worker.fetches));
	ck_assert_msg(look().state == FLIGHT_DONE, "%s", look().reason);
	ck_assert_ptr_nonnull(strstr(scripted_request(world.server, 2), "question"));
	expect_stored();
}
END_TEST

static const struct {
	const char *answer;
	enum failure failure;
} broken[] = {
    {"", FAILURE_TORN},
    {HEAD("9"), FAILURE_TORN},
    {HEAD("9") "\r\n\r\nhalf", FAILURE_TORN},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nbytes", FAILURE_TORN},
};

START_TEST(what_breaks_fails_and_is_not_stored)
{
	const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, broken[_i].answer}, {SCRIPT_END}};
	begin(script);
	lead();
	UNTIL(list_empty(&worker.fetches));
	expect_failed(broken[_i].failure);
}
END_TEST

START_TEST(abandoned_it_cancels)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEE_END}, {SCRIPT_END}};
	begin(script);
	lead();
	UNTIL(scripted_steps(world.server) == 2);
	leave();
	UNTIL(list_empty(&worker.fetches));
	UNTIL(scripted_steps(world.server) == 3);
	ck_assert_uint_eq(cache_figures(worker.cache).flights, 0);
}
END_TEST

START_TEST(an_outgrown_one_parts_and_goes_on)
{
	enum { BYTES = 3 * MAX_ENTRY };
	static const struct script script[] = {{SCRIPT_ACCEPT},
					       {SCRIPT_READ},
					       {SCRIPT_SEND, HEAD("196608") "\r\n\r\n"},
					       {SCRIPT_FLOOD, .count = BYTES},
					       {SCRIPT_END}};
	begin(script);
	lead();
	UNTIL(list_empty(&worker.fetches));
	struct flight_news news = look();
	ck_assert_int_eq(news.state, FLIGHT_DONE);
	ck_assert_int_eq(news.reason_code, VERDICT_TOO_LARGE);
	ck_assert_uint_eq(news.total, BYTES);
	ck_assert(!news.stored && !news.joinable);
	ck_assert_uint_eq(cache_figures(worker.cache).entries, 0);
}
END_TEST

START_TEST(a_slow_reader_pauses_it)
{
	enum { BYTES = 4 * FLIGHT_WINDOW };
	static const struct script script[] = {{SCRIPT_ACCEPT},
					       {SCRIPT_READ},
					       {SCRIPT_SEND, HEAD("4194304") "\r\n\r\n"},
					       {SCRIPT_FLOOD, .count = BYTES},
					       {SCRIPT_END}};
	begin(script);
	cache_open_private(worker.cache, &reader);
	start(NULL, false);
	/* Excludes what a transfer receives between two turns. */
	UNTIL(reader.flight->wants_room);
	/* While it is paused, no timeout expires. */
	fetch_tick_all(&worker, clock_ms() + 120000);
	static char bytes[BYTES];
	size_t got = 0;
	UNTIL((got += flight_copy(&reader, bytes + got, sizeof bytes - got)) == BYTES);
	ck_assert_uint_eq(pattern_differs(slice_make(bytes, BYTES)), BYTES);
	UNTIL(list_empty(&worker.fetches));
	ck_assert_int_eq(look().state, FLIGHT_DONE);
}
END_TEST

/* The head alone does not end head_timeout. */
START_TEST(time_runs_out_before_and_after_the_first_byte)
{
	static const char *const sent[] = {"", HEAD("9") "\r\n\r\n", HEAD("9") "\r\n\r\nhalf"};
	const struct script script[] = {{SCRIPT_ACCEPT},
					{SCRIPT_READ},
					{SCRIPT_SEND, sent[_i]},
					{SCRIPT_SEE_END},
					{SCRIPT_END}};
	bool begun = _i == 2;
	begin(script);
	config->upstream.head_timeout_ms = 90000;
	config->upstream.idle_timeout_ms = 60000;
	lead();
	UNTIL(scripted_steps(world.server) == 3 && (_i == 0 || look().head) &&
	      (!begun || look().total == 4));
	int64_t now_ms = clock_ms();
	fetch_tick_all(&worker, now_ms + (begun ? 50000 : 80000));
	ck_assert(!list_empty(&worker.fetches));
	fetch_tick_all(&worker, now_ms + (begun ? 60001 : 90001));
	expect_failed(begun ? FAILURE_IDLE_TIMEOUT : FAILURE_HEAD_TIMEOUT);
	UNTIL(scripted_steps(world.server) == 4);
}
END_TEST

#define TYPE(type) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"

static const struct {
	const char *answer;
	bool unshared;
	enum verdict why;
} heads[] = {
    {TYPE("application/json") CHUNKED, false, VERDICT_FINE},
    {TYPE("text/plain") CHUNKED, true, VERDICT_CONTENT_TYPE},
    {TYPE("application/x-ndjson") CHUNKED, true, VERDICT_CONTENT_TYPE},
    {"HTTP/1.1 200 OK\r\n" CHUNKED, true, VERDICT_CONTENT_TYPE},
    {TYPE("application/json") "Content-Encoding: gzip\r\n" CHUNKED, true, VERDICT_CONTENT_ENCODING},
    {TYPE("text/plain") "Content-Length: 9\r\n\r\nhalf", false, VERDICT_FINE},
    {"HTTP/1.1 201 OK\r\nContent-Length: 9\r\n\r\nhalf", true, VERDICT_STATUS},
    {"HTTP/1.1 500 No\r\nContent-Type: application/json\r\n" CHUNKED, true, VERDICT_STATUS},
};

START_TEST(what_will_not_be_stored_is_unshared_at_its_head)
{
	const struct script script[] = {{SCRIPT_ACCEPT},
					{SCRIPT_READ},
					{SCRIPT_SEND, heads[_i].answer},
					{SCRIPT_SEE_END},
					{SCRIPT_END}};
	begin(script);
	lead();
	UNTIL(look().total == 4);
	ck_assert(look().joinable == !heads[_i].unshared);
	ck_assert_int_eq(look().reason_code, heads[_i].why);
	ck_assert_uint_eq(cache_figures(worker.cache).flights, !heads[_i].unshared);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fetch");
	TCase *all = tcase_create("fetch");
	tcase_add_checked_fixture(all, NULL, tear_down);
	tcase_add_test(all, what_is_good_is_stored);
	tcase_add_test(all, a_refresh_is_stored_under_its_name);
	tcase_add_test(all, a_stale_connection_is_retried_once);
	tcase_add_loop_test(all, what_breaks_fails_and_is_not_stored, 0, 4);
	tcase_add_test(all, abandoned_it_cancels);
	tcase_add_test(all, an_outgrown_one_parts_and_goes_on);
	tcase_add_test(all, a_slow_reader_pauses_it);
	tcase_add_loop_test(all, time_runs_out_before_and_after_the_first_byte, 0, 3);
	tcase_add_loop_test(all, what_will_not_be_stored_is_unshared_at_its_head, 0,
			    sizeof heads / sizeof *heads);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
