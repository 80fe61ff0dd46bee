/* A worker from its sockets on, in one thread and without waiting: two clients and a model server
 * say what the input tells them. Whatever that is, nobody is left waiting when all have gone, the
 * books of the cache balance, and what reaches the model server is a request that can be read in
 * one way only.
 *
 * The input is a list of steps, each begun by a byte 0xFF (which is in no UTF-8) and a letter:
 *
 *     a… b…     the client A or B says this, on a connection of its own
 *     A  B      it leaves
 *     u…        the model server says this on its newest connection
 *     U         it closes that one
 *     t         a minute passes */
#include "base/clock.h"
#include "base/memory.h"
#include "config/load.h"
#include "proxy/header/cors.h"
#include "proxy/observe/header_watch.h"
#include "proxy/request/api_keys.h"
#include "proxy/thread_pool.h"
#include "proxy/upstream/fetch.h"
#include "proxy/request/embeddings/batch_fetch.h"
#include "proxy/request/request.h"
#include "proxy/http/server.h"
#include "proxy/upstream/pool.h"
#include "proxy/upstream/upstream.h"
#include "proxy/upstream/usage_refusals.h"
#include "tests/fuzz/fuzz.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	CLIENTS = 2,
	CALLS_MOST = 16,
	HEAD_MOST = 1 << 16,
	MINUTE_MS = 60000,
	/* No exchange of these takes so many turns; then it is going round in circles. */
	TURNS_MOST = 20000,
	IDLE_TURNS = 3,
	/* libcurl likes to come back a little later. Longer waits are time-outs. */
	SHORT_WAIT_MS = 5,
};

/* A connection that the worker made to the model server. */
struct call {
	int fd; /* -1: closed */
	struct buf said;
	bool headed;
};

static struct {
	struct config *config;
	struct upstream *upstream;
	int clients_fd;	 /* the worker accepts from it */
	int upstream_fd; /* we accept from it */
	struct sockaddr_un clients_address;
	socklen_t clients_len;
	char folder[64];
	/* for each input */
	struct context worker;
	struct header_table *headers;
	struct findings *findings;
	struct server *server;
	atomic_size_t connections;
	int64_t later_ms; /* how much of the time has only been said to pass */
	int clients[CLIENTS];
	struct call calls[CALLS_MOST];
	size_t call_count;
} world;

/* ## Once */

static void remove_folder(void)
{
	char path[sizeof world.folder + 2];
	snprintf(path, sizeof path, "%s/s", world.folder);
	unlink(path);
	rmdir(world.folder);
}

static int listen_at(struct sockaddr_un *address, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ensure(fd >= 0 && bind(fd, (struct sockaddr *)address, len) == 0 && listen(fd, 64) == 0);
	return fd;
}

/* Clients come by an address without a name; libcurl wants a path. */
static void open_sockets(void)
{
	snprintf(world.folder, sizeof world.folder, "/tmp/fuzz-worker.XXXXXX");
	ensure(mkdtemp(world.folder));
	atexit(remove_folder);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s/s", world.folder);
	world.upstream_fd = listen_at(&address, sizeof address);
	address = (struct sockaddr_un){.sun_family = AF_UNIX};
	world.clients_fd = listen_at(&address, sizeof address.sun_family);
	world.clients_address = address;
	world.clients_len = sizeof world.clients_address;
	getsockname(world.clients_fd, (struct sockaddr *)&world.clients_address,
		    &world.clients_len);
}

static void open_world(void)
{
	static const char text[] = "workers: 1\n"
				   "cache: {memory: 256KiB, max_entry: 16KiB, ttl_jitter: 0%}\n"
				   "limits: {body: 64KiB, connections: 8}\n"
				   "log: {level: error, access: false}\n";
	struct buf errors = buf_make(1 << 16);
	struct error_text why = {{0}};
	char url[sizeof world.folder + 8];
	signal(SIGPIPE, SIG_IGN);
	log_setup(LOG_ERROR, LOG_TEXT);
	upstream_library_begin();
	open_sockets();
	world.config =
	    config_load(&(struct config_sources){.file = "f", .text = slice_of(text)}, &errors);
	ensure(world.config && errors.len == 0);
	snprintf(url, sizeof url, "unix:%s/s", world.folder);
	world.upstream = upstream_create(
	    &(struct upstream_options){
		.name = "main", .url = url, .connect_timeout_ms = MINUTE_MS, .max_connections = 4},
	    &why);
	ensure(world.upstream);
	world.findings = findings_create();
	world.headers = header_table_create(&(struct header_table_options){
	    .ignore = &world.config->cache.ignore_headers, .forwarded = true, .compat = true});
}

