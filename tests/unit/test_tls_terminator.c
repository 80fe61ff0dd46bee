#include "proxy/http/tls/tls_terminator.h"

#include "tests/unit/main.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 1000 };

static struct loop *loop;
static struct certificate *certificate;
static struct tls_terminators tls_terminators;
static struct lingering_closes lingering_closes;
static atomic_size_t connections;
static SSL_CTX *context;
static SSL *client;
static int client_fd;
static int far; /* the server's end */

static void set_up(void)
{
	char cert[1024], key[1024];
	const char *root = getenv("SOURCE_ROOT");
	ck_assert_msg(root, "SOURCE_ROOT is not set");
	snprintf(cert, sizeof cert, "%s/tests/data/tls/server.pem", root);
	snprintf(key, sizeof key, "%s/tests/data/tls/server.key", root);
	struct error_text why = {{0}};
	certificate = certificate_create(cert, key, &why);
	ck_assert_msg(certificate, "%s", why.text);
	loop = loop_create();
	connections = 0;
	lingering_closes_init(&lingering_closes, loop);
	tls_terminators_init(&tls_terminators, loop, TIMEOUT_MS, &connections, &lingering_closes);
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	far = tls_terminator_open(&tls_terminators, certificate, ends[0]);
	ck_assert_int_ge(far, 0);
	client_fd = ends[1];
	context = SSL_CTX_new(TLS_client_method());
	client = SSL_new(context);
	SSL_set_fd(client, client_fd);
	SSL_set_connect_state(client);
}

static void tear_down(void)
{
	tls_terminators_finish(&tls_terminators);
	lingering_closes_finish(&lingering_closes);
	ck_assert(list_empty(&tls_terminators.all));
	ck_assert_uint_eq(connections, 0);
	SSL_free(client);
	SSL_CTX_free(context);
	close(client_fd);
	if (far >= 0)
		close(far);
	certificate_destroy(&certificate);
	loop_destroy(&loop);
}

/* Runs the loop until nothing moves. */
static void turn(void)
{
	for (int i = 0; i < 4; i++)
		loop_turn(loop, 0);
}

static void shake_hands(void)
{
	for (int i = 0; i < 10 && SSL_do_handshake(client) != 1; i++)
		turn();
	ck_assert(SSL_is_init_finished(client));
}

static void close_far(void)
{
	close(far);
	far = -1;
	turn();
}

START_TEST(passes_bytes_both_ways)
{
	char at[64];
	shake_hands();
	ck_assert_int_eq(SSL_write(client, "question", 8), 8);
	turn();
	ck_assert_int_eq(recv(far, at, sizeof at, 0), 8);
	ck_assert_mem_eq(at, "question", 8);
	ck_assert_int_eq(send(far, "answer", 6, 0), 6);
	ck_assert(tls_terminators_busy(&tls_terminators));
	turn();
	ck_assert(!tls_terminators_busy(&tls_terminators));
	ck_assert_int_eq(SSL_read(client, at, sizeof at), 6);
	ck_assert_mem_eq(at, "answer", 6);
	ck_assert_int_eq(tls_terminators_due_ms(&tls_terminators), -1);
}
END_TEST

