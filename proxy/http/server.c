/* size: the callbacks of one daemon, which share the state of its connections. */
#include "proxy/http/server.h"

#include "base/clock.h"
#include "base/memory.h"
#include "proxy/http/acceptor.h"
#include "proxy/http/connection.h"
#include "proxy/http/daemon.h"
#include "proxy/http/early_error.h"
#include "proxy/http/half_close.h"
#include "proxy/http/lingering_close.h"
#include "proxy/http/recv_filter.h"
#include "proxy/http/timeouts.h"
#include "proxy/http/tls/tls_terminator.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>

#define LOG_MODULE "server"
#include "base/log.h"

/* libmicrohttpd writes a response's head into what the request has left of limits.headers. */
enum { RESPONSE_HEAD_ROOM = 3 << 9 };

struct server {
	struct context *worker;
	const struct http_handler *handler;
	struct MHD_Daemon *daemon;
	struct watch daemon_watch;
	bool ready;		    /* libmicrohttpd's epoll set has events */
	bool testing;		    /* all requests are test_recv_filter's */
	bool filtered;		    /* the test's request came through the receive filter */
	struct acceptor *acceptor;  /* NULL: no longer accepting */
	atomic_size_t *connections; /* of all workers */
	struct connection_limits *connection_limits;
	struct certificate *certificate;
	struct tls_terminators tls_terminators;
	struct lingering_closes lingering_closes;
	struct timeouts timeouts;
	struct half_closes half_closes;
};

/* ## Overdue clients */

static uint64_t body_received(const struct connection *c)
{
	return c->request->received;
}

/* Makes libmicrohttpd find the end of the stream and close the connection. It looks for the end
 * only after an event, and the event that shutdown(2) makes would also have the kernel reset a
 * client that still sends; but a connection that is resumed is read from at once. Between two runs,
 * in the daemon's thread, a connection that does not sleep may be suspended just as in a handler
 * (daemon.c of 0.9.75 and of 1.0.1). */
static void end_stream(struct connection *c)
{
	recv_filter_end(c->recv_filter);
	MHD_suspend_connection(c->mhd);
	MHD_resume_connection(c->mhd);
}

/* A client that sent no part of a head gets no response. */
static void cut(struct server *s, struct connection *c)
{
	if (c->waits == WAITS_BODY)
		s->handler->cut(c->request, FAILURE_SLOW_BODY);
	else if (c->head_begun)
		early_error_send(c->fd, FAILURE_SLOW_HEAD, s->worker);
	end_stream(c);
}

static void cut_overdue(struct server *s, int64_t now_ms)
{
	struct connection *c;
	while ((c = timeouts_next_expired(&s->timeouts, now_ms, body_received)))
		cut(s, c);
}

/* ## From libmicrohttpd */

static bool is_encrypted(const struct server *s, const struct sockaddr *address)
{
	return s->certificate && address->sa_family != AF_UNIX;
}

/* If MHD_add_connection fails, it closes the socket itself. */
static void on_accept(void *context, int fd, const struct sockaddr *address, socklen_t len)
{
	struct server *s = context;
	if (is_encrypted(s, address))
		fd = tls_terminator_open(&s->tls_terminators, s->certificate, fd);
	if (fd < 0 || MHD_add_connection(s->daemon, fd, address, len) != MHD_YES)
		log_warn("a connection could not be taken, dropping it: %s", strerror(errno));
	s->ready = true;
}

/* libmicrohttpd owns the socket and closes it right after this call. */
static void close_connection(struct server *s, struct connection *c)
{
	if (!c->encrypted && connection_may_be_sending(c))
		lingering_close_begin_copy(&s->lingering_closes, c->fd, clock_ms());
	connection_limits_leave(s->connection_limits, c->address);
	connection_destroy(&c);
	atomic_fetch_sub(s->connections, 1);
}

static void on_hold(void *context)
{
	struct connection *c = context;
	if (!c->request)
		timeouts_see_head(&c->server->timeouts, c, clock_ms());
}

static void on_end(struct connection *c)
{
	half_close_begin(&c->server->half_closes, c, clock_ms());
}

static void on_gone(struct connection *c)
{
	c->server->handler->hangup(c->request);
}

