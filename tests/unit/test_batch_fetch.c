#include "proxy/request/embeddings/batch_fetch.h"

#include "proxy/header/header_fields.h"
#include "tests/unit/keys.h"
#include "tests/unit/transfer_fixture.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define ITEM(index, vector) "{\"index\":" index ",\"embedding\":" vector "}"
#define ANSWER(items)                                                                              \
	HEAD "Connection: close\r\n\r\n{\"object\":\"list\",\"data\":[" items                      \
	     "],\"usage\":{\"prompt_tokens\":5}}"
#define GOOD ANSWER(ITEM("0", "[1.0]") "," ITEM("1", "[2.0]"))
#define SWAPPED ANSWER(ITEM("1", "[2.0]") "," ITEM("0", "[1.0]"))

enum { INPUTS = 2 };

static struct fixture world;
static struct context worker;
static struct config *config;
static struct reader readers[INPUTS]; /* the request's */
static struct reader joiner;
static struct message message;
static struct batch_fetch *fetch;
static unsigned overs;
static const struct digest asked = {{1, 2}};

static void on_message(struct message *l)
{
}

static void on_wake(struct reader *r)
{
	mailbox_post(worker.mailbox, &message);
}

static void on_over(void *context)
{
	ck_assert_ptr_eq(context, &world);
	overs++;
}

static void begin(const struct script *script, bool finish_abandoned)
{
	fixture_script(&world, script, false);
	config = config_create();
	config->upstream.head_timeout_ms = config->upstream.idle_timeout_ms = 60000;
	config->cache.max_entry = 64 << 10;
	worker = (struct context){.config = config, .loop = world.loop, .pool = world.pool};
	worker.mailbox = mailbox_create();
	worker.cache = cache_create(&(struct cache_options){
	    .memory_bytes = 8 << 20,
	    .max_entry_bytes = 64 << 10,
	    .on_abandon = finish_abandoned ? CACHE_ABANDON_FINISH : CACHE_ABANDON_CANCEL});
	list_init(&worker.fetches);
	list_init(&worker.batch_fetches);
	message_init(&message, on_message);
	for (unsigned i = 0; i < INPUTS; i++)
		readers[i] = (struct reader){.wake = on_wake};
	joiner = (struct reader){.wake = on_wake};
	overs = 0;
}

/* Messages do not end the loop's wait here, so they are delivered before and after it. */
static void turn(void)
{
	mailbox_deliver(worker.mailbox);
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

/* Leaves all flights, like a request that ends. */
static void leave(void)
{
	for (unsigned i = 0; i < INPUTS; i++)
		cache_leave(worker.cache, &readers[i], clock_ms());
	batch_fetch_leave(&fetch);
}

static void end(void)
{
	leave();
	cache_leave(worker.cache, &joiner, clock_ms());
	fetch_fail_all(&worker, FAILURE_SHUTDOWN);
	batch_fetch_fail_all(&worker, FAILURE_SHUTDOWN);
	mailbox_cancel(worker.mailbox, &message);
	ck_assert(list_empty(&worker.fetches) && list_empty(&worker.batch_fetches));
	cache_check(worker.cache);
	cache_destroy(&worker.cache);
	fixture_finish(&world);
	mailbox_destroy(&worker.mailbox);
	config_unref(&config);
}

static enum cache_answer parsed(unsigned number, struct reader *reader, struct entry **ret_entry)
{
	struct cache_question q = {
	    .key = key_numbered(number), .form = WIRE_PLAIN, .max_age_ms = -1};
	return cache_open(worker.cache, &q, reader, clock_ms(), ret_entry);
}

/* Requests both inputs: leads a flight for each, or only takes their cache keys. */
static void start(bool refreshes)
{
	struct batch_input inputs[INPUTS];
	for (unsigned i = 0; i < INPUTS; i++) {
		if (!refreshes)
			ck_assert_int_eq(parsed(i, &readers[i], NULL), CACHE_LED);
		inputs[i] = (struct batch_input){key_numbered(i), readers[i].flight, 1 + 2 * i};
	}
	scoped(request_body_unref) struct request_body *body =
	    request_body_create(&(struct request_body_options){.limit = 100});
	ck_assert_uint_eq(request_body_put(body, "question", 8), 8);
	request_body_end(body, false);
	fetch = batch_fetch_start(
	    &worker, &(struct batch_order){.target = slice_of("/v1/embeddings"),
					   .lines = slice_make("Expect:", sizeof "Expect:"),
					   .body = body,
					   .inputs = inputs,
					   .count = INPUTS,
					   .ttl_ms = 60000,
					   .asked = asked,
					   .on_over = on_over,
					   .context = &world});
}

/* Returns the only number of an input's vector, from its entry. */
static void expect_stored(unsigned number, float want)
{
	struct reader reader = {.wake = on_wake};
	struct entry *e = NULL;
	ck_assert_int_eq(parsed(number, &reader, &e), CACHE_HIT);
	struct slice packed;
	ck_assert(event_log_whole(e->log, &packed));
	struct embedding_item item = embedding_item_unpack(packed);
	ck_assert_uint_eq(item.vector.len, sizeof want);
	ck_assert(memcmp(item.vector.at, &want, sizeof want) == 0);
	/* A quarter and three quarters of five tokens, by the inputs' lengths. */
	ck_assert_int_eq(e->token_usage.prompt, number == 0 ? 1 : 4);
	ck_assert_str_eq(e->content_type, "application/json");
	entry_unref(&e);
}

static const struct script good[] = {
    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_AWAIT}, {SCRIPT_SEND, GOOD}, {SCRIPT_END}};

