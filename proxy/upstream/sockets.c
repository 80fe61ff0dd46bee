#include "proxy/upstream/sockets.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct socket_watch {
	struct watch watch;
	struct sockets *all;
	int fd;
	struct loop *in; /* the loop that watches it */
	bool ours;	 /* made by sockets_open */
};

struct sockets {
	struct loop *loop;
	struct loop *idle; /* a loop in the loop: one call tells of all idle ones */
	struct watch idle_watch;
	void (*on_ready)(void *context, int fd, uint32_t events);
	void *context;
	struct socket_watch **by_fd; /* index: descriptor; NULL: not one of ours */
	size_t room;
};

static void on_idle_ready(struct watch *w, uint32_t events)
{
	sockets_sift(container_of(w, struct sockets, idle_watch));
}

struct sockets *sockets_create(struct loop *loop, void (*on_ready)(void *context, int fd, uint32_t),
			       void *context)
{
	struct sockets *s = memory_new(struct sockets);
	s->loop = loop;
	s->on_ready = on_ready;
	s->context = context;
	s->idle_watch.fd = -1;
	s->idle = loop_create();
	if (s->idle && loop_add(loop, &s->idle_watch, loop_fd(s->idle), EPOLLIN, on_idle_ready))
		return s;
	sockets_destroy(&s);
	return NULL;
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
	w->in = s->loop;
	w->all = s;
	w->fd = fd;
	s->by_fd[fd] = w;
	return w;
}

static void dismiss(struct socket_watch *w)
{
	loop_remove(w->in, &w->watch);
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
	loop_remove(gone->loop, &gone->idle_watch);
	loop_destroy(&gone->idle);
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

/* libcurl finds a shut socket dead when it next looks for a connection, or, if bytes lie unread on
 * it, when it sends; then it closes it. */
static void spoil(struct socket_watch *w)
{
	shutdown(w->fd, SHUT_RDWR);
	loop_remove(w->in, &w->watch);
}

static void on_idle(struct watch *watch, uint32_t events)
{
	spoil(container_of(watch, struct socket_watch, watch));
}

static bool watch_for(struct socket_watch *w, struct loop *in, uint32_t events,
		      void (*on_ready)(struct watch *, uint32_t))
{
	if (w->watch.fd >= 0 && w->in == in)
		return loop_change(in, &w->watch, events);
	loop_remove(w->in, &w->watch);
	w->in = in;
	return loop_add(in, &w->watch, w->fd, events, on_ready);
}

bool sockets_want(struct sockets *s, int fd, uint32_t events)
{
	struct socket_watch *w = find(s, fd);
	return watch_for(w ? w : admit(s, fd), s->loop, events, on_used);
}

void sockets_pause(struct sockets *s, int fd)
{
	struct socket_watch *w = find(s, fd);
	if (w)
		loop_remove(w->in, &w->watch);
}

void sockets_rest(struct sockets *s, int fd)
{
	struct socket_watch *w = find(s, fd);
	if (!w)
		return;
	if (!w->ours)
		dismiss(w);
	else if (!watch_for(w, s->idle, EPOLLIN | EPOLLRDHUP, on_idle))
		spoil(w);
}

void sockets_sift(struct sockets *s)
{
	loop_turn(s->idle, 0);
}
