/* A listener: an address that we accept connections on, with a socket for each worker.
 *
 * TCP: every worker has a socket of its own (SO_REUSEPORT), so the kernel spreads connections and
 * no worker wakes for another's. Unix: one socket, which all workers accept from.
 *
 * Threads: opened and closed by the main thread; workers only accept. */
#pragma once

#include "base/error_text.h"

#include <stddef.h>

struct listener {
	char *address;	   /* as it is shown: with the real port where 0 was asked for */
	char *socket_path; /* to be removed in the end; NULL: TCP */
	unsigned long long socket_inode; /* of that file */
	int *fds; /* one for each worker; of a unix socket all the same one */
	size_t count;
};

/* address: host:port, [v6]:port or unix:path. A socket file that nobody answers on is replaced; any
 * other file is left alone. May block while a name is resolved. NULL with a fault "ADDRESS: …":
 * taken, not ours, unknown host … */
struct listener *listener_open(const char *address, size_t workers, struct error_text *why);

/* Refuses whoever comes from here on, while workers may still look at the sockets: else a client
 * would wait in the queue of a process that accepts nobody any longer. */
void listener_shut(struct listener *l);

/* Closes the sockets, which no worker may look at any longer, and removes a unix socket's file,
 * unless somebody put another in its place. */
void listener_close(struct listener **l);
