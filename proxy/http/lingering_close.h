/* Farewells: how a connection ends whose client may still be sending. close(2) with bytes unread,
 * or with bytes still to come, makes the kernel answer with a reset; whoever writes all of a
 * request before it reads then sees that, and not the error that we sent. So the connection ends in
 * stages (RFC 9112 §9.6; nginx calls it lingering_close):
 *
 *     answered -> our side is shut -> what comes is thrown away -> closed
 *                                      |  until the client's end, or an error of its socket,
 *                                      |  or FAREWELL_MS are over,
 *                                      |  or FAREWELLS_MOST others came after it,
 *                                      |  or the worker ends, which waits for none of them
 *
 * Who comes here: the connections turned away at the entrance; those that libmicrohttpd closes in
 * the middle of a request, or with more of one unread (it owns the descriptor, so we keep the
 * socket by a duplicate, made before it closes its own); and of TLS, the client's socket, when the
 * tunnel has ended its side: what comes there is thrown away without being deciphered, and the
 * tunnel's pair of sockets needs no farewell, since the tunnel reads what was written before a
 * reset. A connection that ends between requests just closes.
 *
 * They count in no limit for connections: the place is free for the next one, as it was for good.
 * So the bound of FAREWELLS_MOST for each worker stands beside limits.connections, and the limit of
 * descriptors has room for both.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/list.h"
#include "base/loop.h"

#include <stddef.h>
#include <stdint.h>

/* In all, however much comes: at 100 Mbit/s, 60 MB of a body that was too large; as long as nginx
 * waits for the next bytes. Who is slower sees the reset. */
enum { LINGERING_CLOSE_MS = 5000 };

/* Of one worker. */
enum { LINGERING_CLOSES_MOST = 256 };

struct lingering_closes {
	struct loop *loop;
	struct list all; // struct farewell.link; first come first, so the first is the first due
	size_t count;
};

void lingering_closes_init(struct lingering_closes *f, struct loop *loop);

/* Closes all that are left. */
void lingering_closes_finish(struct lingering_closes *f);

/* Takes a socket, non-blocking, to which all was written that there was to say, and shuts our side
 * of it. -1 is fine, and nothing. Fails by closing it at once, when the loop has no room. */
void lingering_close_begin(struct lingering_closes *f, int fd, int64_t now_ms);

/* The same with a duplicate of a socket, which somebody else is about to close. */
void lingering_close_begin_copy(struct lingering_closes *f, int fd, int64_t now_ms);

/* When farewells_work has something to do; -1: nothing is due. */
int64_t lingering_closes_due_ms(const struct lingering_closes *f);

/* Closes those whose time is over. */
void lingering_closes_work(struct lingering_closes *f, int64_t now_ms);
