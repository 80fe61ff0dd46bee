/* The sockets of a pool, watched in the worker's loop: in use for what libcurl asks, idle for
 * anything at all, since an upstream has nothing to say before it is asked.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/loop.h"
#include "base/own.h"

#include <stdbool.h>

struct sockets;

/* on_ready: a socket in use is ready for what was wanted (EPOLL* bits). NULL when the process is
 * out of descriptors. */
struct sockets *sockets_create(struct loop *loop, void (*on_ready)(void *context, int fd, uint32_t),
			       void *context);
void sockets_destroy(struct sockets **s);

/* A new socket that is idle later; -1 with errno. sockets_close closes it. */
int sockets_open(struct sockets *s, int domain, int type, int protocol);
int sockets_close(struct sockets *s, int fd);

/* In use, wanted events (EPOLLIN, EPOLLOUT). A descriptor that sockets_open did not make (the
 * resolver's) is watched until sockets_rest. False: the loop refused it. */
MUST_CHECK bool sockets_want(struct sockets *s, int fd, uint32_t events);

/* In use, but nothing is wanted for now: a paused answer's. Whatever arrives waits. */
void sockets_pause(struct sockets *s, int fd);

/* Not in use any longer. From here the first thing that arrives shuts it down: in the loop's next
 * turn, or when sockets_sift is called. */
void sockets_rest(struct sockets *s, int fd);

/* Called right before a request goes out: shuts down every idle socket on which something has
 * arrived by now. libcurl does not say which one it has chosen; if it is one of these, sending
 * fails and it takes another. */
void sockets_sift(struct sockets *s);
