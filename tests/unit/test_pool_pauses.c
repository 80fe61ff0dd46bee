/* An answer is paused at every point, on new and on kept connections, and nothing of it is lost;
 * the next request goes out on the same connection. */
#include "proxy/upstream/pool.h"

#include "base/memory.h"
#include "tests/unit/transfer_fixture.h"
#include "tests/unit/pattern.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ANSWER(text) "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" text
#define QUESTION "question"

static struct fixture world;

static void tear_down(void)
{
	fixture_finish(&world);
}

/* ## Trials */

/* When the caller pauses. A piece is what libcurl gives to on_body at once. */
enum place {
	AT_THE_FIRST_BYTE, /* and the head came with it */
	BEHIND_THE_FIRST_PIECE,
	IN_THE_MIDDLE,
	AT_THE_LAST_BYTE,
	AT_EVERY_PIECE, /* twice */
	PLACES
};

static const char *const place_names[] = {"at the first byte", "behind the first piece",
					  "in the middle", "at the last byte", "at every piece"};
static_assert(COUNT(place_names) == PLACES, "each place has its name");

/* The first does not fit into the kernel's receive buffer, the second does, the third is one piece.
 */
enum { FITS_BUFFERS = 40000 };
static const size_t lengths[] = {1500000, FITS_BUFFERS, 20};

struct trial {
	bool kept;	  /* another answer came before, on the same connection */
	bool chunked;	  /* else by length */
	bool post;	  /* else GET */
	bool split;	  /* what lies behind the pause is sent during it */
	bool head_alone;  /* the body is sent after the head was read */
	bool unix_socket; /* else TCP; these connections are not kept */
	size_t length;
	enum place place;
	/* the answer, for the script */
	char *head;
	char *first;
	char *second; /* "" unless split */
	size_t steps; /* of the server until all is sent */
};

static const struct trial *current;

static const char *describe(const struct trial *t)
{
	static char text[200];
	snprintf(text, sizeof text, "%s%s, %s %s%s, %s%zu bytes, paused %s",
		 t->kept ? "kept" : "new", t->unix_socket ? " unix" : "", t->post ? "POST" : "GET",
		 t->chunked ? "chunked" : "by length", t->split ? " in two" : "",
		 t->head_alone ? "head alone, " : "", t->length, place_names[t->place]);
	return text;
}

/* ## A model server that answers before libcurl looks */

/* The end of the current request. NULL: do not wait for the answer. */
static const char *request_end;
static _Thread_local bool is_client_thread; /* the thread in which libcurl runs, not the server's */

static bool ends_request(const char *at, ssize_t len)
{
	size_t end = request_end ? strlen(request_end) : 0;
	return end && len >= (ssize_t)end && memcmp(at + len - end, request_end, end) == 0;
}

/* Replaces libc's function for libcurl. Returns only once the answer to what was sent has begun to
 * arrive, so that libcurl reads it at once, without waiting for events. */
ssize_t send(int fd, const void *at, size_t len, int flags)
{
	static const int on = 1;
	ssize_t sent = sendto(fd, at, len, flags, NULL, 0);
	if (is_client_thread) /* or a SCRIPT_SEND ends after 40 ms, with a delayed ACK */
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
	if (is_client_thread && sent > 0 && ends_request(at, sent)) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ck_assert_msg(poll(&p, 1, 10000) == 1,
			      "%s: no answer; it was sent on an unexpected connection",
			      describe(current));
	}
	return sent;
}

/* ## Scripts */

static size_t position_of(const struct trial *t)
{
	switch (t->place) {
	case BEHIND_THE_FIRST_PIECE:
		return t->length > 20000 ? 20000 : 1;
	case IN_THE_MIDDLE:
		return t->length / 2;
	case AT_THE_LAST_BYTE:
		return t->length - 1;
	default:
		return 0;
	}
}

static char *body_of(const struct trial *t)
{
	struct buf b = buf_make(t->length + 100);
	ck_assert(!t->chunked || buf_printf(&b, "%zx\r\n", t->length));
	ck_assert(buf_reserve(&b, t->length + 10));
	pattern_write(b.at + b.len, t->length, 0);
	b.len += t->length;
	ck_assert(!t->chunked || buf_append_slice(&b, slice_of("\r\n0\r\n\r\n")));
	char *text = memory_copy(b.at, b.len);
	buf_finish(&b);
	return text;
}