/* ## For each input: what worker.c makes, but its thread */

static void open_worker(void)
{
	struct context *k = &world.worker;
	struct error_text why = {{0}};
	*k = (struct context){.config = world.config, .headers = world.headers};
	k->cache =
	    cache_create(&(struct cache_options){.memory_bytes = world.config->cache.memory,
						 .max_entry_bytes = world.config->cache.max_entry});
	k->cors = cors_create();
	k->usage_refusals = usage_refusals_create();
	list_init(&k->fetches);
	list_init(&k->requests);
	list_init(&k->batch_fetches);
	access_log_init(&k->access, false);
	k->form = buf_make(1 << 24);
	k->scope = buf_make(1 << 24);
	k->watch = header_watch_create(&(struct header_watch_options){
	    .findings = world.findings,
	    .ignored_cookies = &world.config->cache.ignore_cookies,
	    .forwarded = true,
	});
	k->hasher = hasher_create();
	k->canonical = canonical_create();
	k->loop = loop_create();
	k->mailbox = mailbox_create();
	k->pool = pool_create(k->loop, world.upstream, 4);
	bool shared = false;
	world.server = server_create(k,
				     &(struct server_options){&request_handler, &world.clients_fd,
							      &shared, 1, &world.connections},
				     &why);
	ensure(k->pool && world.server);
}

static void close_worker(void)
{
	struct context *k = &world.worker;
	cache_check(k->cache);
	ensure(k->metrics.framing_conflicts == 0);
	ensure(cache_figures(k->cache).flights == 0);
	pool_destroy(&k->pool);
	mailbox_destroy(&k->mailbox);
	loop_destroy(&k->loop);
	hasher_destroy(&k->hasher);
	free(k->spare_request);
	canonical_destroy(&k->canonical);
	access_log_finish(&k->access);
	header_watch_destroy(&k->watch);
	buf_finish(&k->form);
	buf_finish(&k->scope);
	cors_destroy(&k->cors);
	usage_refusals_destroy(&k->usage_refusals);
	cache_destroy(&k->cache);
}

/* ## What reaches the model server */

static size_t count_names(struct slice head, const char *name)
{
	size_t count = 0;
	while (head.at) {
		struct slice line = slice_cut(&head, '\n');
		count += slice_is_nocase(slice_cut(&line, ':'), name);
	}
	return count;
}

static void check_head(struct slice head)
{
	for (size_t i = 0; i < head.len; i++) {
		ensure(head.at[i] != 0);
		ensure(head.at[i] != '\r' || (i + 1 < head.len && head.at[i + 1] == '\n'));
		ensure(head.at[i] != '\n' || (i > 0 && head.at[i - 1] == '\r'));
	}
	ensure(count_names(head, "Host") == 1);
	ensure(count_names(head, "Content-Length") + count_names(head, "Transfer-Encoding") <= 1);
	ensure(count_names(head, "Connection") == 0);
}

static void look_at(struct call *c)
{
	struct slice said = buf_slice(&c->said);
	const char *end = said.len ? memmem(said.at, said.len, "\r\n\r\n", 4) : NULL;
	if (c->headed || !end)
		return;
	c->headed = true;
	check_head(slice_make(said.at, (size_t)(end - said.at) + 2));
}

/* ## Turns */

