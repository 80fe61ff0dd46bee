/* The sockets of a pool: watched in the worker's loop for the events that libcurl waits for, and
 * guarded while they are idle, since a model server must not send anything before a request.
 *
 * A connection is idle while no transfer has a claim on it. A claim begins when libcurl has chosen
 * the connection and has not yet sent a byte of the request (CURLOPT_PREREQFUNCTION, which gets the
 * connection's addresses). It ends when the end of the transfer was read from libcurl
 * (curl_multi_info_read) or the transfer is destroyed. A response is never mistaken for stray
 * bytes:
 *
 * - a request cannot go out on a connection without a claim, so bytes that arrive on an unclaimed
 *   connection are not a response;
 *
 * - libcurl may give a connection to the next transfer before we read the end of the previous one.
 *   The next claim then takes the connection over, and the earlier transfer no longer releases it;
 *
 * - it does not matter whether, when or for which handle libcurl calls its socket callback. The
 *   events it last asked for are kept (sockets_watch) and apply again once the connection is no
 *   longer idle.
 *
 * A connection is identified by its addresses, which are unique to a TCP connection while it lives.
 * Unix sockets have none, so they are not kept between transfers and never idle (pool_keeps).
 *
 * Threads: the worker's. */
#pragma once

#include "base/loop.h"
#include "base/own.h"

#include <stdbool.h>
#include <stdint.h>

struct sockets;
struct pool_socket;

/* The addresses of a TCP connection. The texts are libcurl's: numeric addresses. */
struct connection_ends {
	const char *peer, *local;
	int peer_port, local_port;
};

/* A transfer's use of a connection. Zeroed before its first use; must not move until it is
 * released. */
struct socket_claim {
	struct pool_socket *socket; /* NULL: none, or closed */
	bool kept;		    /* an earlier transfer used the connection */
	bool answered;		    /* set when released or closed: at least a byte arrived;
				     * libcurl reports only whole lines */
};

/* on_ready is called when a socket is ready for the events asked for (EPOLL* bits). The loop must
 * outlive the sockets. */
struct sockets *sockets_create(struct loop *loop, void (*on_ready)(void *context, int fd, uint32_t),
			       void *context);
void sockets_destroy(struct sockets **s);

/* Opens a socket for a connection of the pool; close it with sockets_close. -1 with errno. */
int sockets_open(struct sockets *s, int domain, int type, int protocol);
int sockets_close(struct sockets *s, int fd);

/* Watches fd for the events that libcurl waits for (EPOLLIN, EPOLLOUT; 0: none). fd comes from
 * sockets_open or is the resolver's. False: the loop cannot watch it. */
MUST_CHECK bool sockets_watch(struct sockets *s, int fd, uint32_t events);

/* Claims the connection with these addresses, right before a request goes out on it. True: the
 * claim holds until sockets_release; if the connection was kept, nothing has arrived since it
 * became idle. False: the request must not be sent; the connection is unknown, or was shut down
 * because something had arrived. */
MUST_CHECK bool sockets_claim(struct sockets *s, struct socket_claim *claim,
			      const struct connection_ends *ends);

/* Whether nothing has arrived on the connection since it was claimed, read or unread, not even its
 * end. */
bool sockets_silent(const struct socket_claim *claim);

/* Ends the claim, since the transfer is over. If the connection is still open and not claimed by
 * another transfer it becomes idle: whatever arrives next shuts it down. Does nothing for a claim
 * without a connection. */
void sockets_release(struct socket_claim *claim);
