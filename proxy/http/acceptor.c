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

#define LOG_MODULE "entrance"
#include "base/log.h"

/* Connections taken from one socket in one turn, so that a flood of them starves nobody. */
enum { ACCEPTED_A_TURN = 64 };

/* How long we leave the sockets alone when there is no descriptor for the next connection. */
enum { OUT_OF_DESCRIPTORS_MS = 100 };

/* One socket that we accept from. */
struct gateway {
	struct watch watch;
	struct acceptor *acceptor;
	int fd;
	bool shared;
};

struct acceptor {
	struct acceptor_options options; /* without fds and shared */
	struct gateway *gateways;
	int64_t closed_until_ms; /* for want of descriptors; -1: it is not */
	bool starved;		 /* of descriptors, and said so */
};

static void turn_away(struct acceptor *e, int fd, const struct sockaddr *address, enum failure why)
{
	if (e->options.encrypted && address->sa_family != AF_UNIX) {
		early_error_count(why, 0, e->options.worker);
		close(fd);
		return;
	}
	early_error_send(fd, why, e->options.worker);
	lingering_close_begin(e->options.lingering_closes, fd, clock_ms());
}

static void stop_watching(struct acceptor *e)
{
	for (size_t i = 0; i < e->options.count; i++)
		loop_remove(e->options.worker->loop, &e->gateways[i].watch);
}

static void close_for_a_while(struct acceptor *e)
{
	if (!e->starved)
		log_warn("no descriptor for a new connection, accepting none until there is: %s",
			 strerror(errno));
	e->starved = true;
	e->closed_until_ms = clock_ms() + OUT_OF_DESCRIPTORS_MS;
	stop_watching(e);
}

/* How much we let lie unsent in a client's socket. The kernel's own buffer grows to megabytes, of
 * which a third has to drain before it asks for more: a client that reads slowly would seem not to
 * read. */
enum { UNSENT = 128 << 10 };

/* Others may accept at the same time: the bounds may be passed by one for each other worker. */
static enum failure refusal(const struct acceptor *e, const struct sockaddr *address)
{
	const struct acceptor_options *o = &e->options;
	if (atomic_load(o->connections) >= o->limit)
		return FAILURE_CONNECTIONS;
	if (o->limit_of_address &&
	    connection_limits_count(o->connection_limits, address_key(address)) >=
		o->limit_of_address)
		return FAILURE_ADDRESS_CONNECTIONS;
	return FAILURE_NONE;
}

static void arrive(struct acceptor *e, int fd, const struct sockaddr *address, socklen_t len)
{
	e->starved = false;
	int unsent = UNSENT;
	/* Not for unix sockets, which refuse it. */
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
	enum failure why = refusal(e, address);
	if (why != FAILURE_NONE)
		turn_away(e, fd, address, why);
	else
		e->options.on_arrival(e->options.context, fd, address, len);
}

static void on_ready(struct watch *w, uint32_t events)
{
	struct gateway *g = container_of(w, struct gateway, watch);
	for (int i = 0; i < ACCEPTED_A_TURN; i++) {
		struct sockaddr_storage address = {0};
		socklen_t len = sizeof address;
		int fd =
		    accept4(g->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			arrive(g->acceptor, fd, (struct sockaddr *)&address, len);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE)
			close_for_a_while(g->acceptor);
		return;
	}
}

static bool start_watching(struct acceptor *e)
{
	for (size_t i = 0; i < e->options.count; i++) {
		struct gateway *g = &e->gateways[i];
		uint32_t events = EPOLLIN | (g->shared ? EPOLLEXCLUSIVE : 0);
		if (!loop_add(e->options.worker->loop, &g->watch, g->fd, events, on_ready))
			return false;
	}
	return true;
}

struct acceptor *acceptor_create(const struct acceptor_options *options)
{
	struct acceptor *e = memory_new(struct acceptor);
	e->options = *options;
	e->options.fds = NULL;
	e->options.shared = NULL;
	e->closed_until_ms = -1;
	e->gateways = memory_zeroed(options->count * sizeof *e->gateways);
	for (size_t i = 0; i < options->count; i++)
		e->gateways[i] = (struct gateway){
		    .watch.fd = -1,
		    .acceptor = e,
		    .fd = options->fds[i],
		    .shared = options->shared[i],
		};
	if (!start_watching(e))
		acceptor_destroy(&e);
	return e;
}

void acceptor_destroy(struct acceptor **e)
{
	struct acceptor *gone = take(e);
	if (!gone)
		return;
	stop_watching(gone);
	free(gone->gateways);
	free(gone);
}

int64_t acceptor_due_ms(const struct acceptor *e)
{
	return e->closed_until_ms;
}

void acceptor_work(struct acceptor *e, int64_t now_ms)
{
	if (e->closed_until_ms < 0 || now_ms < e->closed_until_ms)
		return;
	e->closed_until_ms = -1;
	if (!start_watching(e))
		close_for_a_while(e);
}
