#include "proxy/upstream/pool.h"

#include "tests/unit/transfer_fixture.h"

#define ANSWER(text) "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" text

static struct fixture world;

static void tear_down(void)
{
	fixture_finish(&world);
}

/* libcurl handles timeouts of less than a millisecond after later ones. */
static void pass_its_timeout(void)
{
	for (int64_t due_ms = clock_ms() + 3; clock_ms() < due_ms;)
		;
}

/* libcurl gives a connection to the next transfer before it reports the end of the previous one, if
 * it handles the two in this order: the first was due before the second began. */
START_TEST(a_connection_changes_hands_within_a_turn)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\non"},
	    {SCRIPT_AWAIT},
	    {SCRIPT_SEND, "e!"}, /* five steps */
	    {SCRIPT_READ},
	    {SCRIPT_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntw"},
	    {SCRIPT_AWAIT},
	    {SCRIPT_SEND, "o!"},
	    {SCRIPT_END}};
	fixture_script(&world, script, false);
	struct client a, b;
	client_start(&a, &world, "POST", "/", "a");
	a.flow = TRANSFER_PAUSE;
	FIXTURE_UNTIL(&world, a.pauses == 1);
	scripted_go(world.server);
	scripted_reach(world.server, 5);
	a.flow = TRANSFER_GO;
	transfer_resume(a.transfer);
	client_start(&b, &world, "POST", "/", "b");
	pass_its_timeout();
	FIXTURE_UNTIL(&world, a.ends);
	client_expect(&a, TRANSFER_FINE, 200, "one!");
	FIXTURE_UNTIL(&world, b.bytes.len == 2);
	scripted_go(world.server);
	FIXTURE_UNTIL(&world, b.ends);
	client_expect(&b, TRANSFER_FINE, 200, "two!");
	client_finish(&a);
	client_finish(&b);
}
END_TEST

/* libcurl does not report which connection it chose, and unix sockets have no addresses. */
START_TEST(connections_to_a_unix_socket_are_not_kept)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("one!")}, {SCRIPT_SEE_END},
	    {SCRIPT_ACCEPT}, {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("two!")}, {SCRIPT_SEE_END},
	    {SCRIPT_END}};
	fixture_script(&world, script, true);
	client_exchange(&world, "POST", "/", "a", TRANSFER_FINE, 200, "one!");
	client_exchange(&world, "GET", "/", NULL, TRANSFER_FINE, 200, "two!");
	FIXTURE_UNTIL(&world, scripted_steps(world.server) == 8);
}
END_TEST

/* Paused at its last bytes, after which libcurl no longer watches the socket. */
START_TEST(what_was_paused_at_its_end_is_watched)
{
	static const struct script script[] = {
	    {SCRIPT_ACCEPT},
	    {SCRIPT_READ},
	    {SCRIPT_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\none!"},
	    {SCRIPT_AWAIT},
	    {SCRIPT_SEND, "EVIL"},
	    {SCRIPT_SEE_END}, /* six steps */
	    {SCRIPT_END}};
	fixture_script(&world, script, false);
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
	FIXTURE_UNTIL(&world, scripted_steps(world.server) >= 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool_handover");
	TCase *all = tcase_create("pool_handover");
	tcase_add_checked_fixture(all, NULL, tear_down);
	tcase_set_timeout(all, 60);
	tcase_add_test(all, a_connection_changes_hands_within_a_turn);
	tcase_add_test(all, connections_to_a_unix_socket_are_not_kept);
	tcase_add_test(all, what_was_paused_at_its_end_is_watched);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