static void probe(struct connection *c)
{
	c->server->handler->probe(c->request, c->ended_ms);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct server *s = context;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		close_connection(s, *socket_context);
		return;
	}
	int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	const struct sockaddr *address =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
	struct connection *c = connection_create(s->worker->loop, fd, address);
	*socket_context = c;
	c->encrypted = is_encrypted(s, address);
	atomic_fetch_add(s->connections, 1);
	connection_limits_enter(s->connection_limits, c->address);
	c->on_end = on_end;
	c->on_gone = on_gone;
	c->server = s;
	c->mhd = connection;
	c->recv_filter = recv_filter_create(&(struct recv_filter_options){
	    .fd = fd,
	    .head_limit = s->worker->config->limits.headers - RESPONSE_HEAD_ROOM,
	    .on_hold = on_hold,
	    .on_end = connection_passes_end,
	    .context = c,
	});
	connection_watch(c); /* if this fails, connection_sleep tries again */
	timeouts_expect_head(&s->timeouts, c, clock_ms());
}

static struct connection *connection_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
	    ->socket_context;
}

/* The head is there, but not parsed yet. NULL: on_request drops the connection. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	struct server *s = context;
	struct connection *c = connection_of(connection);
	bool approved = c->requests++ < recv_filter_framing(c->recv_filter)->requests;
	if (s->testing) {
		s->filtered = approved;
		return NULL;
	}
	/* libmicrohttpd and the framing disagree about where requests begin. */
	if (!approved) {
		metrics_framing_conflict(&s->worker->metrics);
		log_error("libmicrohttpd found a request that the framing did not, dropping the "
			  "connection: peer=%s",
			  c->peer);
		return NULL;
	}
	c->asleep = c->chunked = c->probed = false;
	c->request = s->handler->create(s->worker, c, target ? target : "");
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
	timeouts_end(r->connection);
	r->method = slice_of(method);
	r->version = slice_of(version);
	/* After a refusal the fields are those of framing_ending, which the client did not send. */
	if (!r->spoilt)
		MHD_get_connection_values_n(r->connection->mhd, MHD_HEADER_KIND, on_field, r);
}

/* Passes on a refusal: the receive filter ended the request where it was malformed, and
 * libmicrohttpd has seen that end or will see it. */
static void pass_on_refusal(struct server *s, struct http_request *r)
{
	const struct connection *c = r->connection;
	const struct framing *framing = recv_filter_framing(c->recv_filter);
	if (framing->failure == FAILURE_NONE || framing->requests != c->requests)
		return;
	r->spoilt = true;
	s->handler->spoil(r, framing->failure, framing->why);
}