/* A record of 16 KiB at a time; more than any buffer on the way holds, against a slow reader. */
START_TEST(loses_nothing_when_a_side_is_slow)
{
	enum { TOTAL = 2 << 20 };
	static char piece[70000], got[10000];
	size_t sent = 0, received = 0, wrong = 0;
	shake_hands();
	for (long stuck = 0; received < TOTAL && stuck < 100000; stuck++) {
		size_t more = sizeof piece < TOTAL - sent ? sizeof piece : TOTAL - sent;
		for (size_t i = 0; i < more; i++)
			piece[i] = (char)((sent + i) % 251);
		ssize_t put = more ? send(far, piece, more, MSG_NOSIGNAL) : 0;
		sent += put > 0 ? (size_t)put : 0;
		turn();
		int len = SSL_read(client, got, sizeof got);
		for (int i = 0; i < len; i++, received++)
			wrong += got[i] != (char)(received % 251);
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(received, TOTAL);
}
END_TEST

START_TEST(holds_up_a_client_that_nobody_reads)
{
	static char piece[16384];
	size_t taken = 0;
	shake_hands();
	for (int i = 0; i < 1000; i++) {
		int put = SSL_write(client, piece, sizeof piece);
		if (put > 0)
			taken += (size_t)put;
		turn();
	}
	ck_assert_uint_lt(taken, 2 << 20);
	char at[4096];
	size_t received = 0;
	for (ssize_t got; (got = recv(far, at, sizeof at, 0)) > 0; turn())
		received += (size_t)got;
	ck_assert_uint_ge(received, taken - sizeof piece);
}
END_TEST

START_TEST(the_clients_end_reaches_the_server)
{
	char byte;
	shake_hands();
	SSL_write(client, "x", 1);
	SSL_shutdown(client);
	turn();
	ck_assert_int_eq(recv(far, &byte, 1, 0), 1);
	ck_assert_int_eq(recv(far, &byte, 1, 0), 0);
	/* It may get a response nevertheless. */
	ck_assert_int_eq(send(far, "y", 1, MSG_NOSIGNAL), 1);
	turn();
	ck_assert_int_eq(SSL_read(client, &byte, 1), 1);
	close_far();
	ck_assert(list_empty(&tls_terminators.all));
}
END_TEST

START_TEST(a_client_that_breaks_off_ends_both)
{
	char byte;
	shake_hands();
	send(client_fd, "no TLS record", 13, 0);
	turn();
	ck_assert(list_empty(&tls_terminators.all));
	ck_assert_int_eq(recv(far, &byte, 1, 0), 0);
}
END_TEST

START_TEST(who_does_not_speak_tls_is_ended)
{
	char byte;
	send(client_fd, "GET / HTTP/1.1\r\n\r\n", 18, 0);
	turn();
	ck_assert(list_empty(&tls_terminators.all));
	ck_assert_int_eq(recv(far, &byte, 1, 0), 0);
}
END_TEST

START_TEST(the_servers_end_comes_after_all_it_wrote)
{
	char at[64];
	shake_hands();
	send(far, "last words", 10, 0);
	close_far();
	ck_assert(list_empty(&tls_terminators.all));
	ck_assert_int_eq(SSL_read(client, at, sizeof at), 10);
	int end = SSL_read(client, at, sizeof at);
	ck_assert_int_eq(SSL_get_error(client, end), SSL_ERROR_ZERO_RETURN);
}
END_TEST

/* What it sends meanwhile is read, and not decrypted. */
START_TEST(a_client_that_is_sending_gets_the_last_words)
{
	static char piece[16384];
	char at[64];
	shake_hands();
	send(far, "last words", 10, 0);
	close_far();
	ck_assert(list_empty(&tls_terminators.all));
	ck_assert_uint_eq(connections, 0);
	ck_assert_uint_eq(lingering_closes.count, 1);
	for (int sent = 0, tries = 0; sent < 100; tries++) {
		ck_assert_int_lt(tries, 10000);
		int put = SSL_write(client, piece, sizeof piece);
		ck_assert(put > 0 || SSL_get_error(client, put) == SSL_ERROR_WANT_WRITE);
		sent += put > 0;
		turn();
	}
	ck_assert_int_eq(SSL_read(client, at, sizeof at), 10);
	ck_assert_int_eq(SSL_read(client, at, sizeof at), 0);
	shutdown(client_fd, SHUT_WR);
	for (int i = 0; i < 100 && lingering_closes.count; i++)
		turn();
	ck_assert_uint_eq(lingering_closes.count, 0);
}
END_TEST

START_TEST(a_client_has_a_while_to_take_the_rest)
{
	static char piece[16384];
	shake_hands();
	while (send(far, piece, sizeof piece, MSG_NOSIGNAL) > 0)
		turn();
	ck_assert_int_eq(errno, EAGAIN);
	close_far();
	ck_assert(!list_empty(&tls_terminators.all));
	ck_assert(tls_terminators_busy(&tls_terminators));
	ck_assert_uint_eq(connections, 1);
	int64_t due_ms = tls_terminators_due_ms(&tls_terminators);
	ck_assert_int_gt(due_ms, 0);
	tls_terminators_work(&tls_terminators, due_ms - 1);
	ck_assert(!list_empty(&tls_terminators.all));
	tls_terminators_work(&tls_terminators, due_ms);
	ck_assert(list_empty(&tls_terminators.all));
	ck_assert_uint_eq(connections, 0);
}
END_TEST

START_TEST(nobody_waits_for_a_handshake_that_the_server_gave_up)
{
	send(client_fd, "\x16", 1, 0);
	turn();
	send(far, "an answer to nothing", 20, 0);
	close_far();
	ck_assert(list_empty(&tls_terminators.all));
}
END_TEST

START_TEST(without_descriptors_the_client_is_let_go)
{
	int ends[2];
	char byte;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	struct rlimit before, none;
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = (rlim_t)ends[1] + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	ck_assert_int_eq(tls_terminator_open(&tls_terminators, certificate, ends[0]), -1);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(recv(ends[1], &byte, 1, 0), 0);
	close(ends[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tls_terminator");
	TCase *all = tcase_create("tls_terminator");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, passes_bytes_both_ways);
	tcase_add_test(all, loses_nothing_when_a_side_is_slow);
	tcase_add_test(all, holds_up_a_client_that_nobody_reads);
	tcase_add_test(all, the_clients_end_reaches_the_server);
	tcase_add_test(all, a_client_that_breaks_off_ends_both);
	tcase_add_test(all, who_does_not_speak_tls_is_ended);
	tcase_add_test(all, the_servers_end_comes_after_all_it_wrote);
	tcase_add_test(all, a_client_that_is_sending_gets_the_last_words);
	tcase_add_test(all, a_client_has_a_while_to_take_the_rest);
	tcase_add_test(all, nobody_waits_for_a_handshake_that_the_server_gave_up);
	tcase_add_test(all, without_descriptors_the_client_is_let_go);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
