/* An acceptor: accepts clients' connections from a worker's listening sockets. A connection beyond
 * limits.connections or limits.connections_per_address gets an early error. While the process has
 * no descriptor for the next connection, none is accepted.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/own.h"
#include "proxy/context.h"
#include "proxy/http/connection_limits.h"
#include "proxy/http/lingering_close.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/socket.h>

struct acceptor;

struct acceptor_options {
	struct context *worker; /* its loop, access log and metrics are used */
	const int *fds;		/* non-blocking, listening; copied, closed by the caller */
	const bool *shared;	/* for each: other workers accept from it too; copied */
	size_t count;
	size_t limit;		    /* limits.connections */
	size_t limit_of_address;    /* limits.connections_per_address; 0: none */
	atomic_size_t *connections; /* of all workers together; counted by the server */
	struct connection_limits *connection_limits; /* of all workers together, by address */
	struct lingering_closes *lingering_closes;   /* for rejected connections */
	bool encrypted; /* TCP clients speak TLS: an early error in plain text would mean nothing to
			   them */
	/* Takes ownership of the non-blocking descriptor of a new connection. */
	void (*on_accept)(void *context, int fd, const struct sockaddr *address, socklen_t len);
	void *context;
};

/* Starts accepting. NULL: the process is out of descriptors, see errno. */
struct acceptor *acceptor_create(const struct acceptor_options *options);

/* Stops accepting. The sockets stay open; the caller owns them. */
void acceptor_destroy(struct acceptor **a);

/* When acceptor_work has something to do, on the clock of clock_ms; -1: nothing is due. */
int64_t acceptor_due_ms(const struct acceptor *a);

/* Called once a turn. Resumes accepting after a shortage of descriptors. */
void acceptor_work(struct acceptor *a, int64_t now_ms);