static void make_answer(struct trial *t)
{
	char head[100];
	int len = t->chunked
		      ? snprintf(head, sizeof head,
				 "HTTP/1.1 200 OK\r\n"
				 "Transfer-Encoding: chunked\r\n\r\n")
		      : snprintf(head, sizeof head,
				 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", t->length);
	char *body = body_of(t);
	size_t bytes = strlen(body);
	/* First comes everything up to the byte at which it pauses. */
	size_t before = t->chunked ? (size_t)(strchr(body, '\n') - body) + 1 : 0;
	size_t cut = t->split ? before + position_of(t) + 1 : bytes;
	t->head = memory_copy(head, t->head_alone ? (size_t)len : 0);
	struct buf first = buf_make(bytes + sizeof head);
	ck_assert(t->head_alone || buf_append_slice(&first, slice_of(head)));
	ck_assert(buf_append_slice(&first, slice_make(body, cut)));
	t->first = memory_copy(first.at, first.len);
	t->second = memory_copy(body + cut, bytes - cut);
	buf_finish(&first);
	free(body);
}

/* Appends a step, preceded by those that it needs. */
static void add_step(struct trial *t, struct script *script, enum script_step step,
		     const char *text)
{
	if (step == SCRIPT_READ && (t->steps == 0 || t->unix_socket))
		script[t->steps++] = (struct script){SCRIPT_ACCEPT};
	script[t->steps++] = (struct script){step, text};
}

/* after: what the server does after the paused answer */
static void start_server(struct trial *t, const struct script *after)
{
	struct script script[20] = {0};
	if (t->kept) {
		add_step(t, script, SCRIPT_READ, NULL);
		add_step(t, script, SCRIPT_SEND, ANSWER("one!"));
	}
	add_step(t, script, SCRIPT_READ, NULL);
	if (t->head_alone) {
		add_step(t, script, SCRIPT_SEND, t->head);
		add_step(t, script, SCRIPT_AWAIT, NULL);
	}
	add_step(t, script, SCRIPT_SEND, t->first);
	if (t->split) {
		add_step(t, script, SCRIPT_AWAIT, NULL);
		add_step(t, script, SCRIPT_SEND, t->second);
	}
	size_t sent = t->steps;
	for (; after->step; after++)
		add_step(t, script, after->step, after->text);
	t->steps = sent;
	fixture_script(&world, script, t->unix_socket);
}

#define EXPECT(condition) ck_assert_msg(condition, "%s: not %s", describe(current), #condition)

#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		int64_t until_ms_ = clock_ms() + 10000;                                            \
		while (!(condition) && clock_ms() < until_ms_)                                     \
			fixture_turn(&world);                                                      \
		EXPECT(condition);                                                                 \
	} while (0)

static void start(struct client *a, const char *body)
{
	request_end = body ? body : "\r\n\r\n";
	client_start(a, &world, body ? "POST" : "GET", "/", body);
}

static void finish(struct client *a)
{
	ck_assert_msg(a->outcome == TRANSFER_FINE, "%s: %zu bytes came, then: %s",
		      describe(current), a->bytes.len, a->reason);
	client_finish(a);
}

static void exchange(const char *body, const char *bytes)
{
	struct client a;
	start(&a, body);
	UNTIL(a.ends);
	EXPECT(a.outcome != TRANSFER_FINE || slice_is(buf_slice(&a.bytes), bytes));
	finish(&a);
}

/* ## Pausing */

static size_t paused_for; /* the byte of the last pause */
static unsigned times;

static void pause_twice_each(struct client *a)
{
	times = a->bytes.len == paused_for ? times + 1 : 1;
	paused_for = a->bytes.len;
	a->flow = times > 2 ? TRANSFER_GO : TRANSFER_PAUSE;
}

static void decide(struct client *a, struct slice bytes)
{
	if (current->place == AT_EVERY_PIECE) {
		pause_twice_each(a);
		return;
	}
	bool due = a->pauses == 0 && a->bytes.len + bytes.len > position_of(current);
	a->flow = due ? TRANSFER_PAUSE : TRANSFER_GO;
}

/* Lets the loop see the events of the connections. */
static void turn_loop(void)
{
	for (int turn = 0; turn < 3; turn++) {
		loop_turn(world.loop, 0);
		pool_work(world.pool, clock_ms());
	}
}

