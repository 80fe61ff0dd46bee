/* The store: all entries, and the ledger of the memory that answers occupy.
 *
 * Whoever wants to keep bytes reserves them first, and entries are evicted until they fit; so what
 * is used never exceeds the limit, not even for a moment. The oldest of the shard at hand goes
 * first, then the oldest of the others in turn: near enough to the oldest of all, and no two locks
 * are ever held at once.
 *
 * Threads: any. */
#pragma once

#include "cache/store/shard.h"

struct store;

struct store_options {
	size_t limit_bytes;
	size_t limit_entries;	/* arrived ones; 0: none */
	size_t max_entry_bytes; /* larger ones are refused */
};

struct store *store_create(const struct store_options *options);
void store_destroy(struct store **s); /* nothing may be reserved any more */

/* The entry in the form wanted or else, unless that has to be exact, the arrived one; referenced
 * for the caller. NULL if there is none that is fresh enough. */
struct entry *store_find(struct store *s, const struct wanted *wanted);

enum store_answer {
	STORE_STORED,
	STORE_REFUSED,	/* it is too large, or no room can be made */
	STORE_OUTDATED, /* an entry of this name is there that was asked for later */
};

/* Takes the caller's reference (nulls *e) of an arrived entry in any case. It replaces all that is
 * there of the same name, in whatever form. */
MUST_CHECK enum store_answer store_insert(struct store *s, struct entry **e);

/* Keeps a derived entry beside its origin, which the caller holds. Takes the caller's reference
 * (nulls *derived) in either case. Others are evicted for it as for any, the origin never; and it
 * is no entry for the limit on their number. False: refused as above, or the origin is gone, or has
 * one in this form already. */
bool store_keep(struct store *s, const struct entry *origin, struct entry **derived);

/* Makes room for bytes that are not an entry's: the log of a flight. False: there is none, even
 * without entries. */
MUST_CHECK bool store_reserve(struct store *s, size_t bytes);
void store_release(struct store *s, size_t bytes);

/* Drops expired entries; looks at `most` slots in all, from where the last sweep stopped. */
void store_sweep(struct store *s, size_t most, int64_t now_ms);

struct store_figures {
	size_t entries;	       /* arrived ones */
	size_t derived;	       /* kept beside them */
	size_t used_bytes;     /* of both, and reserved ones */
	size_t reserved_bytes; /* of flights */
	uint64_t evictions;    /* of arrived ones, as the next */
	uint64_t expirations;
};

/* Each figure by itself is right; together they are of one moment only while nobody works. */
struct store_figures store_figures(struct store *s);

/* For tests, while nobody works: aborts unless the books balance. */
void store_check(struct store *s);
