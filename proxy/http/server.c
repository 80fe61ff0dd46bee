/* size: the callbacks of one daemon, which share the states of its connections. */
#include "proxy/http/server.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/http/connection.h"
#include "proxy/http/daemon.h"
#include "proxy/http/acceptor.h"
#include "proxy/http/lingering_close.h"
#include "proxy/http/half_close.h"
#include "proxy/http/timeouts.h"
#include "proxy/http/early_error.h"
#include "proxy/http/recv_filter.h"
#include "proxy/http/tls/tls_terminator.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>

#define LOG_MODULE "server"
#include "base/log.h"

/* libmicrohttpd writes an answer's head into what the request's left of limits.headers. */
enum { KEPT_FOR_ANSWER = 3 << 9 };

struct server {
	struct kit *kit;
	const struct http_handler *handler;
	struct MHD_Daemon *daemon;
	struct watch daemon_watch;
	bool ready;		    /* libmicrohttpd's epoll set has events */
	bool testing;		    /* all requests are test_tap's */
	bool tapped;		    /* its request came through the tap */
	struct entrance *entrance;  /* NULL: accepting nobody any longer */
	atomic_size_t *connections; /* of all workers */
	struct addresses *addresses;
	struct certificate *certificate;
	struct tunnels tunnels;
	struct farewells farewells;
	struct patience patience;
	struct half_closes half_closes;
};

/* ## Clients that are overdue */

static uint64_t body_received(const struct client *c)
{
	return c->request->received;
}

/* libmicrohttpd finds the end and cleans up. It waits for an event to look for it, and the one that
 * shutdown(2) makes would also have the kernel reset whoever still sends; but a connection that is
 * resumed is read from at once. Between two runs, in the daemon's thread, and not asleep, it may be
 * suspended as well as in a handler (daemon.c of 0.9.75 and of 1.0.1). */
static void end(struct client *c)
{
	tap_end(c->tap);
	MHD_suspend_connection(c->connection);
	MHD_resume_connection(c->connection);
}

/* Who said nothing is answered nothing. */
static void cut(struct server *s, struct client *c)
{
	if (c->waits == WAITS_BODY)
		s->handler->cut(c->request, FAILURE_SLOW_BODY);
	else if (c->spoke)
		refusal_give(c->fd, FAILURE_SLOW_HEAD, s->kit);
	end(c);
}

static void cut_overdue(struct server *s, int64_t now_ms)
{
	struct client *c;
	while ((c = patience_lose(&s->patience, now_ms, body_received)))
		cut(s, c);
}

/* ## From libmicrohttpd */

static bool is_encrypted(const struct server *s, const struct sockaddr *address)
{
	return s->certificate && address->sa_family != AF_UNIX;
}

/* On failure libmicrohttpd closes the socket itself. */
static void on_arrival(void *context, int fd, const struct sockaddr *address, socklen_t len)
{
	struct server *s = context;
	if (is_encrypted(s, address))
		fd = tunnel_open(&s->tunnels, s->certificate, fd);
	if (fd < 0 || MHD_add_connection(s->daemon, fd, address, len) != MHD_YES)
		log_warn("a connection could not be taken, dropping it: %s", strerror(errno));
	s->ready = true;
}

/* The socket is libmicrohttpd's, which closes it right behind this. */
static void take_leave(struct server *s, struct client *c)
{
	if (!c->encrypted && client_may_be_sending(c))
		farewell_begin_copy(&s->farewells, c->fd, clock_ms());
	addresses_leave(s->addresses, c->address);
	client_destroy(&c);
	atomic_fetch_sub(s->connections, 1);
}

static void on_hold(void *context)
{
	struct client *c = context;
	if (!c->request)
		patience_see_head(&c->server->patience, c, clock_ms());
}

static void on_end(struct client *c)
{
	half_close_begin(&c->server->half_closes, c, clock_ms());
}

static void on_gone(struct client *c)
{
	c->server->handler->hangup(c->request);
}

