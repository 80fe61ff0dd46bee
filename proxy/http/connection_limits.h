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

struct addresses;

struct addresses *addresses_create(void);
void addresses_destroy(struct addresses **a);

/* What is counted as one. */
struct address_key {
	uint64_t network; /* IPv4: ::ffff:a.b.c.d's lower half; IPv6: the upper half */
	bool v4;
	bool counted; /* false: it has no address */
};

struct address_key address_key(const struct sockaddr *address);

/* How many connections there are from it. */
size_t addresses_count(struct addresses *a, struct address_key key);

/* One more, and one less. */
void addresses_enter(struct addresses *a, struct address_key key);
void addresses_leave(struct addresses *a, struct address_key key);
