/* A listener: an address on which connections are accepted, with a socket for each worker.
 *
 * TCP: every worker has its own socket (SO_REUSEPORT), so the kernel spreads the connections, and
 * no worker wakes up for another's. Unix: one socket, from which all workers accept.
 *
 * Threads: opened and closed by the main thread; workers only accept. */
#pragma once

#include "base/error_text.h"

#include <stddef.h>

struct listener {
	char *address;	   /* for the log: with the real port where 0 was configured */
	char *socket_path; /* removed by listener_close; NULL: TCP */
	unsigned long long socket_inode; /* of that file */
	int *fds;			 /* one for each worker; for a unix socket all the same */
	size_t count;
};

/* address: host:port, [v6]:port or unix:path. Replaces a socket file on which no process listens;
 * any other existing file is an error. May block while a name is resolved. NULL with an error
 * "ADDRESS: reason": in use, not local, unknown host … */
struct listener *listener_open(const char *address, size_t workers, struct error_text *why);

/* Refuses new connections from here on; workers may still use the sockets. Otherwise a client would
 * wait in the queue of a process that no longer accepts. */
void listener_shut(struct listener *l);

/* Closes the sockets, which no worker may use any more, and removes the unix socket's file unless
 * it was replaced by another. */
void listener_close(struct listener **l);
