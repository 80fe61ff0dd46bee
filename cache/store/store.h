/* The store: all entries, and the ledger of the memory that answers occupy.
 *
 * Before bytes are added, entries are evicted until they fit; so used_bytes never exceeds the
 * limit, not even for a moment. The oldest entry of the shard that receives the new one is evicted
 * first; once that shard is empty, the oldest of the other shards in turn. This approximates a
 * global LRU without ever holding two shards' locks at once.
 *
 * Threads: any. */
#pragma once

#include "cache/store/shard.h"

struct store;

struct store_options {
	size_t limit_bytes;
	size_t limit_entries;	/* on arrived ones; 0: no limit */
	size_t max_entry_bytes; /* larger entries are refused */
};

struct store *store_create(const struct store_options *options);
void store_destroy(struct store **s); /* all reservations must have been released */

/* Returns the entry in the wanted form or else, unless `exact` is set, the arrived one, with a
 * reference for the caller. NULL if there is none that is fresh enough. */
struct entry *store_find(struct store *s, const struct wanted *wanted);

enum store_answer {
	STORE_STORED,
	STORE_REFUSED,	/* too large, or no room can be made */
	STORE_OUTDATED, /* there is an entry of this key that was requested later */
};

/* Inserts an arrived entry, which replaces all entries of the same key, in whatever form. Takes the
 * caller's reference (nulls *e) in any case. */
MUST_CHECK enum store_answer store_insert(struct store *s, struct entry **e);

/* Adds a derived entry to its origin, of which the caller holds a reference. Takes the caller's
 * reference of the derived entry in any case (nulls *derived). Entries other than the origin may be
 * evicted for it. It does not count towards limit_entries. False: it is too large, no room can be
 * made, or the origin is no longer in the store or has an entry in this form already. */
bool store_keep(struct store *s, const struct entry *origin, struct entry **derived);

/* Reserves bytes that do not belong to an entry, such as the log of a flight, and evicts entries
 * for them. False if there is no room even without entries. */
MUST_CHECK bool store_reserve(struct store *s, size_t bytes);
void store_release(struct store *s, size_t bytes);

/* Removes expired entries. Looks at up to `most` slots, from where the last sweep stopped. */
void store_sweep(struct store *s, size_t most, int64_t now_ms);

struct store_figures {
	size_t entries;	       /* arrived ones */
	size_t derived;	       /* derived from them */
	size_t used_bytes;     /* of both, and reserved ones */
	size_t reserved_bytes; /* by store_reserve */
	uint64_t evictions;    /* of arrived entries */
	uint64_t expirations;  /* of arrived entries */
};

/* Each figure is correct by itself; together they are only while no other thread uses the store. */
struct store_figures store_figures(struct store *s);

/* For tests, while no other thread uses the store: aborts unless all counts are consistent. */
void store_check(struct store *s);
