/* The tap on a client's connection: libmicrohttpd receives through it, and gets only what the
 * framing approved; where a request is refused, it gets the shortest end of one in place of what
 * was wrong, so that the refusal is answered in its turn like any other.
 *
 *      kernel -> recv, ours -> framing -> libmicrohttpd
 *                                 +-> held: part of an element that is not whole
 *
 * libmicrohttpd calls recv(2), and this program has a recv of its own (and a __recv_chk, as it is
 * called after _FORTIFY_SOURCE), which the dynamic linker finds before libc's for all of the
 * process. It knows the connections by their descriptors, in a table of each thread; what is not in
 * it (libcurl's sockets) is received as ever.
 *
 * Why in this way: libmicrohttpd reads from its sockets by itself, and has no callback between the
 * socket and its parser, which lets requests through that other parsers read differently. What it
 * costs: for every receive of the process one look into the table. Heads that come in one piece,
 * nearly all, are looked at where they lie, without a system call or a copy more. And it depends on
 * how libmicrohttpd receives: a version that called recvmsg(2), say, or was linked statically or
 * with -Bsymbolic, would step around it. So every worker sends a request through its daemon before
 * it serves, and refuses to start if that did not come through a tap (test_tap in
 * proxy/http/server.c); and a request that no tap has seen ends its connection, at any time. What
 * would replace it: a hook for receiving in libmicrohttpd; a parser of our own in its place; or a
 * pair of sockets between, as a tunnel has (proxy/http/tls/tls_terminator.h), at two more
 * descriptors for each connection, and two more system calls and a copy for each piece.
 *
 * libmicrohttpd closes a connection as soon as it finds the end of its stream, answered or not. So
 * the end is kept from it while a request that came whole is under way (on_end, half_close.h).
 *
 * An edge-triggered reader takes fewer bytes than it asked for as the end of what there is, so we
 * return fewer only once the kernel has no more.
 *
 * Threads: the one that receives. */
#pragma once

#include "base/buf.h"
#include "proxy/http/framing.h"

struct recv_filter;

struct recv_filter_options {
	int fd; /* non-blocking; stays the caller's */
	size_t head_limit;
	/* Part of a head is there, and held: from here on its end is awaited. At most once for each
	 * head. */
	void (*on_hold)(void *context);
	/* The end of the stream is there. False: it is not to be seen yet. NULL: always. */
	bool (*on_end)(void *context);
	void *context;
};

/* From here on what this thread receives from the descriptor goes through the tap. */
struct recv_filter *recv_filter_create(const struct recv_filter_options *options);

/* Before the descriptor is closed. */
void recv_filter_destroy(struct recv_filter **t);

/* From here on libmicrohttpd finds the end, whatever comes: it is to let the connection go, and the
 * socket can still be read by others. */
void recv_filter_end(struct recv_filter *t);

/* What was found in what came so far. */
const struct framing *recv_filter_framing(const struct recv_filter *t);

/* Whether part of a head waits for the rest of it. */
bool recv_filter_holds_head(const struct recv_filter *t);

/* Whether it is between requests: all that was begun has come whole, and nothing was refused. */
bool recv_filter_is_between(const struct recv_filter *t);
