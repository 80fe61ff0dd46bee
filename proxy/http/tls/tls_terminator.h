/* A TLS terminator: a client's TLS connection on one side, a pair of sockets on the other, whose
 * far end the server treats like a connection without TLS.
 *
 *     client ==TLS==> outer | terminator | inner <--socketpair--> far (libmicrohttpd's)
 *
 * The reason: the TLS of libmicrohttpd 0.9.75 and 1.0.1 does not work in an external event loop.
 * While a handshake waits for the client, the connection stays on the daemon's list of ready ones
 * and MHD_get_timeout returns 0 (connection_https.c: MHD_run_tls_handshake_ leaves
 * MHD_EPOLL_STATE_READ_READY set), so one byte from one client keeps a thread busy until that
 * client is dropped. Nor can one daemon have connections with TLS and without. With a terminator,
 * everything behind it (suspending, hang-ups, checks of the input) is the same for both.
 *
 * It buffers at most one block in each direction, and reads a side only when the other has taken
 * the block: a client that does not read stops the server as it would without TLS. The end of
 * either side is passed on after everything before it. When the server has ended its side, the
 * client has limited time to read the rest; once all is sent, its socket gets a lingering close.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/list.h"
#include "base/loop.h"
#include "proxy/http/lingering_close.h"
#include "proxy/http/tls/certificate.h"

#include <stdatomic.h>

struct tls_terminators {
	struct loop *loop;
	int64_t idle_ms;	    /* limits.idle: how long a client may take to read the rest */
	atomic_size_t *connections; /* also counts connections that the server has ended */
	struct lingering_closes *lingering_closes;
	struct list all; // struct tls_terminator.link
	/* those whose server side has ended; the oldest first */
	struct list closing; // struct tls_terminator.closing_link
};

void tls_terminators_init(struct tls_terminators *t, struct loop *loop, int64_t idle_ms,
			  atomic_size_t *connections, struct lingering_closes *lingering_closes);

/* Ends all terminators. */
void tls_terminators_finish(struct tls_terminators *t);

/* Takes ownership of a client's non-blocking socket and returns the far end, which the caller owns.
 * -1: out of descriptors or memory; the socket is closed. */
int tls_terminator_open(struct tls_terminators *t, struct certificate *certificate, int fd);

/* When tls_terminators_work has something to do; -1: nothing is due. */
int64_t tls_terminators_due_ms(const struct tls_terminators *t);

/* Ends the terminators whose time is over. */
void tls_terminators_work(struct tls_terminators *t, int64_t now_ms);

/* Whether a client still has to read something that the server has already written. */
bool tls_terminators_busy(const struct tls_terminators *t);
