/* The receive filter of a client's connection. libmicrohttpd receives through it and gets only what
 * the framing approved. Where a request is refused, it gets the shortest possible end of a request
 * in place of the malformed part, so that the refusal is sent in its turn like any other response.
 *
 *      kernel -> our recv -> framing -> libmicrohttpd
 *                              +-> held: part of an incomplete element
 *
 * libmicrohttpd calls recv(2). This program defines its own recv (and __recv_chk, which code built
 * with _FORTIFY_SOURCE calls), which the dynamic linker prefers to libc's for the whole process. It
 * finds a connection's filter by its descriptor, in a table of the calling thread; for descriptors
 * not in the table (libcurl's sockets) it just receives.
 *
 * The reason: libmicrohttpd reads from its sockets itself and has no callback between the socket
 * and its parser, which accepts requests that other parsers read differently. The cost: one lookup
 * in the table for each receive of the process. Heads that come in one piece, nearly all, are
 * examined in place, without another system call or copy. The filter depends on how libmicrohttpd
 * receives: a version that called recvmsg(2), say, or was linked statically or with -Bsymbolic,
 * would bypass it. So every worker sends a request through its daemon before it serves, and refuses
 * to start if that did not pass through the filter (test_recv_filter in proxy/http/server.c); and a
 * request that no filter has seen ends its connection, at any time. What could replace it: a
 * receive hook in libmicrohttpd; our own parser in its place; or a pair of sockets in between, as a
 * TLS terminator has (proxy/http/tls/tls_terminator.h), which costs two more descriptors per
 * connection, and two more system calls and a copy per piece.
 *
 * libmicrohttpd closes a connection as soon as it finds the end of its stream, whether it has
 * responded or not. So the end is hidden from it while a complete request is under way (on_end,
 * half_close.h).
 *
 * An edge-triggered reader takes a short read to mean that nothing more is there, so we return
 * fewer bytes than asked for only once the kernel has no more.
 *
 * Threads: the one that receives. */
#pragma once

#include "proxy/http/framing.h"

struct recv_filter;

struct recv_filter_options {
	int fd; /* non-blocking; the caller owns it */
	size_t head_limit;
	/* Called when part of a head is held, to wait for its end. At most once for each head. */
	void (*on_hold)(void *context);
	/* Called at the end of the stream. False: hide the end for now. NULL: never hide it. */
	bool (*on_end)(void *context);
	void *context;
};

/* From here on, what this thread receives from the descriptor passes through the filter. */
struct recv_filter *recv_filter_create(const struct recv_filter_options *options);

/* Must be called before the descriptor is closed. */
void recv_filter_destroy(struct recv_filter **f);

/* From here on libmicrohttpd finds the end of the stream, whatever comes, so that it closes the
 * connection; the socket itself can still be read. */
void recv_filter_end(struct recv_filter *f);

/* The framing state of everything received so far. */
const struct framing *recv_filter_framing(const struct recv_filter *f);

/* Whether an incomplete head is held. */
bool recv_filter_holds_head(const struct recv_filter *f);

/* Whether the stream is between requests: everything begun is complete, and nothing was refused. */
bool recv_filter_is_between(const struct recv_filter *f);
