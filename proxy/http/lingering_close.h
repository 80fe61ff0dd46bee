/* Lingering close: ends a connection whose client may still be sending. After close(2) with bytes
 * unread, or with bytes still to come, the kernel responds with a reset; a client that writes all
 * of a request before it reads then sees the reset and not the error that we sent. So the
 * connection ends in stages (RFC 9112 §9.6; nginx calls it lingering_close):
 *
 *     response sent -> our side is shut -> input is discarded -> closed
 *                                           |  at the client's end or an error of its socket,
 *                                           |  or after LINGERING_CLOSE_MS,
 *                                           |  or when LINGERING_CLOSES_MOST others came after it,
 *                                           |  or when the worker ends, which does not wait
 *
 * It is used for connections that the acceptor rejects; for those that libmicrohttpd closes in the
 * middle of a request or with more of one unread (it owns the descriptor, so we keep the socket by
 * a duplicate, made before it closes its own); and for TLS clients' sockets, when the TLS
 * terminator has ended its side: what comes there is discarded without being decrypted. The
 * terminator's pair of sockets needs no lingering close, since the terminator reads what was
 * written before a reset. A connection that ends between requests is just closed.
 *
 * Such connections count in no limit for connections, so the next client can take their place at
 * once. The bound of LINGERING_CLOSES_MOST per worker comes in addition to limits.connections, and
 * the limit of descriptors has room for both.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/list.h"
#include "base/loop.h"

#include <stddef.h>
#include <stdint.h>

/* The time in all, however much comes: at 100 Mbit/s, 60 MB of a body that was too large; as long
 * as nginx waits for the next bytes. Slower clients see the reset. */
enum { LINGERING_CLOSE_MS = 5000 };

/* Per worker. */
enum { LINGERING_CLOSES_MOST = 256 };

struct lingering_closes {
	struct loop *loop;
	struct list all; // struct lingering_close.link; the oldest first, which is the first due
	size_t count;
};

void lingering_closes_init(struct lingering_closes *l, struct loop *loop);

/* Closes all that are left. */
void lingering_closes_finish(struct lingering_closes *l);

/* Takes ownership of a non-blocking socket to which everything was written, and shuts our side of
 * it. Does nothing for -1. Closes the socket at once when the loop has no room for it. */
void lingering_close_begin(struct lingering_closes *l, int fd, int64_t now_ms);

/* The same with a duplicate of the socket; the caller keeps fd and closes it. */
void lingering_close_begin_copy(struct lingering_closes *l, int fd, int64_t now_ms);

/* When lingering_closes_work has something to do; -1: nothing is due. */
int64_t lingering_closes_due_ms(const struct lingering_closes *l);

/* Closes the sockets whose time is over. */
void lingering_closes_work(struct lingering_closes *l, int64_t now_ms);
