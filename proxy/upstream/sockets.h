/* The sockets of a pool: watched in the worker's loop for what libcurl waits for, and guarded
 * while they are idle, since a model server has nothing to say before it is asked.
 *
 * A connection is idle while no transfer has a claim on it. The claim begins when libcurl has
 * chosen the connection and not a byte of the request is out (CURLOPT_PREREQFUNCTION, which is
 * given the connection's addresses), and ends when the transfer's end has been read from libcurl
 * (curl_multi_info_read) or the transfer is destroyed. This cannot take an answer for stray bytes:
 *
 * - a request has no way onto a connection but past its claim, so whatever arrives on a connection
 *   that nobody claims answers nothing;
 * - libcurl may give a connection to the next transfer before we read the end of the one before.
 * The next claim then takes the connection over, and what the earlier transfer releases later is no
 *   longer its own;
 * - it does not matter whether, when or for which handle libcurl calls its socket callback. What it
 *   last asked for is kept (sockets_watch) and holds again when the connection leaves its idle
 * time.
 *
 * A connection is known by its addresses, which for TCP are its own as long as it lives. Unix
 * sockets have none, so they are not kept between transfers and never idle (pool_keeps).
 *
 * Threads: only the worker's. */
#pragma once

#include "base/loop.h"
#include "base/own.h"

#include <stdbool.h>
#include <stdint.h>

struct sockets;
struct pool_socket;

/* The two ends of a TCP connection. The texts are libcurl's: numeric addresses. */
struct connection_ends {
	const char *peer, *local;
	int peer_port, local_port;
};

/* A transfer's use of a connection. Zeroed before its first use; stays where it is until it is
 * released. */
struct socket_claim {
	struct pool_socket *socket; /* NULL: none, or it has been closed */
	bool kept;		    /* another transfer had the connection before */
	bool answered;		    /* when released or closed: bytes came, however few; libcurl
				     * only tells of whole lines */
};

/* on_ready: a socket is ready for what was wanted (EPOLL* bits). The loop outlives the sockets. */
struct sockets *sockets_create(struct loop *loop, void (*on_ready)(void *context, int fd, uint32_t),
			       void *context);
void sockets_destroy(struct sockets **s);

/* A new socket for a connection of the pool, closed by sockets_close. -1 with errno. */
int sockets_open(struct sockets *s, int domain, int type, int protocol);
int sockets_close(struct sockets *s, int fd);

/* libcurl waits for these events (EPOLLIN, EPOLLOUT; 0: for nothing) on fd, which sockets_open made
 * or which is the resolver's. False: the loop refused it. */
MUST_CHECK bool sockets_watch(struct sockets *s, int fd, uint32_t events);

/* A request is about to go out on the connection with these ends. True: the claim is on it until
 * sockets_release, and if it is a kept connection nothing has arrived since it fell idle. False:
 * the request must not be sent; what had arrived has shut the connection down. */
MUST_CHECK bool sockets_claim(struct sockets *s, struct socket_claim *claim,
			      const struct connection_ends *ends);

/* Nothing has arrived on the connection since it was claimed, read or unread, not even its end. */
bool sockets_silent(const struct socket_claim *claim);

/* The transfer is over. If the connection is still open and still the claim's it is idle from here:
 * the first thing that arrives shuts it down. A claim without a connection is fine. */
void sockets_release(struct socket_claim *claim);
