/* Patience: how long a server waits for what a client still has to send.
 *
 *     a new connection --head--> limits.header_time, from the first look at it to the head's end
 *     a body            --body--> in every limits.body_time, as many bytes as limits.body_rate
 *                                 asks for, or its end
 *     between requests  --next--> libmicrohttpd's limits.idle; from the next head's first byte on
 *                                 limits.header_time
 *
 * A body that waits for us, since the upstream takes it more slowly than it comes, is not waited
 * for: its clock begins anew when there is room again. All clients on one list are given the same
 * time, so the first is the first to be over.
 *
 * Threads: only the worker's. Owns no client; a client that ends takes itself off its list. */
#pragma once

#include "config/config.h"
#include "proxy/http/connection.h"

struct timeouts {
	const struct config *config;
	struct list heads;  // struct client.link
	struct list nexts;  // struct client.link
	struct list bodies; // struct client.link
};

void timeouts_init(struct timeouts *p, const struct config *config);

/* The client has just come. */
void timeouts_expect_head(struct timeouts *p, struct connection *c, int64_t now_ms);

/* Part of the head is there; the rest has to come within what is left of its time. */
void timeouts_see_head(struct timeouts *p, struct connection *c, int64_t now_ms);

/* Its request is done with; there may be a next one. */
void timeouts_expect_next(struct timeouts *p, struct connection *c, int64_t now_ms);

/* A body is to come, or comes, and so much of it has: only the first call, and the first after
 * patience_end, begins a new time. */
void timeouts_expect_body(struct timeouts *p, struct connection *c, uint64_t received,
			  int64_t now_ms);

/* Nothing is waited for, or not from the client. */
void timeouts_end(struct connection *c);

/* When patience_lose has something to do; -1: nothing is due. */
int64_t timeouts_due_ms(const struct timeouts *p);

/* The next client whose time is over, off its list now; NULL: none. received tells how much of a
 * client's body there is. */
struct connection *timeouts_lose(struct timeouts *p, int64_t now_ms,
				 uint64_t (*received)(const struct connection *c));
