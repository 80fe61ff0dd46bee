#include "proxy/upstream/pool.h"

#include "tests/unit/transfer_fixture.h"
#include "tests/unit/pattern.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture world;

static void tear_down(void)
{
	fixture_finish(&world);
}

#define ANSWER(text) "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" text
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n"

static void parsed(const char *body, enum transfer_outcome outcome, const char *bytes)
{
	client_exchange(&world, body ? "POST" : "GET", "/", body, outcome, *bytes ? 200 : 0, bytes);
}

/* ## Connections are kept */

START_TEST(one_connection_serves_many)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT},	    {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("one!")}, {SCRIPT_READ},
	    {SCRIPT_SEND, CHUNKED}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("two!")}, {SCRIPT_END}};
	fixture_script(&world, script, false);
	parsed("a", TRANSFER_FINE, "one!");
	parsed("b", TRANSFER_FINE, "good");
	parsed(NULL, TRANSFER_FINE, "two!");
}
END_TEST

START_TEST(fresh_is_a_connection_of_its_own)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("one!")},
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("two!")},
	    {SCRIPT_END}};
	fixture_script(&world, script, false);
	parsed("a", TRANSFER_FINE, "one!");
	struct client a = {.bytes = buf_make(100), .fields = buf_make(100)};
	struct transfer_request request = {.method = slice_of("POST"),
					   .target = slice_of("/"),
					   .fresh = true,
					   .callbacks = &client_callbacks,
					   .context = &a};
	a.transfer = transfer_start(world.pool, &request);
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, TRANSFER_FINE, 200, "two!");
	client_finish(&a);
}
END_TEST

START_TEST(what_closes_is_not_used_again)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\none!"},
	    {SCRIPT_SEE_END},
	    {SCRIPT_ACCEPT},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, ANSWER("two!")},
	    {SCRIPT_END}};
	fixture_script(&world, script, false);
	parsed("a", TRANSFER_FINE, "one!");
	parsed("b", TRANSFER_FINE, "two!");
}
END_TEST

/* ## Unsolicited bytes are never taken as an answer */

static const struct {
	const char *answer; /* what is sent in one piece */
	const char *bytes;
} surplus[] = {
    {ANSWER("one!") ANSWER("EVIL"), "one!"},
    {CHUNKED ANSWER("EVIL"), "good"},
    {ANSWER("one!") "EVIL", "one!"},
};

START_TEST(surplus_in_one_piece_is_dropped)
{
	const struct script script[] = {{SCRIPT_ACCEPT},
					{SCRIPT_READ},
					{SCRIPT_SEND, surplus[_i].answer},
					{SCRIPT_READ},
					{SCRIPT_SEND, ANSWER("two!")},
					{SCRIPT_ACCEPT},
					{SCRIPT_READ},
					{SCRIPT_SEND, ANSWER("two!")},
					{SCRIPT_END}};
	fixture_script(&world, script, false);
	parsed("a", TRANSFER_FINE, surplus[_i].bytes);
	parsed("b", TRANSFER_FINE, "two!");
	/* Either on the same connection or on another one; the script allows for both. */
	if (scripted_steps(world.server) < 7) {
		struct client a = {.bytes = buf_make(100), .fields = buf_make(100)};
		struct transfer_request request = {.method = slice_of("GET"),
						   .target = slice_of("/"),
						   .fresh = true,
						   .callbacks = &client_callbacks,
						   .context = &a};
		a.transfer = transfer_start(world.pool, &request);
		FIXTURE_UNTIL(&world, a.ends);
		client_finish(&a);
	}
}
END_TEST

static const struct script late_bytes[] = {{SCRIPT_ACCEPT},
					   {SCRIPT_READ},
					   {SCRIPT_SEND, ANSWER("one!")},
					   {SCRIPT_AWAIT},
					   {SCRIPT_SEND, ANSWER("EVIL")}, /* five steps */
					   {SCRIPT_ACCEPT},
					   {SCRIPT_READ},
					   {SCRIPT_SEND, ANSWER("two!")},
					   {SCRIPT_END}};

START_TEST(bytes_on_an_idle_connection_end_it)
{
	fixture_script(&world, late_bytes, false);
	parsed("a", TRANSFER_FINE, "one!");
	scripted_go(world.server);
	scripted_reach(world.server, 5);
	fixture_turn(&world);
	struct client b;
	client_start(&b, &world, "POST", "/", "b");
	client_end_after_strays(&b, &world, "b", "two!");
}
END_TEST

