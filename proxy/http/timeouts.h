/* Timeouts: how long a server waits for what a client still has to send.
 *
 *     a new connection --head--> limits.header_time, from its start to the end of the head
 *     a body           --body--> in every limits.body_time as many bytes as limits.body_rate asks
 *                                for, or the end of the body
 *     between requests --next--> limits.idle, enforced by libmicrohttpd; from the next head's first
 *                                byte on limits.header_time
 *
 * While the upstream takes a body more slowly than it comes, the body waits for us and has no
 * deadline; a new period begins when there is room again. All connections on a list have the same
 * time, so the first is the first to expire.
 *
 * Threads: only the worker's. Owns no connection; connection_destroy takes a connection off its
 * list. */
#pragma once

#include "config/config.h"
#include "proxy/http/connection.h"

struct timeouts {
	const struct config *config;
	struct list heads;  // struct connection.link
	struct list nexts;  // struct connection.link
	struct list bodies; // struct connection.link
};

void timeouts_init(struct timeouts *t, const struct config *config);

/* The connection is new. */
void timeouts_expect_head(struct timeouts *t, struct connection *c, int64_t now_ms);

/* Part of the head is there; the rest has to come within what is left of its time. */
void timeouts_see_head(struct timeouts *t, struct connection *c, int64_t now_ms);

/* The request is finished; a further one may come. */
void timeouts_expect_next(struct timeouts *t, struct connection *c, int64_t now_ms);

/* The body is awaited, and `received` bytes of it have come. Only the first call, and the first
 * after timeouts_end, begins a new period. */
void timeouts_expect_body(struct timeouts *t, struct connection *c, uint64_t received,
			  int64_t now_ms);

/* Nothing is awaited, or not from the client. */
void timeouts_end(struct connection *c);

/* When timeouts_next_expired may find a connection; -1: nothing is due. */
int64_t timeouts_due_ms(const struct timeouts *t);

/* The next connection whose time is over, taken off its list; NULL: none. `received` returns how
 * many bytes of a connection's body have come. */
struct connection *timeouts_next_expired(struct timeouts *t, int64_t now_ms,
					 uint64_t (*received)(const struct connection *c));
