/* A loop: an epoll set and the watches of its descriptors.
 *
 * A watch is embedded in its owner. Removing a watch also drops its events that the current turn
 * has already fetched, so the owner may be freed right afterwards.
 *
 * Threads: only the thread that runs the loop. */
#pragma once

#include "base/own.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

struct watch {
	/* events: EPOLLIN, EPOLLOUT, EPOLLRDHUP …, as returned by epoll_wait. */
	void (*on_ready)(struct watch *w, uint32_t events);
	int fd; /* -1: not watched */
};

/* NULL, with errno set, if epoll_create1 fails, as when the process is out of descriptors. */
struct loop *loop_create(void);
void loop_destroy(struct loop **l);

/* Starts to watch fd for `events`, which may include EPOLLET and EPOLLEXCLUSIVE. False, with errno
 * set, on failure. */
MUST_CHECK bool loop_add(struct loop *l, struct watch *w, int fd, uint32_t events,
			 void (*on_ready)(struct watch *, uint32_t));

/* Changes the events of a watch that was added. False, with errno set, on failure. */
MUST_CHECK bool loop_change(struct loop *l, struct watch *w, uint32_t events);

/* Stops watching, without closing the descriptor. Does nothing if the watch's fd is -1. */
void loop_remove(struct loop *l, struct watch *w);

/* Like loop_remove, for a descriptor that has already been closed. */
void loop_forget(struct loop *l, struct watch *w);

/* When the current turn, or else the last one, returned from epoll_wait (clock_us). */
int64_t loop_woke_us(const struct loop *l);

/* Waits up to timeout_ms (-1: without limit) and calls on_ready of every watch that is ready. */
void loop_turn(struct loop *l, int timeout_ms);