static bool accept_call(void)
{
	int fd = accept4(world.upstream_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return false;
	if (world.call_count == CALLS_MOST)
		close(fd);
	else
		world.calls[world.call_count++] =
		    (struct call){.fd = fd, .said = buf_make(HEAD_MOST)};
	return true;
}

static bool read_from(int *fd, struct buf *keep)
{
	char at[4096];
	ssize_t got = *fd < 0 ? -1 : recv(*fd, at, sizeof at, MSG_DONTWAIT);
	if (got == 0) {
		close(*fd);
		*fd = -1;
	}
	if (got > 0 && keep && buf_append(keep, at, (size_t)got))
		return true;
	return got > 0;
}

/* The others take what there is to take. True: there was something. */
static bool others_turn(void)
{
	bool moved = accept_call();
	for (size_t i = 0; i < CLIENTS; i++)
		moved |= read_from(&world.clients[i], NULL);
	for (size_t i = 0; i < world.call_count; i++) {
		moved |= read_from(&world.calls[i].fd, &world.calls[i].said);
		look_at(&world.calls[i]);
	}
	return moved;
}

static int64_t sleep_ms(void)
{
	if (mailbox_waiting(world.worker.mailbox))
		return 0;
	int64_t now_ms = clock_ms();
	return clock_sooner(server_timeout_ms(world.server, now_ms),
			    pool_timeout_ms(world.worker.pool, now_ms));
}

static void worker_turn(int64_t ms)
{
	loop_turn(world.worker.loop, (int)ms);
	int64_t now_ms = clock_ms();
	pool_work(world.worker.pool, now_ms);
	mailbox_deliver(world.worker.mailbox);
	fetch_tick_all(&world.worker, now_ms + world.later_ms);
	server_work(world.server, now_ms + world.later_ms);
	access_log_flush(&world.worker.access);
}

/* Until nobody has anything to do. */
static void settle(void)
{
	int idle = 0;
	for (int i = 0; idle < IDLE_TURNS; i++) {
		int64_t ms = sleep_ms();
		bool soon = ms >= 0 && ms <= SHORT_WAIT_MS;
		worker_turn(soon ? ms : 0);
		idle = others_turn() || soon ? 0 : idle + 1;
		ensure(i < TURNS_MOST);
	}
}

/* ## Steps */

static void say(int fd, struct slice bytes)
{
	while (fd >= 0 && bytes.len) {
		ssize_t sent = send(fd, bytes.at, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		bytes = slice_after(bytes, (size_t)sent);
	}
}

static void hang_up(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void client_says(int *fd, struct slice bytes)
{
	if (*fd < 0) {
		*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		ensure(*fd >= 0);
		if (connect(*fd, (struct sockaddr *)&world.clients_address, world.clients_len) != 0)
			hang_up(fd);
	}
	say(*fd, bytes);
}

static struct call *newest_call(void)
{
	size_t i = world.call_count;
	while (i > 0 && world.calls[i - 1].fd < 0)
		i--;
	return i ? &world.calls[i - 1] : NULL;
}

static void take_step(char message, struct slice bytes)
{
	struct call *call = newest_call();
	if (message == 'a' || message == 'b')
		client_says(&world.clients[message - 'a'], bytes);
	else if (message == 'A' || message == 'B')
		hang_up(&world.clients[message - 'A']);
	else if (message == 'u' && call)
		say(call->fd, bytes);
	else if (message == 'U' && call)
		hang_up(&call->fd);
	else if (message == 't')
		world.later_ms += MINUTE_MS;
}

/* As a worker ends. */
static void end_all(void)
{
	for (size_t i = 0; i < CLIENTS; i++)
		hang_up(&world.clients[i]);
	settle();
	ensure(list_empty(&world.worker.requests));
	fetch_fail_all(&world.worker, FAILURE_SHUTDOWN);
	batch_fetch_fail_all(&world.worker, FAILURE_SHUTDOWN);
	server_destroy(&world.server);
	ensure(world.connections == 0);
	ensure(list_empty(&world.worker.fetches) && list_empty(&world.worker.batch_fetches));
	close_worker();
	for (size_t i = 0; i < world.call_count; i++) {
		hang_up(&world.calls[i].fd);
		buf_finish(&world.calls[i].said);
	}
	while (accept_call())
		hang_up(&world.calls[--world.call_count].fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (!world.config)
		open_world();
	world.later_ms = 0;
	world.call_count = 0;
	for (size_t i = 0; i < CLIENTS; i++)
		world.clients[i] = -1;
	open_worker();
	struct slice rest = slice_make(at, len);
	slice_cut(&rest, '\xff');
	while (rest.at) {
		struct slice step = slice_cut(&rest, '\xff');
		if (step.len == 0)
			continue;
		take_step(step.at[0], slice_after(step, 1));
		settle();
	}
	end_all();
	return 0;
}
