/* A client: one connection that somebody made to us, over all its requests.
 *
 * libmicrohttpd does not look at a suspended connection, and overlooks an end that comes together
 * with bytes, so we watch the socket ourselves: for whoever sleeps, the end of the client's stream
 * counts as its leaving.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/list.h"
#include "base/loop.h"

#include <stdint.h>
#include <sys/socket.h>

enum { PEER_TEXT = 48 };

struct request;
struct server;
struct tap;

struct client {
	struct loop *loop;
	int fd;
	char peer[PEER_TEXT]; /* the address without port; empty: a unix socket's */
	struct watch hangup;
	bool gone;		 /* the client hung up */
	struct request *request; /* the one under way; NULL: none */
	struct list link;	 /* server.c: waiting for a head */
	int64_t deadline_ms;	 /* server.c: by when it has to be there */
	struct list left;	 /* in `leavers`, from the hangup on */
	struct list *leavers;	 /* the server's; NULL: nobody asks */
	struct server *server;	 /* server.c: whose it is */
	struct tap *tap;	 /* what is received from it goes through here */
	uint64_t requests;	 /* server.c: how many heads came out of the tap */
};

struct client *client_create(struct loop *loop, int fd, const struct sockaddr *address);
void client_destroy(struct client **c);

/* Whether the client is still there; if so, its leaving is noticed from here on, and wakes a
 * request that sleeps. */
bool client_watch(struct client *c);
