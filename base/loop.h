/* A loop: one epoll set and whoever waits for its descriptors.
 *
 * A watch is embedded in what it belongs to. Removing a watch also drops an event of it that was
 * already fetched in the turn under way, so an owner may be freed right after.
 *
 * Threads: only the thread that turns the loop. */
#pragma once

#include "base/own.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

struct watch {
	/* events: EPOLLIN, EPOLLOUT, EPOLLRDHUP …, as epoll_wait gave them. */
	void (*on_ready)(struct watch *w, uint32_t events);
	int fd; /* -1: not watched */
};

/* NULL when the process is out of descriptors (errno says). */
struct loop *loop_create(void);
void loop_destroy(struct loop **l);

/* Starts to watch fd for events (EPOLLET and EPOLLEXCLUSIVE as the caller wishes). False: errno. */
MUST_CHECK bool loop_add(struct loop *l, struct watch *w, int fd, uint32_t events,
			 void (*on_ready)(struct watch *, uint32_t));

/* Other events for a watch that was added. False: errno. */
MUST_CHECK bool loop_change(struct loop *l, struct watch *w, uint32_t events);

/* Stops watching; does not close. A watch that was not added is fine. */
void loop_remove(struct loop *l, struct watch *w);

/* As loop_remove, for a descriptor that somebody else has already closed. */
void loop_forget(struct loop *l, struct watch *w);

/* When the turn under way, or the last one, stopped waiting (clock_us). */
int64_t loop_woke_us(const struct loop *l);

/* Waits up to timeout_ms (-1: for ever) and calls on_ready of all that is ready. */
void loop_turn(struct loop *l, int timeout_ms);
