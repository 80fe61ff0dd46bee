/* Half-closed connections: the client's stream has ended (FIN, or TLS's close_notify), but the
 * client may still read.
 *
 * A client that shuts its side after its request gets its response, streams included. But a client
 * that gave up and closed looks the same: close(2) sends the same FIN, and only something written
 * to it afterwards brings back a reset. Model servers are silent for minutes before a response and
 * in the middle of one, so for a long time nothing would be written, and a generation that no
 * client waits for would go on. So we probe such clients: we send bytes that carry no meaning (RFC
 * 9112, RFC 9110 §15.2):
 *
 *     before the response's head    "HTTP/1.1 100 Continue", an interim response
 *     between two of its chunks     "0", a leading zero of the next chunk's size
 *
 * If a reset comes back, we see it at once (proxy/http/connection.h), and the request is abandoned
 * as cache.on_abandon says; a client that has half-closed ignores the probe. No probe exists for
 * HTTP/1.0 clients before their response's head (they know no interim responses), nor for responses
 * that are not sent in chunks. There the end counts as a half-close if it came within a second of
 * the request, and as leaving if it came later: clients that half-close do so right behind the
 * request, clients that give up have waited. nginx, which speaks HTTP/1.0 to us unless configured
 * otherwise, never half-closes. On a unix socket the kernel tells the two apart, and no guess is
 * needed.
 *
 * The first probe is sent half_close_after_ms[0] after the end, so that a response that comes at
 * once is not preceded by one, and a client that left costs no more generation than that. Later
 * probes are for clients that half-closed first and left then; they are rare, since clients bound
 * the number of interim responses they accept (Go's: five).
 *
 * Threads: only the worker's. */
#pragma once

#include "proxy/http/connection.h"

/* Milliseconds from the end to the first probe, then from probe to probe; the last one repeats. */
enum { HALF_CLOSE_STAGES = 4 };
extern const int64_t half_close_after_ms[HALF_CLOSE_STAGES];

struct half_closes {
	struct list stages[HALF_CLOSE_STAGES]; // struct connection.half_closed; the oldest first
	struct list unseen;		       // struct connection.unseen
	void (*probe)(struct connection *c);
};

/* probe: is called for a client that has a request under way and is not gone; it sends the
 * probe. */
void half_closes_init(struct half_closes *h, void (*probe)(struct connection *c));

/* Records that the client's stream has ended now. The connection stays on a list here until it is
 * destroyed. */
void half_close_begin(struct half_closes *h, struct connection *c, int64_t now_ms);

/* Whether there are connections whose end libmicrohttpd may not have seen, and a call that makes it
 * see them. libmicrohttpd waits for an edge after a short read, and an end that came together with
 * bytes has used that edge up. half_closes_show makes another edge; call it when everything was
 * read. Responses can still be sent. */
bool half_closes_new(const struct half_closes *h);
void half_closes_show(struct half_closes *h);

/* The end was hidden from libmicrohttpd while a request was under way (recv_filter.h); show it
 * again. */
void half_close_hidden(struct half_closes *h, struct connection *c);

/* When half_closes_work has something to do; -1: nothing is due. */
int64_t half_closes_due_ms(const struct half_closes *h);

/* Probes the connections that are due, if they have a request under way. */
void half_closes_work(struct half_closes *h, int64_t now_ms);
