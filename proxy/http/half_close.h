/* Half-closed connections: clients whose stream has ended (FIN, or TLS's close_notify) and who may
 * still read.
 *
 * A client that shuts its side after its request gets its answer, streams too. But a client that
 * gave up and closed looks the same: close(2) sends the same FIN, and only what is written to it
 * afterwards comes back as a reset. Model servers are silent for minutes before an answer and in
 * the middle of one, so nothing is written for long, and a generation that nobody waits for would
 * go on. So whoever's stream has ended is written something that means nothing (RFC 9112, RFC 9110
 * §15.2):
 *
 *     before the head of the answer    "HTTP/1.1 100 Continue", an interim response
 *     between two chunks of it         "0", a leading zero of the next chunk's size
 *
 * A reset in return is seen at once (proxy/http/connection.h), and the request is abandoned as
 * cache.on_abandon says; whoever has half-closed takes no notice. Nothing of the kind exists for
 * clients of HTTP/1.0 before their head (they know no interim responses) and for answers that are
 * not sent in chunks. There the end counts as a half-close if it came within a second of the
 * request, and as leaving if it came later: who half-closes does so right behind the request, who
 * gives up has waited. nginx, which talks HTTP/1.0 to us unless it is told otherwise, never
 * half-closes. On a unix socket the kernel tells both apart, and nothing is guessed.
 *
 * The first probe comes half_close_after_ms[0] after the end, so that answers that come at once are
 * not preceded by anything, and leaving costs a generation no more than that. Later ones are for
 * clients that half-closed and left then; they are rare, since clients bound how many interim
 * responses they take (Go's: five).
 *
 * Threads: only the worker's. */
#pragma once

#include "proxy/http/connection.h"

/* How long after the end, and then after each other, in milliseconds; the last one repeats. */
enum { HALF_CLOSE_STAGES = 4 };
extern const int64_t half_close_after_ms[HALF_CLOSE_STAGES];

struct half_closes {
	struct list stages[HALF_CLOSE_STAGES]; // struct client.half_closed; first come first
	struct list unseen;		       // struct client.unseen
	void (*probe)(struct connection *c);
};

/* probe: writes something to a client that has a request under way and is not gone. */
void half_closes_init(struct half_closes *h, void (*probe)(struct connection *c));

/* The client's stream has ended now. Until the client is destroyed it is on a list here. */
void half_close_begin(struct half_closes *h, struct connection *c, int64_t now_ms);

/* Whether there are any that libmicrohttpd may not have seen the end of, and showing them to it: it
 * waits for an edge after a short read, and an end that came with the bytes has used that up. We
 * make another one, to be called when all was read; answers can still be sent. */
bool half_closes_new(const struct half_closes *h);
void half_closes_show(struct half_closes *h);

/* The end was hidden from it while a request was under way (tap.h), and is to be shown again. */
void half_close_hidden(struct half_closes *h, struct connection *c);

/* When half_closes_work has something to do; -1: nothing is due. */
int64_t half_closes_due_ms(const struct half_closes *h);

/* Probes those whose time has come, if they have a request under way. */
void half_closes_work(struct half_closes *h, int64_t now_ms);