/* Also without a turn of the loop in between. */
START_TEST(bytes_that_just_came_end_it_too)
{
	fixture_script(&world, late_bytes, false);
	parsed("a", TRANSFER_FINE, "one!");
	struct client a;
	client_start(&a, &world, "POST", "/", "b");
	scripted_go(world.server);
	scripted_reach(world.server, 5);
	pool_work(world.pool, clock_ms() + 1000);
	client_end_after_strays(&a, &world, "b", "two!");
}
END_TEST

/* ## Connections that died */

static const struct script dies_idle[] = {
    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("one!")}, {SCRIPT_AWAIT}, {SCRIPT_CLOSE},
    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("two!")}, {SCRIPT_END}};

START_TEST(an_idle_connection_that_ended_is_replaced)
{
	fixture_script(&world, dies_idle, false);
	parsed("a", TRANSFER_FINE, "one!");
	scripted_go(world.server);
	scripted_reach(world.server, 5);
	fixture_turn(&world);
	parsed("b", TRANSFER_FINE, "two!");
}
END_TEST

/* libcurl 7.88 connects once more before it finds that the body cannot be rewound, 8.14 does not.
 */
START_TEST(dead_before_the_request_is_stale_once)
{
	static const struct script script[] = {{SCRIPT_ACCEPT},
					       {SCRIPT_READ},
					       {SCRIPT_SEND, ANSWER("one!")},
					       {SCRIPT_READ},
					       {SCRIPT_CLOSE},
					       {SCRIPT_ACCEPT_ACTIVE},
					       {SCRIPT_READ},
					       {SCRIPT_SEND, ANSWER("two!")},
					       {SCRIPT_END}};
	fixture_script(&world, script, false);
	parsed("a", TRANSFER_FINE, "one!");
	struct client a;
	client_start(&a, &world, "POST", "/", "question");
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, TRANSFER_STALE, 0, "");
	ck_assert_uint_eq(a.given, 8);
	client_finish(&a);
	parsed("c", TRANSFER_FINE, "two!");
	ck_assert_ptr_nonnull(strstr(scripted_request(world.server, 1), "question"));
	ck_assert_ptr_null(strstr(scripted_request(world.server, 2), "question"));
}
END_TEST

static const struct {
	const char *bytes; /* what comes back on the kept connection before it ends */
	unsigned status;
} late_words[] = {{"HTTP/1.1 200 OK\r\nCont", 200}, {"garbage\r\n", 0}};

/* Bytes came back, so the server has seen the request: it must not be sent again. */
START_TEST(a_word_on_a_kept_connection_is_torn)
{
	const struct script script[] = {{SCRIPT_ACCEPT},
					{SCRIPT_READ},
					{SCRIPT_SEND, ANSWER("one!")},
					{SCRIPT_READ},
					{SCRIPT_SEND, late_words[_i].bytes},
					{SCRIPT_END}};
	fixture_script(&world, script, false);
	parsed("a", TRANSFER_FINE, "one!");
	client_exchange(&world, "POST", "/", "b", TRANSFER_TORN, late_words[_i].status, "");
}
END_TEST

/* A client that leaves in the middle of its request body does not make the connection stale. */
START_TEST(a_broken_body_is_not_stale)
{
	static const struct script script[] = {{SCRIPT_ACCEPT},
					       {SCRIPT_READ},
					       {SCRIPT_SEND, ANSWER("one!")},
					       {SCRIPT_SEE_END},
					       {SCRIPT_END}};
	fixture_script(&world, script, false);
	parsed("a", TRANSFER_FINE, "one!");
	struct client a;
	client_start(&a, &world, "POST", "/", "0123456789");
	a.body.len = 4;
	a.body_broken = true;
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, TRANSFER_TORN, 0, "");
	client_finish(&a);
}
END_TEST

START_TEST(dead_on_a_new_connection_is_torn)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_RESET}, {SCRIPT_END}};
	fixture_script(&world, script, false);
	parsed("a", TRANSFER_TORN, "");
}
END_TEST

START_TEST(nobody_there_is_unreachable)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	char url[64];
	snprintf(url, sizeof url, "http://127.0.0.1:%u", ntohs(a.sin_port));
	fixture_begin(&world, url, "");
	parsed("a", TRANSFER_UNREACHABLE, "");
	fixture_finish(&world);
	fixture_begin(&world, "unix:/tmp/no/such/socket", "");
	parsed("a", TRANSFER_UNREACHABLE, "");
	close(fd);
}
END_TEST

