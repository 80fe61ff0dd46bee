#include "proxy/upstream/sockets.h"

#include "base/list.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* <netinet/tcp.h> has this constant but not all of tcp_info; <linux/tcp.h> has tcp_info only. */
enum { TCP_STATE_ESTABLISHED = 1 };

/* Number of hash buckets by local port: enough for a thousand connections. */
enum { PORT_LISTS = 1024 };

struct address {
	char text[INET6_ADDRSTRLEN]; /* as libcurl prints it, without a zone */
	int port;
};

struct pool_socket {
	struct watch watch;
	struct sockets *all;
	int fd;
	bool ours;		  /* made by sockets_open, not the resolver's */
	uint32_t wanted;	  /* the events that libcurl waits for */
	uint32_t watched;	  /* the events that the loop watches; at times more than wanted */
	bool was_claimed;	  /* has had a claim: idle while it has none */
	bool shut;		  /* shut down by us while it was idle */
	uint64_t received_before; /* bytes that had arrived when it was claimed */
	struct socket_claim *claim;
	struct address peer, local; /* known once it is connected */
	struct list link; /* in sockets.connecting or one of sockets.by_port; in none if not ours */
};

struct sockets {
	struct loop *loop;
	void (*on_ready)(void *context, int fd, uint32_t events);
	void *context;
	struct pool_socket **by_fd; /* index: descriptor; NULL: unknown */
	size_t room;
	struct list connecting;		 // struct pool_socket.link
	struct list by_port[PORT_LISTS]; // struct pool_socket.link
};

/* ## Life */

struct sockets *sockets_create(struct loop *loop, void (*on_ready)(void *context, int fd, uint32_t),
			       void *context)
{
	struct sockets *s = memory_new(struct sockets);
	s->loop = loop;
	s->on_ready = on_ready;
	s->context = context;
	list_init(&s->connecting);
	for (size_t i = 0; i < PORT_LISTS; i++)
		list_init(&s->by_port[i]);
	return s;
}

static struct pool_socket *find(struct sockets *s, int fd)
{
	return fd >= 0 && (size_t)fd < s->room ? s->by_fd[fd] : NULL;
}

static void make_room(struct sockets *s, int fd)
{
	if ((size_t)fd < s->room)
		return;
	size_t room = (size_t)fd * 2 + 64;
	struct pool_socket **grown = memory_zeroed(room * sizeof *grown);
	if (s->room)
		memcpy(grown, s->by_fd, s->room * sizeof *grown);
	free(s->by_fd);
	s->by_fd = grown;
	s->room = room;
}

static struct pool_socket *add_socket(struct sockets *s, int fd)
{
	make_room(s, fd);
	struct pool_socket *p = memory_new(struct pool_socket);
	p->watch.fd = -1;
	p->all = s;
	p->fd = fd;
	list_init(&p->link);
	s->by_fd[fd] = p;
	return p;
}

/* Makes no system call: the descriptor may be closed and its number reused. */
static void forget(struct pool_socket *p)
{
	loop_forget(p->all->loop, &p->watch);
	list_remove(&p->link);
	if (p->claim)
		p->claim->socket = NULL;
	p->all->by_fd[p->fd] = NULL;
	free(p);
}

void sockets_destroy(struct sockets **s)
{
	struct sockets *gone = take(s);
	if (!gone)
		return;
	for (size_t fd = 0; fd < gone->room; fd++)
		if (gone->by_fd[fd])
			forget(gone->by_fd[fd]);
	free(gone->by_fd);
	free(gone);
}

/* ## What has arrived */

/* Bytes received as the kernel counts them; it counts the end of the stream as one, in which case
 * *ret_end is 1. */
static uint64_t bytes_received(int fd, uint64_t *ret_end)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof info;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	*ret_end = info.tcpi_state != TCP_STATE_ESTABLISHED;
	return info.tcpi_bytes_received;
}

