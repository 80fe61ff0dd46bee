/* The sockets of a pool, watched in the worker's loop: in use for what libcurl asks, idle for
 * anything at all, since an upstream has nothing to say before it is asked.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/loop.h"
#include "base/own.h"

#include <stdbool.h>

struct sockets;

/* on_ready: a socket in use is ready for what was wanted (EPOLL* bits). */
struct sockets *sockets_create(struct loop *loop, void (*on_ready)(void *context, int fd, uint32_t),
			       void *context);
void sockets_destroy(struct sockets **s);

/* A new socket that is idle later; -1 with errno. sockets_close closes it. */
int sockets_open(struct sockets *s, int domain, int type, int protocol);
int sockets_close(struct sockets *s, int fd);

/* In use, wanted events (EPOLLIN, EPOLLOUT). A descriptor that sockets_open did not make (the
 * resolver's) is watched until sockets_rest. False: the loop refused it. */
MUST_CHECK bool sockets_want(struct sockets *s, int fd, uint32_t events);

/* Not in use any longer. From here the first thing that arrives shuts it down. */
void sockets_rest(struct sockets *s, int fd);

/* Called right before a request goes out. True: it may, since the socket was never used or nothing
 * has arrived on it since. False: do not; it has been shut down. */
MUST_CHECK bool sockets_fit(struct sockets *s, int fd);