static void probe(struct client *c)
{
	c->server->handler->probe(c->request, c->ended_ms);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct server *s = context;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		take_leave(s, *socket_context);
		return;
	}
	int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	const struct sockaddr *address =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
	struct client *c = client_create(s->kit->loop, fd, address);
	*socket_context = c;
	c->encrypted = is_encrypted(s, address);
	atomic_fetch_add(s->connections, 1);
	addresses_enter(s->addresses, c->address);
	c->on_end = on_end;
	c->on_gone = on_gone;
	c->server = s;
	c->connection = connection;
	c->tap = tap_create(&(struct tap_options){
	    .fd = fd,
	    .head_limit = s->kit->config->limits.headers - KEPT_FOR_ANSWER,
	    .on_hold = on_hold,
	    .on_end = client_heeds_end,
	    .context = c,
	});
	client_watch(c); /* where that fails, it is tried again before a sleep */
	patience_expect_head(&s->patience, c, clock_ms());
}

static struct client *client_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
	    ->socket_context;
}

/* The head is there, and not yet taken apart. NULL: on_request drops the connection. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	struct server *s = context;
	struct client *c = client_of(connection);
	bool approved = c->requests++ < tap_framing(c->tap)->requests;
	if (s->testing) {
		s->tapped = approved;
		return NULL;
	}
	/* libmicrohttpd and the framing do not agree where requests begin. */
	if (!approved) {
		metrics_framing_conflict(&s->kit->metrics);
		log_error("libmicrohttpd found a request that the framing did not, dropping the "
			  "connection: peer=%s",
			  c->peer);
		return NULL;
	}
	c->asleep = c->chunked = c->probed = false;
	c->request = s->handler->create(s->kit, c, target ? target : "");
	return c->request;
}

static enum MHD_Result on_field(void *context, enum MHD_ValueKind kind, const char *name,
				size_t name_len, const char *value, size_t value_len)
{
	struct http_request *r = context;
	if (r->fields.count == FIELDS_MAX)
		return MHD_NO;
	r->fields.at[r->fields.count++] = (struct field){
	    .name = {name, name_len},
	    .value = slice_trim(slice_make(value ? value : "", value_len)),
	};
	return MHD_YES;
}

static void begin(struct http_request *r, const char *method, const char *version)
{
	patience_end(r->client);
	r->method = slice_of(method);
	r->version = slice_of(version);
	/* Behind a refusal stand fields of the framing's (framing_ending), which nobody sent. */
	if (!r->spoilt)
		MHD_get_connection_values_n(r->client->connection, MHD_HEADER_KIND, on_field, r);
}

/* The tap ended the request where something was wrong with it, and libmicrohttpd has seen the end
 * or will. */
static void note_refusal(struct server *s, struct http_request *r)
{
	const struct client *c = r->client;
	const struct framing *framing = tap_framing(c->tap);
	if (framing->failure == FAILURE_NONE || framing->requests != c->requests)
		return;
	r->spoilt = true;
	s->handler->spoil(r, framing->failure, framing->why);
}

/* While it sleeps, and once it is answered, nothing is waited for. */
static void pace_body(struct server *s, struct http_request *r)
{
	if (r->client->asleep || !s->handler->awaits_body(r))
		patience_end(r->client);
	else
		patience_expect_body(&s->patience, r->client, r->received, clock_ms());
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **request)
{
	struct server *s = context;
	struct http_request *r = *request;
	if (!r)
		return MHD_NO;
	note_refusal(s, r);
	if (!r->method.at) {
		begin(r, method, version);
		bool goes_on = s->handler->begin(r);
		pace_body(s, r);
		return goes_on ? MHD_YES : MHD_NO;
	}
	if (*upload_len == 0) {
		patience_end(r->client);
		return s->handler->run(r) ? MHD_YES : MHD_NO;
	}
	long taken = s->handler->body(r, upload, *upload_len);
	pace_body(s, r);
	if (taken < 0)
		return MHD_NO;
	*upload_len -= (size_t)taken;
	return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
			 enum MHD_RequestTerminationCode code)
{
	struct server *s = context;
	struct http_request *r = *request;
	if (!r)
		return;
	struct client *c = r->client;
	c->request = NULL;
	*request = NULL;
	patience_expect_next(&s->patience, c, clock_ms());
	if (c->ended)
		half_close_hidden(&s->half_closes, c);
	if (tap_holds_head(c->tap))
		patience_see_head(&s->patience, c, clock_ms());
	s->handler->finish(r, code == MHD_REQUEST_TERMINATED_COMPLETED_OK      ? DELIVERED
			      : code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED ? UNREAD
									       : UNSENT);
}

static void on_daemon_ready(struct watch *w, uint32_t events)
{
	container_of(w, struct server, daemon_watch)->ready = true;
}

/* ## Life */

