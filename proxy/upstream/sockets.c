#include "proxy/upstream/sockets.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct socket_watch {
	struct watch watch;
	struct sockets *all;
	int fd;
	bool ours; /* made by sockets_open */
	bool used; /* a request went out on it */
};

struct sockets {
	struct loop *loop;
	void (*on_ready)(void *context, int fd, uint32_t events);
	void *context;
	struct socket_watch **by_fd; /* index: descriptor; NULL: not one of ours */
	size_t room;
};

struct sockets *sockets_create(struct loop *loop, void (*on_ready)(void *context, int fd, uint32_t),
			       void *context)
{
	struct sockets *s = memory_new(struct sockets);
	s->loop = loop;
	s->on_ready = on_ready;
	s->context = context;
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
	w->all = s;
	w->fd = fd;
	s->by_fd[fd] = w;
	return w;
}

static void dismiss(struct socket_watch *w)
{
	loop_remove(w->all->loop, &w->watch);
	w->all->by_fd[w->fd] = NULL;
	free(w);
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

int sockets_open(struct sockets *s, int domain, int type, int protocol)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	if (fd >= 0)
		admit(s, fd)->ours = true;
	return fd;
}

int sockets_close(struct sockets *s, int fd)
{
	struct socket_watch *w = find(s, fd);
	if (w)
		dismiss(w);
	return close(fd);
}

static void on_used(struct watch *watch, uint32_t events)
{
	struct socket_watch *w = container_of(watch, struct socket_watch, watch);
	w->all->on_ready(w->all->context, w->fd, events);
}

/* libcurl finds a shut socket dead when it next looks for a connection, and closes it. */
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

bool sockets_want(struct sockets *s, int fd, uint32_t events)
{
	struct socket_watch *w = find(s, fd);
	return watch_for(w ? w : admit(s, fd), events, on_used);
}

void sockets_rest(struct sockets *s, int fd)
{
	struct socket_watch *w = find(s, fd);
	if (!w)
		return;
	if (!w->ours)
		dismiss(w);
	else if (!watch_for(w, EPOLLIN | EPOLLRDHUP, on_idle))
		spoil(w);
}

bool sockets_fit(struct sockets *s, int fd)
{
	struct socket_watch *w = find(s, fd);
	if (!w)
		return true;
	bool first = !w->used;
	w->used = true;
	char byte;
	if (first || (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN))
		return true;
	spoil(w);
	return false;
}
