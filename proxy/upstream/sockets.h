/* The sockets of a pool, watched in the worker's loop: in use for what libcurl asks, idle for
 * anything at all, since an upstream has nothing to say before it is asked.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/loop.h"
#include "base/own.h"

#include <stdbool.h>
#include <stdint.h>

struct sockets;

/* on_ready: a socket in use is ready for what was wanted (EPOLL* bits). */
struct sockets *sockets_create(struct loop *loop, void (*on_ready)(void *context, int fd, uint32_t),
			       void *context);
void sockets_destroy(struct sockets **s);

/* A new socket that is idle later; -1 with errno. sockets_close closes it. */
int sockets_open(struct sockets *s, int domain, int type, int protocol);
int sockets_close(struct sockets *s, int fd);

/* A transfer has the socket, until sockets_return, and wants these events (EPOLLIN, EPOLLOUT).
 * *spoke becomes true if bytes have come on it when it is given back or closed, however few:
 * libcurl speaks of whole lines only. A descriptor that sockets_open did not make (the resolver's)
 * is watched until one of the two below. False: the loop refused it. */
MUST_CHECK bool sockets_want(struct sockets *s, int fd, uint32_t events, bool *spoke);

/* Nothing is wanted of it for now: the transfer that has it is paused. */
void sockets_rest(struct sockets *s, int fd);

/* The transfer that wanted it with this `spoke`, if it still has it, has no use for it any longer,
 * and another may get it at once. If it is the connection with this local port (0: a unix socket)
 * it is idle from here: the first thing that arrives shuts it down. Any other never became one, and
 * may be closed by now, its number somebody else's: it is forgotten. */
void sockets_return(struct sockets *s, int fd, const bool *spoke, int local_port);

/* Called right before a request goes out on a kept socket with this local port (0: unix sockets
 * have none). True: nothing has arrived since it fell idle. False: do not send; it has been shut
 * down, or, of unix sockets, one that it may be. */
MUST_CHECK bool sockets_fit(struct sockets *s, int local_port);

/* After sockets_fit, before the request's body goes out: whether nothing has come since, read or
 * unread, not even the end. fd: the transfer's, -1 while it has none by sockets_want. Of a unix
 * socket only what lies unread is known. */
bool sockets_silent(struct sockets *s, int fd, int local_port);