/* ## Pausing and cancelling */

START_TEST(a_paused_answer_waits_and_loses_nothing)
{
	enum { BYTES = 3 << 20 };
	char head[64];
	snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BYTES);
	const struct script script[] = {{SCRIPT_ACCEPT},
					{SCRIPT_READ},
					{SCRIPT_SEND, head},
					{SCRIPT_FLOOD, .count = BYTES},
					{SCRIPT_END}};
	fixture_script(&world, script, false);
	struct client a;
	client_start(&a, &world, "GET", "/", NULL);
	a.flow = TRANSFER_PAUSE;
	for (size_t round = 1; round <= 3; round++) {
		FIXTURE_UNTIL(&world, a.pauses == round);
		fixture_turn(&world);
		ck_assert_uint_eq(a.pauses, round);
		ck_assert_uint_eq(a.bytes.len, 0);
		/* No room twice, then room. */
		if (round == 3)
			a.flow = TRANSFER_GO;
		transfer_resume(a.transfer);
	}
	FIXTURE_UNTIL(&world, a.ends);
	ck_assert_msg(a.outcome == TRANSFER_FINE, "%s", a.reason);
	ck_assert_uint_eq(a.bytes.len, BYTES);
	ck_assert_uint_eq(pattern_differs(buf_slice(&a.bytes)), BYTES);
	client_finish(&a);
}
END_TEST

/* Its connection is watched again once it is over. */
START_TEST(a_paused_answer_leaves_a_watched_connection)
{
	fixture_script(&world, late_bytes, false);
	struct client a;
	client_start(&a, &world, "POST", "/", "a");
	a.flow = TRANSFER_PAUSE;
	FIXTURE_UNTIL(&world, a.pauses == 1);
	a.flow = TRANSFER_GO;
	transfer_resume(a.transfer);
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, TRANSFER_FINE, 200, "one!");
	client_finish(&a);
	scripted_go(world.server);
	scripted_reach(world.server, 5);
	client_start(&a, &world, "POST", "/", "b");
	client_end_after_strays(&a, &world, "b", "two!");
}
END_TEST

START_TEST(cancelling_closes_the_connection)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"},
	    {SCRIPT_SEE_END},
	    {SCRIPT_ACCEPT},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, ANSWER("two!")},
	    {SCRIPT_END}};
	fixture_script(&world, script, false);
	struct client a;
	client_start(&a, &world, "POST", "/", "a");
	FIXTURE_UNTIL(&world, a.bytes.len == 4);
	client_finish(&a);
	FIXTURE_UNTIL(&world, scripted_steps(world.server) == 4);
	ck_assert_uint_eq(a.ends, 0);
	parsed("b", TRANSFER_FINE, "two!");
}
END_TEST

START_TEST(nothing_is_due_while_all_rest)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("one!")}, {SCRIPT_END}};
	fixture_script(&world, script, false);
	ck_assert_int_eq(pool_timeout_ms(world.pool, clock_ms()), -1);
	parsed("a", TRANSFER_FINE, "one!");
	FIXTURE_UNTIL(&world, pool_timeout_ms(world.pool, clock_ms()) == -1);
	ck_assert_ptr_eq(pool_upstream(world.pool), world.upstream);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool");
	TCase *all = tcase_create("pool");
	tcase_add_checked_fixture(all, NULL, tear_down);
	tcase_add_test(all, one_connection_serves_many);
	tcase_add_test(all, fresh_is_a_connection_of_its_own);
	tcase_add_test(all, what_closes_is_not_used_again);
	tcase_add_loop_test(all, surplus_in_one_piece_is_dropped, 0, 3);
	tcase_add_test(all, bytes_on_an_idle_connection_end_it);
	tcase_add_test(all, bytes_that_just_came_end_it_too);
	tcase_add_test(all, an_idle_connection_that_ended_is_replaced);
	tcase_add_test(all, dead_before_the_request_is_stale_once);
	tcase_add_loop_test(all, a_word_on_a_kept_connection_is_torn, 0, 2);
	tcase_add_test(all, a_broken_body_is_not_stale);
	tcase_add_test(all, dead_on_a_new_connection_is_torn);
	tcase_add_test(all, nobody_there_is_unreachable);
	tcase_add_test(all, a_paused_answer_waits_and_loses_nothing);
	tcase_add_test(all, a_paused_answer_leaves_a_watched_connection);
	tcase_add_test(all, cancelling_closes_the_connection);
	tcase_add_test(all, nothing_is_due_while_all_rest);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