static struct MHD_Daemon *start_daemon(struct server *s)
{
	const struct config *c = s->kit->config;
	return daemon_start(&(struct daemon_options){
	    /* We count ourselves, and turn away with an answer. */
	    .connections = (unsigned)c->limits.connections + 1,
	    .memory_bytes = (size_t)c->limits.headers,
	    .idle_s = (unsigned)(c->limits.idle_ms / 1000 + 1),
	    .context = s,
	    .on_request = on_request,
	    .on_target = on_target,
	    .on_completed = on_completed,
	    .on_connection = on_connection,
	});
}

static bool test_tap(struct server *s, struct fault *why)
{
	s->testing = true;
	bool fine = daemon_test(s->daemon, &s->tapped, why);
	s->testing = false;
	return fine;
}

static bool watch_daemon(struct server *s)
{
	return loop_add(s->kit->loop, &s->daemon_watch, daemon_fd(s->daemon), EPOLLIN,
			on_daemon_ready);
}

static bool open_entrance(struct server *s, const struct server_options *options)
{
	s->entrance = entrance_create(&(struct entrance_options){
	    .kit = s->kit,
	    .fds = options->listen_fds,
	    .shared = options->shared,
	    .count = options->listen_count,
	    .limit = (size_t)s->kit->config->limits.connections,
	    .limit_of_address = (size_t)s->kit->config->limits.connections_per_address,
	    .connections = options->connections,
	    .addresses = options->addresses,
	    .farewells = &s->farewells,
	    .encrypted = s->certificate != NULL,
	    .on_arrival = on_arrival,
	    .context = s,
	});
	return s->entrance != NULL;
}

struct server *server_create(struct kit *kit, const struct server_options *options,
			     struct fault *why)
{
	struct server *s = memory_new(struct server);
	s->kit = kit;
	s->connections = options->connections;
	s->addresses = options->addresses;
	s->certificate = options->certificate;
	s->handler = options->handler;
	farewells_init(&s->farewells, kit->loop);
	tunnels_init(&s->tunnels, kit->loop, kit->config->limits.idle_ms, options->connections,
		     &s->farewells);
	patience_init(&s->patience, kit->config);
	half_closes_init(&s->half_closes, probe);
	s->daemon_watch.fd = -1;
	s->daemon = start_daemon(s);
	if (!s->daemon || !watch_daemon(s) || !open_entrance(s, options))
		fault_set(why, "the server could not start: %s", strerror(errno));
	else if (test_tap(s, why))
		return s;
	server_destroy(&s);
	return NULL;
}

void server_drain(struct server *s)
{
	s->kit->draining = true;
	entrance_destroy(&s->entrance);
}

void server_destroy(struct server **s)
{
	struct server *gone = take(s);
	if (!gone)
		return;
	server_drain(gone);
	loop_remove(gone->kit->loop, &gone->daemon_watch);
	if (gone->daemon)
		MHD_stop_daemon(gone->daemon);
	tunnels_finish(&gone->tunnels);
	farewells_finish(&gone->farewells);
	free(gone);
}

/* ## The turn */

int64_t server_timeout_ms(struct server *s, int64_t now_ms)
{
	int64_t daemon_ms = daemon_timeout_ms(s->daemon);
	if (daemon_ms == 0)
		s->ready = true;
	int64_t due = clock_sooner(patience_due_ms(&s->patience),
				   s->entrance ? entrance_due_ms(s->entrance) : -1);
	due = clock_sooner(due, tunnels_due_ms(&s->tunnels));
	due = clock_sooner(due, farewells_due_ms(&s->farewells));
	due = clock_sooner(due, half_closes_due_ms(&s->half_closes));
	int64_t own_ms = due < 0 ? -1 : due > now_ms ? due - now_ms : 0;
	return s->ready ? 0 : clock_sooner(daemon_ms, own_ms);
}

bool server_busy(const struct server *s)
{
	return tunnels_busy(&s->tunnels);
}

void server_work(struct server *s, int64_t now_ms)
{
	if (s->entrance)
		entrance_work(s->entrance, now_ms);
	cut_overdue(s, now_ms);
	tunnels_work(&s->tunnels, now_ms);
	farewells_work(&s->farewells, now_ms);
	half_closes_work(&s->half_closes, now_ms);
	s->ready = false;
	MHD_run(s->daemon);
	if (half_closes_new(&s->half_closes) && daemon_timeout_ms(s->daemon) != 0)
		half_closes_show(&s->half_closes);
}
