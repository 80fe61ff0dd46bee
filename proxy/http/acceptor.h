/* An entrance: the sockets that a worker accepts its clients from. A client beyond
 * limits.connections or limits.connections_per_address is turned away with an answer; while there
 * is no descriptor for the next one, nobody is accepted.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/loop.h"
#include "base/own.h"
#include "proxy/http/connection_limits.h"
#include "proxy/http/lingering_close.h"
#include "proxy/context.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/socket.h>

struct entrance;

struct entrance_options {
	struct kit *kit;    /* its loop; and it is told of who is turned away */
	const int *fds;	    /* non-blocking, listening; copied, the caller closes them */
	const bool *shared; /* of each: other workers accept from it too; copied */
	size_t count;
	size_t limit;		     /* limits.connections */
	size_t limit_of_address;     /* limits.connections_per_address; 0: none */
	atomic_size_t *connections;  /* how many all workers together have; counted by others */
	struct addresses *addresses; /* the same of each address */
	struct farewells *farewells; /* of those who are turned away */
	bool encrypted; /* TCP clients speak TLS: what is not encrypted says nothing to them */
	/* Takes the descriptor of a new, non-blocking connection. */
	void (*on_arrival)(void *context, int fd, const struct sockaddr *address, socklen_t len);
	void *context;
};

/* Accepts from here on. NULL when the process is out of descriptors (errno says). */
struct entrance *entrance_create(const struct entrance_options *options);

/* Accepts nobody from here on. The sockets stay open; they are the caller's. */
void entrance_destroy(struct entrance **e);

/* When entrance_work has something to do, in the time of clock_ms; -1: nothing is due. */
int64_t entrance_due_ms(const struct entrance *e);

/* Once a turn: accepts again after a shortage of descriptors. */
void entrance_work(struct entrance *e, int64_t now_ms);
