/* A client's connection, over all its requests.
 *
 * libmicrohttpd does not look at a suspended connection, and misses an end that arrives together
 * with bytes, so we watch the socket ourselves:
 *
 *     FIN, or close_notify of TLS   `ended`: the client sends nothing more; it may still read
 *                                   (proxy/http/half_close.h)
 *     RST, or both sides are shut   `gone`: nothing reaches the client any more
 *
 * Threads: only the worker's. */
#pragma once

#include "base/list.h"
#include "base/loop.h"
#include "base/own.h"
#include "proxy/http/connection_limits.h"

#include <stdint.h>
#include <sys/socket.h>

enum { PEER_TEXT = 48 };

/* What the server waits for (proxy/http/timeouts.h). */
enum connection_waits {
	WAITS_NOTHING,
	WAITS_HEAD,
	WAITS_NEXT, /* a further request's head, or the end */
	WAITS_BODY,
};

struct MHD_Connection;
struct http_request;
struct server;
struct recv_filter;

struct connection {
	struct loop *loop;
	int fd;
	bool encrypted; /* the client speaks TLS; fd is the plain side of a TLS terminator */
	struct address_key address;
	char peer[PEER_TEXT]; /* the address without port; empty for unix sockets */
	struct watch hangup;
	bool ended;		      /* the client's stream has ended */
	bool gone;		      /* nothing reaches the client any more */
	struct http_request *request; /* under way; NULL: none */
	/* Called once, when the connection has ended or is gone. May be NULL. */
	void (*on_end)(struct connection *c);
	/* Called once, when it is gone with a request under way. May be NULL. */
	void (*on_gone)(struct connection *c);
	struct server *server;		 /* set by server.c */
	struct MHD_Connection *mhd;	 /* set by server.c */
	struct recv_filter *recv_filter; /* all received bytes pass through it */
	uint64_t requests;		 /* server.c: how many heads libmicrohttpd has found */
	/* for the request under way; reset when the next one begins (server.c) */
	bool asleep;
	bool chunked; /* the response is sent in chunks, if the client knows these */
	bool probed;  /* a zero was sent in front of a chunk's size, see connection_probe */
	/* used by timeouts.c */
	struct list link;
	enum connection_waits waits;
	bool head_begun;	  /* part of the awaited head has come */
	int64_t deadline_ms;	  /* when the awaited part has to be there */
	uint64_t received_before; /* bytes of the body when the current period began */
	/* used by half_close.c */
	struct list half_closed;
	struct list unseen; /* linked while libmicrohttpd may not know of the end */
	unsigned char stage;
	int64_t ended_ms; /* when the client's stream ended */
	int64_t probe_ms; /* when to probe next */
};

struct connection *connection_create(struct loop *loop, int fd, const struct sockaddr *address);
void connection_destroy(struct connection **c);

/* Watches for the client's leaving, from the first call on; leaving then wakes a request that
 * sleeps. False: the client is gone, or the loop is out of descriptors. */
bool connection_watch(struct connection *c);

/* Shuts both directions of the socket; bytes the kernel has already are still sent. libmicrohttpd
 * notices and closes the connection. Not to be called from within a libmicrohttpd handler. */
void connection_cut(struct connection *c);

/* ## Sleeping
 *
 * A connection may sleep (libmicrohttpd: be suspended) only in the server's handler or in a
 * stream's pull, and may be woken only while it sleeps; these functions take care of both. */

/* Puts the connection to sleep until connection_wake, and watches for the client's leaving
 * meanwhile. False: the client is gone, or cannot be watched. */
MUST_CHECK bool connection_sleep(struct connection *c);

/* Wakes the connection if it sleeps: the server calls the handler again, or the stream's pull. */
void connection_wake(struct connection *c);

/* Sends bytes without meaning, to which a client that is gone reacts with a reset: before the
 * response's head an interim response, in a stream a zero in front of the next chunk's size. The
 * connection must sleep, and its client must know HTTP/1.1. headed: the response was queued. False:
 * there is no such probe for this response. */
MUST_CHECK bool connection_probe(struct connection *c, bool headed);

/* The response ends as incomplete. After a probe the client has a lone zero, which it could take
 * for the last chunk: makes it the size of a chunk that does not come. */
void connection_spoil_chunk(struct connection *c);

/* ## For the server */

/* Whether libmicrohttpd may see the end of the client's stream now: there is no request, or one
 * that is incomplete. The context is a struct connection; this is the receive filter's on_end. */
bool connection_passes_end(void *context);

/* Whether the client may still be sending something it has begun: a request, or a pipeline of
 * them. */
bool connection_may_be_sending(const struct connection *c);
