/* A client: one connection that somebody made to us, over all its requests.
 *
 * libmicrohttpd does not look at a suspended connection, and overlooks an end that comes together
 * with bytes, so we watch the socket ourselves:
 *
 *     FIN, or close_notify of TLS   `ended`: it says nothing more, and may read on or have left
 *                                   (proxy/http/half_close.h)
 *     RST, or both sides are shut   `gone`: nothing reaches it any more
 *
 * Threads: only the worker's. */
#pragma once

#include "base/list.h"
#include "base/loop.h"
#include "proxy/http/connection_limits.h"

#include <stdint.h>
#include <sys/socket.h>

enum { PEER_TEXT = 48 };

/* What of it is waited for (proxy/http/timeouts.h). */
enum connection_waits {
	WAITS_NOT,
	WAITS_HEAD,
	WAITS_NEXT, /* a head, or nothing more */
	WAITS_BODY,
};

struct MHD_Connection;
struct http_request;
struct server;
struct recv_filter;

struct connection {
	struct loop *loop;
	int fd;
	bool encrypted; /* it came with TLS, and fd is the near side of a tunnel */
	struct address_key address;
	char peer[PEER_TEXT]; /* the address without port; empty: a unix socket's */
	struct watch hangup;
	bool ended;		      /* the client's stream has */
	bool gone;		      /* the client hung up */
	struct http_request *request; /* the one under way; NULL: none */
	void (*on_end)(
	    struct connection *c); /* it has ended, or is gone; once. NULL: nobody asks */
	void (*on_gone)(struct connection *c); /* it is gone with a request under way; once */
	struct server *server;		       /* server.c: whose it is */
	struct MHD_Connection *mhd;	       /* server.c */
	struct recv_filter *recv_filter;       /* what is received from it goes through here */
	uint64_t requests;		       /* server.c: how many heads came out of the tap */
	/* response.c's, of the request under way */
	bool asleep;
	bool chunked; /* the answer goes out in chunks, if the client knows these */
	bool probed;  /* and a zero stands before the size of the next one, or did */
	/* patience.c's */
	struct list link;
	enum connection_waits waits;
	bool spoke;		  /* a byte of the head that we wait for came */
	int64_t deadline_ms;	  /* by when it has to be there */
	uint64_t received_before; /* of a body, when its time began */
	/* half_close.c's */
	struct list half_closed;
	struct list unseen; /* libmicrohttpd may not know of the end */
	unsigned char stage;
	int64_t ended_ms; /* when its stream did */
	int64_t probe_ms; /* when it is probed next */
};

struct connection *connection_create(struct loop *loop, int fd, const struct sockaddr *address);
void connection_destroy(struct connection **c);

/* Whether the client may still be there; if so, its leaving is noticed from here on, and wakes a
 * request that sleeps. */
bool connection_watch(struct connection *c);

/* Nothing more is read from it or written to it; what the kernel has still goes out. libmicrohttpd
 * notices and closes. Not from within a handler of its. */
void connection_cut(struct connection *c);

/* Whether the end of its stream is one of what it has to say: there is no request, or one that is
 * not whole. The context is a client. For its tap. */
bool connection_heeds_end(void *context);

/* Whether more may come of what it has begun to say: of a request, or of a pipeline. */
bool connection_may_be_sending(const struct connection *c);
