/* Addresses: how many connections there are from each, over all workers, for
 * limits.connections_per_address. An IPv6 client is taken for its whole /64, which is what one
 * subscriber gets. Clients of unix sockets have no address and are not counted.
 *
 * Threads: any; one lock, held for a search in a table that has as many rows as there are addresses
 * with connections. */
#pragma once

#include "base/own.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct connection_limits;

struct connection_limits *connection_limits_create(void);
void connection_limits_destroy(struct connection_limits **a);

/* What is counted as one. */
struct address_key {
	uint64_t network; /* IPv4: ::ffff:a.b.c.d's lower half; IPv6: the upper half */
	bool v4;
	bool counted; /* false: it has no address */
};

struct address_key address_key(const struct sockaddr *address);

/* How many connections there are from it. */
size_t connection_limits_count(struct connection_limits *a, struct address_key key);

/* One more, and one less. */
void connection_limits_enter(struct connection_limits *a, struct address_key key);
void connection_limits_leave(struct connection_limits *a, struct address_key key);