static void stay_paused(struct client *a)
{
	size_t pauses = a->pauses;
	turn_loop();
	EXPECT(a->pauses == pauses && !a->ends);
}

/* Waits until the server has sent all it can while nothing is read. */
static void send_the_rest(const struct trial *t)
{
	if (t->split)
		scripted_go(world.server);
	if (t->length <= FITS_BUFFERS)
		scripted_reach(world.server, t->steps);
}

static void read_with_pauses(const struct trial *t)
{
	struct client a;
	start(&a, t->post ? QUESTION : NULL);
	a.decide = decide;
	if (t->head_alone) {
		UNTIL(a.heads);
		scripted_go(world.server);
	}
	UNTIL(a.pauses);
	send_the_rest(t);
	while (!a.ends) {
		size_t pauses = a.pauses;
		stay_paused(&a);
		transfer_resume(a.transfer);
		UNTIL(a.ends || a.pauses > pauses);
	}
	EXPECT(a.outcome != TRANSFER_FINE || a.bytes.len == t->length);
	EXPECT(pattern_differs(buf_slice(&a.bytes)) == a.bytes.len);
	finish(&a);
}

/* Runs the paused exchange until it has ended well. */
static void begin(struct trial *t, const struct script *after)
{
	current = t;
	is_client_thread = true;
	paused_for = SIZE_MAX;
	make_answer(t);
	start_server(t, after);
	if (t->kept)
		exchange("a", "one!");
	read_with_pauses(t);
}

static void end(struct trial *t)
{
	request_end = NULL;
	fixture_finish(&world);
	free(t->head);
	free(t->first);
	free(t->second);
}

static void play(struct trial *t)
{
	static const struct script goes_on[] = {
	    {SCRIPT_READ}, {SCRIPT_SEND, ANSWER("two!")}, {SCRIPT_END}};
	begin(t, goes_on);
	exchange(t->post ? NULL : "b", "two!");
	end(t);
}

/* Unsolicited bytes arrive after the answer. seen: the loop has seen them. The next request fails
 * before it is sent, or is sent on another connection. */
static void play_stray(struct trial *t, bool seen)
{
	static const struct script strays[] = {
	    {SCRIPT_AWAIT}, {SCRIPT_SEND, ANSWER("EVIL")}, {SCRIPT_ACCEPT},
	    {SCRIPT_READ},  {SCRIPT_SEND, ANSWER("two!")}, {SCRIPT_END}};
	begin(t, strays);
	scripted_go(world.server);
	scripted_reach(world.server, t->steps + 2);
	if (seen)
		turn_loop();
	struct client a;
	start(&a, "b");
	request_end = NULL; /* no answer will come on that connection */
	UNTIL(a.ends);
	bool stale = a.outcome == TRANSFER_STALE;
	EXPECT(slice_is(buf_slice(&a.bytes), stale ? "" : "two!"));
	client_finish(&a);
	if (stale)
		exchange("b", "two!");
	end(t);
}

enum { KEPT = 1, CHUNKED = 2, POST = 4, SPLIT = 8, HEAD_ALONE = 16, UNIX = 32, KINDS = 64 };

static struct trial trial_of(int kind, size_t length, enum place place)
{
	return (struct trial){
	    .kept = kind & KEPT,
	    .chunked = kind & CHUNKED,
	    .post = kind & POST,
	    .split = kind & SPLIT,
	    .head_alone = kind & HEAD_ALONE,
	    .unix_socket = kind & UNIX,
	    .length = length,
	    .place = place,
	};
}

START_TEST(nothing_is_lost_wherever_it_pauses)
{
	for (size_t l = 0; l < COUNT(lengths); l++)
		for (enum place place = 0; place < PLACES; place++) {
			struct trial t = trial_of(_i, lengths[l], place);
			play(&t);
		}
}
END_TEST

START_TEST(strays_behind_it_are_no_answer)
{
	for (enum place place = 0; place < PLACES; place++)
		for (int seen = 0; seen < 2; seen++) {
			struct trial t = trial_of(_i, FITS_BUFFERS, place);
			play_stray(&t, seen);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool_pauses");
	TCase *all = tcase_create("pool_pauses");
	tcase_add_checked_fixture(all, NULL, tear_down);
	tcase_add_loop_test(all, nothing_is_lost_wherever_it_pauses, 0, KINDS);
	tcase_add_loop_test(all, strays_behind_it_are_no_answer, 0, UNIX);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
