#include "proxy/http/connection.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/http/recv_filter.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static void write_peer(struct connection *c, const struct sockaddr *address)
{
	const void *from = NULL;
	if (address->sa_family == AF_INET)
		from = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		from = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (from)
		inet_ntop(address->sa_family, from, c->peer, sizeof c->peer);
}

struct connection *connection_create(struct loop *loop, int fd, const struct sockaddr *address)
{
	struct connection *c = memory_new(struct connection);
	c->loop = loop;
	c->fd = fd;
	c->hangup.fd = -1;
	list_init(&c->link);
	list_init(&c->unseen);
	list_init(&c->half_closed);
	c->address = address_key(address);
	write_peer(c, address);
	return c;
}

void connection_destroy(struct connection **c)
{
	struct connection *gone = take(c);
	if (!gone)
		return;
	loop_remove(gone->loop, &gone->hangup);
	list_remove(&gone->link);
	list_remove(&gone->unseen);
	list_remove(&gone->half_closed);
	recv_filter_destroy(&gone->recv_filter);
	free(gone);
}

static void on_hangup(struct watch *w, uint32_t events)
{
	struct connection *c = container_of(w, struct connection, hangup);
	bool gone = c->gone, ended = c->ended;
	c->gone |= (events & (EPOLLHUP | EPOLLERR)) != 0;
	c->ended = true;
	if (!ended && c->on_end)
		c->on_end(c);
	if (!gone && c->gone && c->request && c->on_gone)
		c->on_gone(c);
}

void connection_cut(struct connection *c)
{
	shutdown(c->fd, SHUT_RDWR);
}

bool connection_watch(struct connection *c)
{
	/* Edge-triggered: one event for each change, also for changes before the call. */
	if (c->hangup.fd < 0 &&
	    !loop_add(c->loop, &c->hangup, c->fd, EPOLLRDHUP | EPOLLET, on_hangup))
		return false;
	return !c->gone;
}

/* ## Sleeping */

bool connection_sleep(struct connection *c)
{
	ensure(!c->asleep);
	if (!connection_watch(c))
		return false;
	MHD_suspend_connection(c->mhd);
	c->asleep = true;
	return true;
}

void connection_wake(struct connection *c)
{
	if (!c->asleep)
		return;
	c->asleep = false;
	MHD_resume_connection(c->mhd);
}

/* Whether all that was sent is acknowledged. If not, the unacknowledged bytes serve as a probe. */
static bool is_silent(const struct connection *c)
{
	int unsent = 0;
	return ioctl(c->fd, SIOCOUTQ, &unsent) == 0 && unsent == 0;
}

static void send_text(const struct connection *c, const char *text)
{
	ssize_t sent = send(c->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)sent; /* An empty buffer takes a few bytes, or the client is gone. */
}

bool connection_probe(struct connection *c, bool headed)
{
	ensure(c->asleep);
	if (headed && !c->chunked)
		return false;
	if (!is_silent(c))
		return true;
	send_text(c, headed ? "0" : "HTTP/1.1 100 Continue\r\n\r\n");
	c->probed = headed;
	return true;
}

void connection_spoil_chunk(struct connection *c)
{
	if (c->probed)
		send_text(c, "1\r\n");
}

/* ## For the server */

bool connection_may_be_sending(const struct connection *c)
{
	int unread = 0;
	ioctl(c->fd, FIONREAD, &unread);
	return unread > 0 || !recv_filter_is_between(c->recv_filter) ||
	       recv_filter_framing(c->recv_filter)->requests > c->requests;
}

bool connection_passes_end(void *context)
{
	const struct connection *c = context;
	const struct framing *framing = recv_filter_framing(c->recv_filter);
	return !c->request || (framing->place != FRAMING_HEAD && framing->requests == c->requests);
}
