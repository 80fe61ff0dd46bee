#include "proxy/http/acceptor.h"

#include "base/clock.h"
#include "base/memory.h"
#include "proxy/http/early_error.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_MODULE "acceptor"
#include "base/log.h"

/* Connections accepted from one socket in one turn, so that a flood of them does not starve
 * others. */
enum { ACCEPTED_PER_TURN = 64 };

/* How long accepting pauses when there is no descriptor for the next connection. */
enum { PAUSE_MS = 100 };

/* A listening socket. */
struct listening {
	struct watch watch;
	struct acceptor *acceptor;
	int fd;
	bool shared;
};

struct acceptor {
	struct acceptor_options options; /* without fds and shared */
	struct listening *sockets;
	int64_t paused_until_ms; /* out of descriptors until then; -1: accepting */
	bool shortage_logged;
};

static void reject(struct acceptor *a, int fd, const struct sockaddr *address, enum failure why)
{
	if (a->options.encrypted && address->sa_family != AF_UNIX) {
		early_error_count(why, 0, a->options.worker);
		close(fd);
		return;
	}
	early_error_send(fd, why, a->options.worker);
	lingering_close_begin(a->options.lingering_closes, fd, clock_ms());
}

static void stop_watching(struct acceptor *a)
{
	for (size_t i = 0; i < a->options.count; i++)
		loop_remove(a->options.worker->loop, &a->sockets[i].watch);
}

static void pause_accepting(struct acceptor *a)
{
	if (!a->shortage_logged)
		log_warn("no descriptor for a new connection, accepting none until there is: %s",
			 strerror(errno));
	a->shortage_logged = true;
	a->paused_until_ms = clock_ms() + PAUSE_MS;
	stop_watching(a);
}

/* How many unsent bytes a client's socket may hold. The kernel's own buffer grows to megabytes, a
 * third of which has to drain before the socket is writable again: a client that reads slowly would
 * seem not to read at all. */
enum { UNSENT_MAX = 128 << 10 };

/* Other workers may accept at the same time, so a limit may be exceeded by one connection per other
 * worker. */
static enum failure check_limits(const struct acceptor *a, const struct sockaddr *address)
{
	const struct acceptor_options *o = &a->options;
	if (atomic_load(o->connections) >= o->limit)
		return FAILURE_CONNECTIONS;
	if (o->limit_of_address &&
	    connection_limits_count(o->connection_limits, address_key(address)) >=
		o->limit_of_address)
		return FAILURE_ADDRESS_CONNECTIONS;
	return FAILURE_NONE;
}

static void handle_accepted(struct acceptor *a, int fd, const struct sockaddr *address,
			    socklen_t len)
{
	a->shortage_logged = false;
	int unsent = UNSENT_MAX;
	/* Fails for unix sockets, which is fine. */
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
	enum failure why = check_limits(a, address);
	if (why != FAILURE_NONE)
		reject(a, fd, address, why);
	else
		a->options.on_accept(a->options.context, fd, address, len);
}

static void on_ready(struct watch *w, uint32_t events)
{
	struct listening *l = container_of(w, struct listening, watch);
	for (int i = 0; i < ACCEPTED_PER_TURN; i++) {
		struct sockaddr_storage address = {0};
		socklen_t len = sizeof address;
		int fd =
		    accept4(l->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			handle_accepted(l->acceptor, fd, (struct sockaddr *)&address, len);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE)
			pause_accepting(l->acceptor);
		return;
	}
}

static bool start_watching(struct acceptor *a)
{
	for (size_t i = 0; i < a->options.count; i++) {
		struct listening *l = &a->sockets[i];
		uint32_t events = EPOLLIN | (l->shared ? EPOLLEXCLUSIVE : 0);
		if (!loop_add(a->options.worker->loop, &l->watch, l->fd, events, on_ready))
			return false;
	}
	return true;
}

struct acceptor *acceptor_create(const struct acceptor_options *options)
{
	struct acceptor *a = memory_new(struct acceptor);
	a->options = *options;
	a->options.fds = NULL;
	a->options.shared = NULL;
	a->paused_until_ms = -1;
	a->sockets = memory_zeroed(options->count * sizeof *a->sockets);
	for (size_t i = 0; i < options->count; i++)
		a->sockets[i] = (struct listening){
		    .watch.fd = -1,
		    .acceptor = a,
		    .fd = options->fds[i],
		    .shared = options->shared[i],
		};
	if (!start_watching(a))
		acceptor_destroy(&a);
	return a;
}

void acceptor_destroy(struct acceptor **a)
{
	struct acceptor *gone = take(a);
	if (!gone)
		return;
	stop_watching(gone);
	free(gone->sockets);
	free(gone);
}

int64_t acceptor_due_ms(const struct acceptor *a)
{
	return a->paused_until_ms;
}

void acceptor_work(struct acceptor *a, int64_t now_ms)
{
	if (a->paused_until_ms < 0 || now_ms < a->paused_until_ms)
		return;
	a->paused_until_ms = -1;
	if (!start_watching(a))
		pause_accepting(a);
}