START_TEST(hands_out_and_stores)
{
	begin(good, false);
	start(false);
	ck_assert_int_eq(parsed(1, &joiner, NULL), CACHE_JOINED);
	scripted_go(world.server);
	UNTIL(overs == 1);
	struct batch_end e = batch_fetch_end(fetch);
	ck_assert(e.over && e.verdict == VERDICT_FINE && e.fate == VERDICT_FINE && !e.failure &&
		  !e.outgrown);
	ck_assert_uint_eq(e.head->status, 200);
	ck_assert_int_eq(embedding_items_prompt(e.items), 5);
	struct flight_news news = flight_look(&joiner, AWAITS_END);
	ck_assert(news.state == FLIGHT_DONE && news.stored);
	const struct batch_head *head = news.head;
	ck_assert(head->head->status == 200 && head->body.len == 0);
	ck_assert(slice_is(fields_first(&head->head->fields, slice_of("Content-Type")),
			   "application/json"));
	char packed[256];
	size_t len = flight_copy(&joiner, packed, sizeof packed);
	ck_assert_uint_eq(embedding_item_unpack(slice_make(packed, len)).vector.len, 4);
	size_t body_len;
	char *body = batch_fetch_take_body(fetch, &body_len);
	ck_assert_uint_eq(body_len, strlen(strstr(GOOD, "\r\n\r\n") + 4));
	free(body);
	expect_stored(0, 1);
	expect_stored(1, 2);
	end();
}
END_TEST

START_TEST(refreshes_what_was_there)
{
	begin(good, false);
	start(true);
	scripted_go(world.server);
	UNTIL(overs == 1);
	ck_assert_int_eq(batch_fetch_end(fetch).fate, VERDICT_FINE);
	expect_stored(0, 1);
	expect_stored(1, 2);
	end();
}
END_TEST

static void expect_useless(const struct script *script, enum verdict verdict)
{
	begin(script, false);
	start(false);
	ck_assert_int_eq(parsed(0, &joiner, NULL), CACHE_JOINED);
	UNTIL(overs == 1);
	struct batch_end e = batch_fetch_end(fetch);
	ck_assert(e.over && e.verdict == verdict && e.fate == verdict && !e.failure && !e.items);
	struct flight_news news = flight_look(&joiner, AWAITS_END);
	ck_assert(news.state == FLIGHT_FAILED && news.reason_code == FAILURE_NONE);
	ck_assert_uint_eq(cache_figures(worker.cache).entries, 0);
	ck_assert_uint_eq(cache_figures(worker.cache).flights, 0);
	end();
}

START_TEST(useless_answers_fail_the_flights)
{
	static const struct {
		const char *answer;
		enum verdict verdict;
	} cases[] = {
	    {SWAPPED, VERDICT_UNEXPECTED_SHAPE},
	    {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
	     VERDICT_CONTENT_TYPE},
	    {HEAD "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
	     VERDICT_CONTENT_ENCODING},
	    {HEAD "Content-Length: 1\r\n\r\n{", VERDICT_INVALID_ANSWER},
	    {HEAD "Content-Length: 0\r\n\r\n", VERDICT_INVALID_ANSWER},
	};
	const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, cases[_i].answer}, {SCRIPT_END}};
	expect_useless(script, cases[_i].verdict);
}
END_TEST

