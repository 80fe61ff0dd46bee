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

/* <netinet/tcp.h> names it and does not know all of tcp_info; <linux/tcp.h> the other way round. */
enum { TCP_STATE_ESTABLISHED = 1 };

struct socket_watch {
	struct watch watch;
	struct sockets *all;
	int fd;
	bool ours;	/* made by sockets_open */
	uint64_t had;	/* bytes that had arrived when its request was about to go out */
	bool *spoke;	/* of the transfer that has it; NULL: none */
	int local_port; /* once it was idle, before that -1; 0: a unix socket's */
	struct list idle;
};

struct sockets {
	struct loop *loop;
	void (*on_ready)(void *context, int fd, uint32_t events);
	void *context;
	struct socket_watch **by_fd; /* index: descriptor; NULL: not one of ours */
	size_t room;
	struct list idle; // struct socket_watch.idle
};

struct sockets *sockets_create(struct loop *loop, void (*on_ready)(void *context, int fd, uint32_t),
			       void *context)
{
	struct sockets *s = memory_new(struct sockets);
	s->loop = loop;
	s->on_ready = on_ready;
	s->context = context;
	list_init(&s->idle);
	return s;
}

static struct socket_watch *find(struct sockets *s, int fd)
{
	return fd >= 0 && (size_t)fd < s->room ? s->by_fd[fd] : NULL;
}

static struct socket_watch *admit(struct sockets *s, int fd)
{
	if ((size_t)fd >= s->room) {
		size_t room = (size_t)fd * 2 + 64;
		struct socket_watch **grown = memory_zeroed(room * sizeof *grown);
		if (s->room)
			memcpy(grown, s->by_fd, s->room * sizeof *grown);
		free(s->by_fd);
		s->by_fd = grown;
		s->room = room;
	}
	struct socket_watch *w = memory_new(struct socket_watch);
	w->watch.fd = -1;
	w->local_port = -1;
	w->all = s;
	w->fd = fd;
	list_init(&w->idle);
	s->by_fd[fd] = w;
	return w;
}

static void forget(struct socket_watch *w)
{
	loop_forget(w->all->loop, &w->watch);
	list_remove(&w->idle);
	w->all->by_fd[w->fd] = NULL;
	free(w);
}

static void dismiss(struct socket_watch *w)
{
	loop_remove(w->all->loop, &w->watch);
	forget(w);
}

void sockets_destroy(struct sockets **s)
{
	struct sockets *gone = take(s);
	if (!gone)
		return;
	for (size_t fd = 0; fd < gone->room; fd++)
		if (gone->by_fd[fd])
			dismiss(gone->by_fd[fd]);
	free(gone->by_fd);
	free(gone);
}

/* libcurl closes a socket whose connection timed out without telling; its number comes again. */
int sockets_open(struct sockets *s, int domain, int type, int protocol)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return fd;
	struct socket_watch *closed = find(s, fd);
	if (closed)
		forget(closed);
	admit(s, fd)->ours = true;
	return fd;
}

/* As the kernel counts them, to which the end of the stream is one, too; 0 for unix sockets, whose
 * bytes it does not count. */
static uint64_t bytes_received(int fd, uint64_t *ret_end)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof info;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	*ret_end = info.tcpi_state != TCP_STATE_ESTABLISHED;
	return info.tcpi_bytes_received;
}

/* Whoever had it is told whether anything came on it. */
static void end_use(struct socket_watch *w)
{
	uint64_t end = 0;
	if (w->spoke && bytes_received(w->fd, &end) > w->had + end)
		*w->spoke = true;
	w->spoke = NULL;
}

int sockets_close(struct sockets *s, int fd)
{
	struct socket_watch *w = find(s, fd);
	if (w) {
		end_use(w);
		dismiss(w);
	}
	return close(fd);
}

static void on_used(struct watch *watch, uint32_t events)
{
	struct socket_watch *w = container_of(watch, struct socket_watch, watch);
	w->all->on_ready(w->all->context, w->fd, events);
}

/* libcurl finds a shut socket dead when it next looks for a connection, and closes it; unless bytes
 * lie on it: then sockets_fit says no. */
static void spoil(struct socket_watch *w)
{
	shutdown(w->fd, SHUT_RDWR);
	loop_remove(w->all->loop, &w->watch);
}

static void on_idle(struct watch *watch, uint32_t events)
{
	spoil(container_of(watch, struct socket_watch, watch));
}

static bool watch_for(struct socket_watch *w, uint32_t events,
		      void (*on_ready)(struct watch *, uint32_t))
{
	if (w->watch.fd < 0)
		return loop_add(w->all->loop, &w->watch, w->fd, events, on_ready);
	w->watch.on_ready = on_ready;
	return loop_change(w->all->loop, &w->watch, events);
}

bool sockets_want(struct sockets *s, int fd, uint32_t events, bool *spoke)
{
	struct socket_watch *w = find(s, fd);
	if (!w)
		w = admit(s, fd);
	list_remove(&w->idle);
	w->spoke = spoke;
	return watch_for(w, events, on_used);
}

void sockets_rest(struct sockets *s, int fd)
{
	struct socket_watch *w = find(s, fd);
	if (w && w->ours)
		loop_remove(s->loop, &w->watch);
	else if (w)
		dismiss(w);
}

static int local_port_of(int fd)
{
	struct sockaddr_storage a = {0};
	socklen_t len = sizeof a;
	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return 0;
	if (a.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&a)->sin_port);
	if (a.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&a)->sin6_port);
	return 0;
}

void sockets_return(struct sockets *s, int fd, const bool *spoke, int local_port)
{
	struct socket_watch *w = find(s, fd);
	if (!w || w->spoke != spoke)
		return;
	if (!w->ours || local_port_of(fd) != local_port) {
		dismiss(w);
		return;
	}
	end_use(w);
	w->local_port = local_port;
	list_append(&s->idle, &w->idle);
	if (!watch_for(w, EPOLLIN | EPOLLRDHUP, on_idle))
		spoil(w);
}

/* Of unix sockets, which we cannot tell apart, the end does not count: libcurl finds it by itself,
 * and the others are as good as before. */
static bool nothing_unread(const struct socket_watch *w)
{
	char byte;
	ssize_t got = recv(w->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return (got < 0 && errno == EAGAIN) || (got <= 0 && w->local_port == 0);
}

/* libcurl does not say which socket it has chosen, only its port. Without one every idle socket has
 * to be silent: one that is not could be it. */
bool sockets_fit(struct sockets *s, int local_port)
{
	bool fit = true;
	list_each_safe (node, &s->idle) {
		struct socket_watch *w = container_of(node, struct socket_watch, idle);
		uint64_t end = 0;
		if (w->local_port != local_port)
			continue;
		w->had = bytes_received(w->fd, &end);
		if (nothing_unread(w))
			continue;
		spoil(w);
		fit = false;
	}
	return fit;
}

/* Neither does anything lie unread, nor has libcurl read anything since. */
static bool is_silent(const struct socket_watch *w)
{
	uint64_t end = 0;
	return nothing_unread(w) && bytes_received(w->fd, &end) <= w->had;
}

bool sockets_silent(struct sockets *s, int fd, int local_port)
{
	struct socket_watch *leased = find(s, fd);
	if (leased)
		return is_silent(leased);
	bool silent = true;
	list_each (node, &s->idle) {
		struct socket_watch *w = container_of(node, struct socket_watch, idle);
		silent = silent && (w->local_port != local_port || is_silent(w));
	}
	return silent;
}
