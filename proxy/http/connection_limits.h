/* Counts the connections from each client address, over all workers, for
 * limits.connections_per_address. An IPv6 address counts as its whole /64, which is what one
 * subscriber gets. Clients of unix sockets have no address and are not counted.
 *
 * Threads: any. One lock, held for a lookup in a hash table of the addresses that have
 * connections. */
#pragma once

#include "base/own.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct connection_limits;

struct connection_limits *connection_limits_create(void);
void connection_limits_destroy(struct connection_limits **l);

/* The unit of counting: an IPv4 address or an IPv6 network. */
struct address_key {
	uint64_t network; /* IPv4: the address as it is in sin_addr; IPv6: the upper half */
	bool v4;
	bool counted; /* false for unix sockets */
};

struct address_key address_key(const struct sockaddr *address);

/* The number of connections from this address. */
size_t connection_limits_count(struct connection_limits *l, struct address_key key);

/* Count one connection more, and one less. */
void connection_limits_enter(struct connection_limits *l, struct address_key key);
void connection_limits_leave(struct connection_limits *l, struct address_key key);
