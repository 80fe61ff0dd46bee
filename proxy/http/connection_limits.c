#include "proxy/http/connection_limits.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Open addressing; a row is free while its count is 0. */
struct row {
	struct address_key key;
	size_t count;
};

enum { ROWS_AT_FIRST = 64 };

struct connection_limits {
	uint64_t secret; /* constant after create; so that nobody chooses addresses that collide */
	pthread_mutex_t mu;
	/* guarded by mu */
	struct row *rows;
	size_t size; /* a power of two */
	size_t used;
};

struct connection_limits *connection_limits_create(void)
{
	struct connection_limits *a = memory_new(struct connection_limits);
	ensure(getrandom(&a->secret, sizeof a->secret, 0) == sizeof a->secret);
	pthread_mutex_init(&a->mu, NULL);
	a->size = ROWS_AT_FIRST;
	a->rows = memory_zeroed(a->size * sizeof *a->rows);
	return a;
}

void connection_limits_destroy(struct connection_limits **a)
{
	struct connection_limits *gone = take(a);
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

/* ## The table, locked */

/* splitmix64's last steps. */
static size_t home(const struct connection_limits *a, struct address_key key)
{
	uint64_t x = key.network ^ a->secret ^ key.v4;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (size_t)(x ^ (x >> 31)) & (a->size - 1);
}

static bool is_row_of(const struct row *r, struct address_key key)
{
	return r->key.network == key.network && r->key.v4 == key.v4;
}

/* Its row, or the free one where it would be. */
static struct row *find_locked(struct connection_limits *a, struct address_key key)
{
	size_t at = home(a, key);
	while (a->rows[at].count && !is_row_of(&a->rows[at], key))
		at = (at + 1) & (a->size - 1);
	return &a->rows[at];
}

static void grow_locked(struct connection_limits *a)
{
	struct row *old = a->rows;
	size_t size = a->size;
	a->size *= 2;
	a->rows = memory_zeroed(a->size * sizeof *a->rows);
	for (size_t i = 0; i < size; i++)
		if (old[i].count)
			*find_locked(a, old[i].key) = old[i];
	free(old);
}

/* Frees a row, and moves up what stands behind it only because it was taken. */
static void free_locked(struct connection_limits *a, struct row *r)
{
	r->count = 0;
	a->used--;
	for (size_t at = (size_t)(r - a->rows + 1) & (a->size - 1); a->rows[at].count;
	     at = (at + 1) & (a->size - 1)) {
		struct row moved = a->rows[at];
		a->rows[at].count = 0;
		*find_locked(a, moved.key) = moved;
	}
}

/* ## Counting */

size_t connection_limits_count(struct connection_limits *a, struct address_key key)
{
	if (!key.counted)
		return 0;
	pthread_mutex_lock(&a->mu);
	size_t count = find_locked(a, key)->count;
	pthread_mutex_unlock(&a->mu);
	return count;
}

void connection_limits_enter(struct connection_limits *a, struct address_key key)
{
	if (!key.counted)
		return;
	pthread_mutex_lock(&a->mu);
	if (2 * (a->used + 1) > a->size)
		grow_locked(a);
	struct row *r = find_locked(a, key);
	if (r->count == 0) {
		r->key = key;
		a->used++;
	}
	r->count++;
	pthread_mutex_unlock(&a->mu);
}

void connection_limits_leave(struct connection_limits *a, struct address_key key)
{
	if (!key.counted)
		return;
	pthread_mutex_lock(&a->mu);
	struct row *r = find_locked(a, key);
	ensure(r->count > 0);
	if (r->count == 1)
		free_locked(a, r);
	else
		r->count--;
	pthread_mutex_unlock(&a->mu);
}
