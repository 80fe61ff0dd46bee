/* The store: all entries, and the ledger of the memory that answers occupy.
 *
 * Whoever wants to keep bytes reserves them first, and entries are evicted until they fit; so what
 * is used never exceeds the limit, not even for a moment. The oldest of the shard at hand goes
 * first, then the oldest of the others in turn: near enough to the oldest of all, and no two locks
 * are ever held at once.
 *
 * Threads: any. */
#pragma once

#include "cache/shard.h"

struct store;

struct store_options {
	size_t limit_bytes;
	size_t limit_entries;	/* 0: none */
	size_t max_entry_bytes; /* larger ones are refused */
};

struct store *store_create(const struct store_options *options);
void store_destroy(struct store **s); /* nothing may be reserved any more */

/* The entry, referenced for the caller; NULL if there is none that is fresh enough. */
struct entry *store_find(struct store *s, const struct wanted *wanted);

/* Takes the caller's reference (nulls *e) in either case. False: refused, since it is too large or
 * no room can be made. It replaces the entry of the same name and form. */
bool store_insert(struct store *s, struct entry **e);

/* Makes room for bytes that are not an entry's: the log of a flight. False: there is none, even
 * without entries. */
MUST_CHECK bool store_reserve(struct store *s, size_t bytes);
void store_release(struct store *s, size_t bytes);

/* Drops expired entries; looks at `most` slots in all, from where the last sweep stopped. */
void store_sweep(struct store *s, size_t most, int64_t now_ms);

struct store_figures {
	size_t entries;
	size_t used_bytes;     /* reserved ones included */
	size_t reserved_bytes; /* of flights */
	uint64_t evictions;
	uint64_t expirations;
};

/* Each figure by itself is right; together they are of one moment only while nobody works. */
struct store_figures store_figures(struct store *s);

/* For tests, while nobody works: aborts unless the books balance. */
void store_check(struct store *s);
