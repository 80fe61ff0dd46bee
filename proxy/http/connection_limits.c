#include "proxy/http/connection_limits.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A row of an open-addressing hash table; free while its count is 0. */
struct row {
	struct address_key key;
	size_t count;
};

enum { ROWS_AT_FIRST = 64 };

struct connection_limits {
	uint64_t
	    secret; /* constant after create; keeps clients from choosing addresses that collide */
	pthread_mutex_t mu;
	/* guarded by mu */
	struct row *rows;
	size_t size; /* a power of two */
	size_t used;
};

struct connection_limits *connection_limits_create(void)
{
	struct connection_limits *l = memory_new(struct connection_limits);
	ensure(getrandom(&l->secret, sizeof l->secret, 0) == sizeof l->secret);
	pthread_mutex_init(&l->mu, NULL);
	l->size = ROWS_AT_FIRST;
	l->rows = memory_zeroed(l->size * sizeof *l->rows);
	return l;
}

void connection_limits_destroy(struct connection_limits **l)
{
	struct connection_limits *gone = take(l);
	if (!gone)
		return;
	pthread_mutex_destroy(&gone->mu);
	free(gone->rows);
	free(gone);
}

struct address_key address_key(const struct sockaddr *address)
{
	struct address_key key = {.counted = true};
	const struct sockaddr_in6 *v6 = (const void *)address;
	if (address->sa_family == AF_INET) {
		key.v4 = true;
		key.network = ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr;
	} else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		uint32_t network;
		key.v4 = true;
		memcpy(&network, v6->sin6_addr.s6_addr + 12, sizeof network);
		key.network = network;
	} else if (address->sa_family == AF_INET6) {
		memcpy(&key.network, v6->sin6_addr.s6_addr, sizeof key.network);
	} else {
		key.counted = false;
	}
	return key;
}

/* ## The table. The caller holds the lock. */

/* The final steps of splitmix64. */
static size_t home(const struct connection_limits *l, struct address_key key)
{
	uint64_t x = key.network ^ l->secret ^ key.v4;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (size_t)(x ^ (x >> 31)) & (l->size - 1);
}

static bool is_row_of(const struct row *r, struct address_key key)
{
	return r->key.network == key.network && r->key.v4 == key.v4;
}

/* The key's row, or the free row where it belongs. */
static struct row *find_locked(struct connection_limits *l, struct address_key key)
{
	size_t at = home(l, key);
	while (l->rows[at].count && !is_row_of(&l->rows[at], key))
		at = (at + 1) & (l->size - 1);
	return &l->rows[at];
}

static void grow_locked(struct connection_limits *l)
{
	struct row *old = l->rows;
	size_t size = l->size;
	l->size *= 2;
	l->rows = memory_zeroed(l->size * sizeof *l->rows);
	for (size_t i = 0; i < size; i++)
		if (old[i].count)
			*find_locked(l, old[i].key) = old[i];
	free(old);
}

/* Frees a row and inserts the rows that follow it without a gap again. */
static void free_locked(struct connection_limits *l, struct row *r)
{
	r->count = 0;
	l->used--;
	for (size_t at = (size_t)(r - l->rows + 1) & (l->size - 1); l->rows[at].count;
	     at = (at + 1) & (l->size - 1)) {
		struct row moved = l->rows[at];
		l->rows[at].count = 0;
		*find_locked(l, moved.key) = moved;
	}
}

/* ## Counting */

size_t connection_limits_count(struct connection_limits *l, struct address_key key)
{
	if (!key.counted)
		return 0;
	pthread_mutex_lock(&l->mu);
	size_t count = find_locked(l, key)->count;
	pthread_mutex_unlock(&l->mu);
	return count;
}

void connection_limits_enter(struct connection_limits *l, struct address_key key)
{
	if (!key.counted)
		return;
	pthread_mutex_lock(&l->mu);
	if (2 * (l->used + 1) > l->size)
		grow_locked(l);
	struct row *r = find_locked(l, key);
	if (r->count == 0) {
		r->key = key;
		l->used++;
	}
	r->count++;
	pthread_mutex_unlock(&l->mu);
}

void connection_limits_leave(struct connection_limits *l, struct address_key key)
{
	if (!key.counted)
		return;
	pthread_mutex_lock(&l->mu);
	struct row *r = find_locked(l, key);
	ensure(r->count > 0);
	if (r->count == 1)
		free_locked(l, r);
	else
		r->count--;
	pthread_mutex_unlock(&l->mu);
}