/* While the connection sleeps, and once there is a response, no more of the body is waited for. */
static void time_body(struct server *s, struct http_request *r)
{
	if (r->connection->asleep || !s->handler->awaits_body(r))
		timeouts_end(r->connection);
	else
		timeouts_expect_body(&s->timeouts, r->connection, r->received, clock_ms());
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *request_body_len, void **request)
{
	struct server *s = context;
	struct http_request *r = *request;
	if (!r)
		return MHD_NO;
	pass_on_refusal(s, r);
	if (!r->method.at) {
		begin(r, method, version);
		bool goes_on = s->handler->begin(r);
		time_body(s, r);
		return goes_on ? MHD_YES : MHD_NO;
	}
	if (*request_body_len == 0) {
		timeouts_end(r->connection);
		return s->handler->run(r) ? MHD_YES : MHD_NO;
	}
	long taken = s->handler->body(r, upload, *request_body_len);
	time_body(s, r);
	if (taken < 0)
		return MHD_NO;
	*request_body_len -= (size_t)taken;
	return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
			 enum MHD_RequestTerminationCode code)
{
	struct server *s = context;
	struct http_request *r = *request;
	if (!r)
		return;
	struct connection *c = r->connection;
	c->request = NULL;
	*request = NULL;
	timeouts_expect_next(&s->timeouts, c, clock_ms());
	if (c->ended)
		half_close_hidden(&s->half_closes, c);
	if (recv_filter_holds_head(c->recv_filter))
		timeouts_see_head(&s->timeouts, c, clock_ms());
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
	const struct config *c = s->worker->config;
	return daemon_start(&(struct daemon_options){
	    /* The acceptor counts, and rejects with an early error. */
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

static bool test_recv_filter(struct server *s, struct error_text *why)
{
	s->testing = true;
	bool fine = daemon_test(s->daemon, &s->filtered, why);
	s->testing = false;
	return fine;
}

static bool watch_daemon(struct server *s)
{
	return loop_add(s->worker->loop, &s->daemon_watch, daemon_fd(s->daemon), EPOLLIN,
			on_daemon_ready);
}

static bool open_acceptor(struct server *s, const struct server_options *options)
{
	s->acceptor = acceptor_create(&(struct acceptor_options){
	    .worker = s->worker,
	    .fds = options->listen_fds,
	    .shared = options->shared,
	    .count = options->listen_count,
	    .limit = (size_t)s->worker->config->limits.connections,
	    .limit_of_address = (size_t)s->worker->config->limits.connections_per_address,
	    .connections = options->connections,
	    .connection_limits = options->connection_limits,
	    .lingering_closes = &s->lingering_closes,
	    .encrypted = s->certificate != NULL,
	    .on_accept = on_accept,
	    .context = s,
	});
	return s->acceptor != NULL;
}

struct server *server_create(struct context *worker, const struct server_options *options,
			     struct error_text *why)
{
	struct server *s = memory_new(struct server);
	s->worker = worker;
	s->connections = options->connections;
	s->connection_limits = options->connection_limits;
	s->certificate = options->certificate;
	s->handler = options->handler;
	lingering_closes_init(&s->lingering_closes, worker->loop);
	tls_terminators_init(&s->tls_terminators, worker->loop, worker->config->limits.idle_ms,
			     options->connections, &s->lingering_closes);
	timeouts_init(&s->timeouts, worker->config);
	half_closes_init(&s->half_closes, probe);
	s->daemon_watch.fd = -1;
	s->daemon = start_daemon(s);
	if (!s->daemon || !watch_daemon(s) || !open_acceptor(s, options))
		error_text_set(why, "the server could not start: %s", strerror(errno));
	else if (test_recv_filter(s, why))
		return s;
	server_destroy(&s);
	return NULL;
}

void server_drain(struct server *s)
{
	s->worker->draining = true;
	acceptor_destroy(&s->acceptor);
}

void server_destroy(struct server **s)
{
	struct server *gone = take(s);
	if (!gone)
		return;
	server_drain(gone);
	loop_remove(gone->worker->loop, &gone->daemon_watch);
	if (gone->daemon)
		MHD_stop_daemon(gone->daemon);
	tls_terminators_finish(&gone->tls_terminators);
	lingering_closes_finish(&gone->lingering_closes);
	free(gone);
}

/* ## The turn */

int64_t server_timeout_ms(struct server *s, int64_t now_ms)
{
	int64_t daemon_ms = daemon_timeout_ms(s->daemon);
	if (daemon_ms == 0)
		s->ready = true;
	int64_t due = clock_sooner(timeouts_due_ms(&s->timeouts),
				   s->acceptor ? acceptor_due_ms(s->acceptor) : -1);
	due = clock_sooner(due, tls_terminators_due_ms(&s->tls_terminators));
	due = clock_sooner(due, lingering_closes_due_ms(&s->lingering_closes));
	due = clock_sooner(due, half_closes_due_ms(&s->half_closes));
	int64_t own_ms = due < 0 ? -1 : due > now_ms ? due - now_ms : 0;
	return s->ready ? 0 : clock_sooner(daemon_ms, own_ms);
}

bool server_busy(const struct server *s)
{
	return tls_terminators_busy(&s->tls_terminators);
}

void server_work(struct server *s, int64_t now_ms)
{
	if (s->acceptor)
		acceptor_work(s->acceptor, now_ms);
	cut_overdue(s, now_ms);
	tls_terminators_work(&s->tls_terminators, now_ms);
	lingering_closes_work(&s->lingering_closes, now_ms);
	half_closes_work(&s->half_closes, now_ms);
	s->ready = false;
	MHD_run(s->daemon);
	if (half_closes_new(&s->half_closes) && daemon_timeout_ms(s->daemon) != 0)
		half_closes_show(&s->half_closes);
}