/* The error is for requests with the same body; the digest tells others that it is not for them. */
START_TEST(an_answer_that_is_not_200_is_handed_out_as_it_is)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, "HTTP/1.1 400 No\r\nContent-Type: application/json\r\n"
			  "Content-Length: 2\r\n\r\n{}"},
	    {SCRIPT_END}};
	begin(script, false);
	start(false);
	ck_assert_int_eq(parsed(0, &joiner, NULL), CACHE_JOINED);
	UNTIL(overs == 1);
	struct batch_end e = batch_fetch_end(fetch);
	ck_assert(e.over && e.verdict == VERDICT_STATUS && e.fate == VERDICT_STATUS && !e.items);
	struct flight_news news = flight_look(&joiner, AWAITS_END);
	ck_assert(news.state == FLIGHT_DONE && !news.stored && news.total == 0);
	const struct batch_head *head = news.head;
	ck_assert_uint_eq(head->head->status, 400);
	ck_assert(slice_is(buf_slice(&head->body), "{}"));
	ck_assert(digest_equal(&head->asked, &asked));
	ck_assert_uint_eq(cache_figures(worker.cache).entries, 0);
	ck_assert_uint_eq(cache_figures(worker.cache).flights, 0);
	/* The fetch outlives the leader. */
	leave();
	ck_assert(slice_is(buf_slice(&head->body), "{}") && head->head->status == 400);
	end();
}
END_TEST

START_TEST(a_torn_answer_fails_the_flights_so)
{
	static const struct script script[] = {{SCRIPT_ACCEPT},
					       {SCRIPT_READ},
					       {SCRIPT_SEND, HEAD "Content-Length: 99\r\n\r\n{"},
					       {SCRIPT_END}};
	begin(script, false);
	start(false);
	ck_assert_int_eq(parsed(0, &joiner, NULL), CACHE_JOINED);
	UNTIL(overs == 1);
	struct batch_end e = batch_fetch_end(fetch);
	ck_assert(e.failure == FAILURE_TORN && !e.outgrown);
	ck_assert_int_eq(flight_look(&joiner, AWAITS_END).reason_code, FAILURE_TORN);
	end();
}
END_TEST

static const struct script patient[] = {
    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEE_END}, {SCRIPT_END}};

START_TEST(ends_when_nobody_is_left)
{
	begin(patient, false);
	start(_i == 1);
	UNTIL(scripted_steps(world.server) >= 2);
	leave();
	UNTIL(list_empty(&worker.batch_fetches) && list_empty(&worker.fetches));
	ck_assert_uint_eq(overs, 0);
	ck_assert_uint_eq(cache_figures(worker.cache).flights, 0);
	end();
}
END_TEST

START_TEST(goes_on_for_who_joined)
{
	begin(good, false);
	start(false);
	ck_assert_int_eq(parsed(1, &joiner, NULL), CACHE_JOINED);
	leave();
	for (int i = 0; i < 10; i++)
		mailbox_deliver(worker.mailbox);
	ck_assert(!list_empty(&worker.batch_fetches));
	scripted_go(world.server);
	UNTIL(list_empty(&worker.batch_fetches));
	ck_assert_uint_eq(overs, 0);
	ck_assert_int_eq(flight_look(&joiner, AWAITS_END).state, FLIGHT_DONE);
	expect_stored(1, 2);
	end();
}
END_TEST

START_TEST(goes_on_for_the_cache)
{
	begin(good, true);
	start(false);
	leave();
	scripted_go(world.server);
	UNTIL(list_empty(&worker.batch_fetches));
	expect_stored(0, 1);
	expect_stored(1, 2);
	end();
}
END_TEST

START_TEST(ends_with_its_worker)
{
	begin(patient, false);
	start(false);
	UNTIL(scripted_steps(world.server) >= 2);
	fetch_fail_all(&worker, FAILURE_SHUTDOWN);
	batch_fetch_fail_all(&worker, FAILURE_SHUTDOWN);
	ck_assert_uint_eq(overs, 1);
	ck_assert_int_eq(flight_look(&readers[0], AWAITS_END).reason_code, FAILURE_SHUTDOWN);
	end();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("batch_fetch");
	TCase *c = tcase_create("batch_fetch");
	tcase_add_test(c, hands_out_and_stores);
	tcase_add_test(c, refreshes_what_was_there);
	tcase_add_loop_test(c, useless_answers_fail_the_flights, 0, 5);
	tcase_add_test(c, an_answer_that_is_not_200_is_handed_out_as_it_is);
	tcase_add_test(c, a_torn_answer_fails_the_flights_so);
	tcase_add_loop_test(c, ends_when_nobody_is_left, 0, 2);
	tcase_add_test(c, goes_on_for_who_joined);
	tcase_add_test(c, goes_on_for_the_cache);
	tcase_add_test(c, ends_with_its_worker);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
