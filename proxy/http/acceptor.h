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

struct acceptor;

struct acceptor_options {
	struct context *worker; /* its loop; and it is told of who is turned away */
	const int *fds;		/* non-blocking, listening; copied, the caller closes them */
	const bool *shared;	/* of each: other workers accept from it too; copied */
	size_t count;
	size_t limit;		    /* limits.connections */
	size_t limit_of_address;    /* limits.connections_per_address; 0: none */
	atomic_size_t *connections; /* how many all workers together have; counted by others */
	struct connection_limits *connection_limits; /* the same of each address */
	struct lingering_closes *lingering_closes;   /* of those who are turned away */
	bool encrypted; /* TCP clients speak TLS: what is not encrypted says nothing to them */
	/* Takes the descriptor of a new, non-blocking connection. */
	void (*on_arrival)(void *context, int fd, const struct sockaddr *address, socklen_t len);
	void *context;
};

/* Accepts from here on. NULL when the process is out of descriptors (errno says). */
struct acceptor *acceptor_create(const struct acceptor_options *options);

/* Accepts nobody from here on. The sockets stay open; they are the caller's. */
void acceptor_destroy(struct acceptor **e);

/* When entrance_work has something to do, in the time of clock_ms; -1: nothing is due. */
int64_t acceptor_due_ms(const struct acceptor *e);

/* Once a turn: accepts again after a shortage of descriptors. */
void acceptor_work(struct acceptor *e, int64_t now_ms);
