#include "base/loop.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Large enough for one system call to serve a busy turn, small enough to scan on a removal. */
enum { BATCH = 256 };

struct loop {
	int epoll_fd;
	int fetched; /* events of the current turn */
	int next;    /* index of the first event that has not been handled */
	int64_t woke_us;
	struct epoll_event batch[BATCH];
};

struct loop *loop_create(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd < 0)
		return NULL;
	struct loop *l = memory_new(struct loop);
	l->epoll_fd = fd;
	return l;
}

void loop_destroy(struct loop **l)
{
	struct loop *gone = take(l);
	if (!gone)
		return;
	close(gone->epoll_fd);
	free(gone);
}

bool loop_add(struct loop *l, struct watch *w, int fd, uint32_t events,
	      void (*on_ready)(struct watch *, uint32_t))
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0)
		return false;
	w->fd = fd;
	w->on_ready = on_ready;
	return true;
}

bool loop_change(struct loop *l, struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	return epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &e) == 0;
}

void loop_forget(struct loop *l, struct watch *w)
{
	for (int i = l->next; i < l->fetched; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
	w->fd = -1;
}

void loop_remove(struct loop *l, struct watch *w)
{
	if (w->fd < 0)
		return;
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	loop_forget(l, w);
}

int64_t loop_woke_us(const struct loop *l)
{
	return l->woke_us;
}

void loop_turn(struct loop *l, int timeout_ms)
{
	int n = epoll_wait(l->epoll_fd, l->batch, BATCH, timeout_ms);
	ensure(n >= 0 || errno == EINTR);
	l->woke_us = clock_us();
	l->fetched = n > 0 ? n : 0;
	l->next = 0;
	while (l->next < l->fetched) {
		struct epoll_event e = l->batch[l->next++];
		struct watch *w = e.data.ptr;
		if (w)
			w->on_ready(w, e.events);
	}
}
