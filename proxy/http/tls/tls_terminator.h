/* A tunnel: a client's TLS connection on one side, a pair of sockets on the other, whose far end is
 * the server's as if the client had come without TLS.
 *
 *     client ==TLS==> outer | tunnel | inner <--socketpair--> far (libmicrohttpd's)
 *
 * We do it this way because the TLS of libmicrohttpd 0.9.75 and 1.0.1 does not work in a loop like
 * ours: while a handshake waits for the client, the connection stays on the daemon's list of ready
 * ones and MHD_get_timeout says 0 (connection_https.c: MHD_run_tls_handshake_ leaves
 * MHD_EPOLL_STATE_READ_READY as it is), so that one byte from one client keeps a thread busy until
 * that client is let go. Nor can one daemon have connections with TLS and without. With a tunnel,
 * everything behind it (suspending, hang-ups, checks of what comes in) is the same for both.
 *
 * It holds at most one block for each way, and reads a side only when the other has taken that: a
 * client that does not read stops the server as it would without TLS. The end of either side is
 * passed on once all before it was. When the server has ended its side, the client has a while left
 * to take the rest; its socket then has a farewell.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/list.h"
#include "base/loop.h"
#include "proxy/http/tls/certificate.h"
#include "proxy/http/lingering_close.h"

#include <stdatomic.h>

struct tls_terminator;

struct tls_terminators {
	struct loop *loop;
	int64_t timeouts_ms;	    /* limits.idle: how long a client may take for the rest */
	atomic_size_t *connections; /* counts those that the server has ended, too */
	struct lingering_closes *lingering_closes;
	struct list all;     // struct tunnel.link
	struct list closing; // struct tunnel.waits: the server has ended; first come first
};

void tls_terminators_init(struct tls_terminators *t, struct loop *loop, int64_t timeouts_ms,
			  atomic_size_t *connections, struct lingering_closes *lingering_closes);

/* Ends all. */
void tls_terminators_finish(struct tls_terminators *t);

/* Takes a client's socket, non-blocking, and returns the far end, which is the caller's; -1: there
 * are no descriptors or no memory, and the socket is closed. */
int tls_terminator_open(struct tls_terminators *t, struct certificate *certificate, int fd);

/* When tunnels_work has something to do; -1: nothing is due. */
int64_t tls_terminators_due_ms(const struct tls_terminators *t);

/* Ends those whose time is over. */
void tls_terminators_work(struct tls_terminators *t, int64_t now_ms);

/* Whether a client has still to take something that the server is done with. */
bool tls_terminators_busy(const struct tls_terminators *t);