static bool nothing_unread(const struct pool_socket *p)
{
	char byte;
	return recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* Tells the claim whether any byte arrived during it. */
static void end_claim(struct pool_socket *p)
{
	uint64_t end = 0;
	if (!p->claim)
		return;
	if (bytes_received(p->fd, &end) > p->received_before + end)
		p->claim->answered = true;
	p->claim->socket = NULL;
	p->claim = NULL;
}

int sockets_close(struct sockets *s, int fd)
{
	struct pool_socket *p = find(s, fd);
	if (p) {
		end_claim(p);
		loop_remove(s->loop, &p->watch);
		forget(p);
	}
	return close(fd);
}

/* ## Watching */

static bool is_idle(const struct pool_socket *p)
{
	return p->was_claimed && !p->claim && !p->shut;
}

static void on_event(struct watch *watch, uint32_t events);
static void learn_ends(struct pool_socket *p);

/* An EPOLLIN watch that is no longer needed stays until the first event: usually it is needed again
 * before that, which saves two system calls. */
static bool update_watch(struct pool_socket *p)
{
	uint32_t needed = is_idle(p) ? EPOLLIN : p->wanted;
	if (needed == p->watched || (!needed && p->watched == EPOLLIN))
		return true;
	bool fine = true;
	if (!needed)
		loop_remove(p->all->loop, &p->watch);
	else if (p->watch.fd < 0)
		fine = loop_add(p->all->loop, &p->watch, p->fd, needed, on_event);
	else
		fine = loop_change(p->all->loop, &p->watch, needed);
	if (fine)
		p->watched = needed;
	return fine;
}

static void stop_watching(struct pool_socket *p)
{
	loop_remove(p->all->loop, &p->watch);
	p->watched = 0;
}

/* The next time libcurl looks for a connection it finds this one dead and closes it. If bytes are
 * pending it does not; then sockets_claim fails. */
static void shut(struct pool_socket *p)
{
	p->shut = true;
	shutdown(p->fd, SHUT_RDWR);
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct pool_socket *p = container_of(watch, struct pool_socket, watch);
	if (is_idle(p))
		shut(p);
	if (p->ours && !p->local.port && events & EPOLLOUT)
		learn_ends(p);
	/* A socket that was shut down is always ready: report it once. */
	if (p->shut || !p->wanted)
		stop_watching(p);
	if (p->wanted)
		p->all->on_ready(p->all->context, p->fd, events);
}

bool sockets_watch(struct sockets *s, int fd, uint32_t events)
{
	struct pool_socket *p = find(s, fd);
	if (!p && !events)
		return true;
	if (!p)
		p = add_socket(s, fd);
	p->wanted = events;
	if (p->ours || events)
		return update_watch(p);
	stop_watching(p);
	forget(p);
	return true;
}

/* libcurl closes a socket whose connection timed out without calling sockets_close, and its number
 * is reused. The events it asked for on the old socket it may not ask for again on the new one. */
int sockets_open(struct sockets *s, int domain, int type, int protocol)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return fd;
	struct pool_socket *closed = find(s, fd);
	uint32_t wanted = closed ? closed->wanted : 0;
	if (closed)
		forget(closed);
	struct pool_socket *p = add_socket(s, fd);
	p->ours = true;
	p->wanted = wanted;
	list_append(&s->connecting, &p->link);
	if (update_watch(p))
		return fd;
	forget(p);
	close(fd);
	return -1;
}

/* ## Claims */

static struct address address_of(const struct sockaddr_storage *a)
{
	struct address result = {.port = 0};
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;
	if (a->ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, result.text, sizeof result.text);
		result.port = ntohs(v4->sin_port);
	} else if (a->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, result.text, sizeof result.text);
		result.port = ntohs(v6->sin6_port);
	}
	return result;
}

static struct list *list_of_port(struct sockets *s, int port)
{
	return &s->by_port[(unsigned)port % PORT_LISTS];
}

/* False: the socket is not connected. */
static bool read_ends(int fd, struct address *ret_peer, struct address *ret_local)
{
	struct sockaddr_storage peer = {0}, local = {0};
	socklen_t peer_len = sizeof peer, local_len = sizeof local;
	if (getpeername(fd, (struct sockaddr *)&peer, &peer_len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&local, &local_len) < 0)
		return false;
	*ret_peer = address_of(&peer);
	*ret_local = address_of(&local);
	return ret_local->port != 0;
}

/* Moves the socket to the list of its port once it is connected. */
static void learn_ends(struct pool_socket *p)
{
	if (!read_ends(p->fd, &p->peer, &p->local))
		return;
	list_remove(&p->link);
	list_append(list_of_port(p->all, p->local.port), &p->link);
}

static bool is_between(const struct pool_socket *p, const struct connection_ends *ends)
{
	return ends->local_port && p->local.port == ends->local_port &&
	       p->peer.port == ends->peer_port && strcmp(p->local.text, ends->local) == 0 &&
	       strcmp(p->peer.text, ends->peer) == 0;
}

/* A socket that was never claimed may have been closed without our notice and its number reused:
 * compares its addresses again. */
static bool is_still_same(const struct pool_socket *p)
{
	struct address peer, local;
	return p->was_claimed ||
	       (read_ends(p->fd, &peer, &local) && peer.port == p->peer.port &&
		local.port == p->local.port && strcmp(peer.text, p->peer.text) == 0 &&
		strcmp(local.text, p->local.text) == 0);
}

static struct pool_socket *find_by_port(struct sockets *s, const struct connection_ends *ends)
{
	list_each (node, list_of_port(s, ends->local_port)) {
		struct pool_socket *p = container_of(node, struct pool_socket, link);
		if (is_between(p, ends) && is_still_same(p))
			return p;
	}
	return NULL;
}

static struct pool_socket *find_connection(struct sockets *s, const struct connection_ends *ends)
{
	struct pool_socket *p = find_by_port(s, ends);
	if (p)
		return p;
	list_each_safe (node, &s->connecting)
		learn_ends(container_of(node, struct pool_socket, link));
	return find_by_port(s, ends);
}

bool sockets_claim(struct sockets *s, struct socket_claim *claim,
		   const struct connection_ends *ends)
{
	uint64_t end = 0;
	sockets_release(claim);
	struct pool_socket *p = find_connection(s, ends);
	if (!p)
		return false;
	end_claim(p);
	claim->kept = p->was_claimed;
	if (p->was_claimed && !nothing_unread(p))
		shut(p);
	if (p->shut) {
		stop_watching(p);
		return false;
	}
	claim->socket = p;
	p->claim = claim;
	p->was_claimed = true;
	p->received_before = bytes_received(p->fd, &end);
	return update_watch(p);
}

bool sockets_silent(const struct socket_claim *claim)
{
	uint64_t end = 0;
	const struct pool_socket *p = claim->socket;
	return p && nothing_unread(p) && bytes_received(p->fd, &end) <= p->received_before;
}

void sockets_release(struct socket_claim *claim)
{
	struct pool_socket *p = claim->socket;
	if (!p)
		return;
	end_claim(p);
	if (!update_watch(p))
		shut(p);
}
