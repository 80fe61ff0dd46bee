/* A shard: a part of the store with its own lock.
 *
 *     slots  [0]
 *            [1] -> entry -> entry        arrived entries, by entry.chain, found by fingerprint
 *                     |
 *                  derived -> derived     its derived entries (entry.forms), by entry.chain
 *     lru    newest <-> ... <-> oldest    all entries in order of use, by entry.lru
 *
 * A key has at most one arrived entry, and at most one derived entry in each other form. In the LRU
 * list a derived entry is always older than its origin: so it is evicted before its origin, and
 * when its origin is removed for another reason, it is removed with it.
 *
 * The table grows by one slot when there are more arrived entries than slots (linear hashing), so
 * an insertion moves at most one chain. It does not shrink: its largest size was charged to the
 * entries that were present then.
 *
 * A shard does no accounting and frees no entries: a removed entry is returned to the caller with
 * the shard's reference, to be freed outside the lock. Derived entries removed with it are still
 * in its entry.forms.
 *
 * Threads: any. The lock is a leaf: no other lock is taken while it is held. */
#pragma once

#include "cache/store/entry.h"

#include <pthread.h>

struct shard {
	pthread_mutex_t mu;
	/* guarded by mu */
	struct entry **slots;
	size_t slot_count; /* in use */
	size_t slot_room;  /* allocated: a power of two */
	size_t entries;	   /* arrived ones */
	size_t derived;
	size_t hand;	 /* slot at which the next sweep starts */
	struct list lru; /* struct entry.lru, newest first */
};

/* What to find, and how fresh it must be. */
struct wanted {
	const struct cache_key *key;
	enum wire_form form;
	bool exact;	    /* only this form; otherwise it is preferred */
	int64_t max_age_ms; /* only entries younger than this (RFC 9111 §4.2); -1: any age */
	int64_t now_ms;
};

void shard_init(struct shard *s);
void shard_finish(struct shard *s); /* must be empty */

/* Returns the entry in the wanted form or else, unless `exact` is set, the arrived one, with a
 * reference for the caller; NULL: none. Makes it the newest entry together with its origin. An
 * expired entry is removed and returned in *ret_expired, which is otherwise left as it was; one
 * that is only too old for this caller stays. */
struct entry *shard_find(struct shard *s, const struct wanted *wanted, struct entry **ret_expired);

/* Inserts an arrived entry as the newest, and takes the caller's reference. Returns the arrived
 * entry of the same key that it replaces, in whatever form, or NULL. If that one was requested
 * later and has not expired, inserts nothing and returns e itself. */
MUST_CHECK struct entry *shard_insert(struct shard *s, struct entry *e);

/* Adds a derived entry to its origin, and takes the caller's reference. False, and takes nothing,
 * if this origin is no longer in the shard or has an entry in this form already. */
MUST_CHECK bool shard_keep(struct shard *s, const struct entry *origin, struct entry *derived);

/* Removes and returns the oldest entry except `spared` (NULL: none). NULL if there is none. An
 * arrived entry that is returned has no derived ones. */
MUST_CHECK struct entry *shard_evict(struct shard *s, const struct entry *spared);

/* Looks at up to `most` slots, which have at most about one arrived entry each on average, from
 * where the last sweep stopped to the end of the table at most. Moves expired arrived entries to
 * the list `expired` (entry.lru). Returns the number of slots it looked at. *ret_ended: it reached
 * the end, and the next sweep starts over. */
size_t shard_sweep(struct shard *s, size_t most, int64_t now_ms, struct list *expired,
		   bool *ret_ended);

/* For tests: aborts unless the shard is consistent. Returns the bytes its entries are charged. */
size_t shard_check(struct shard *s);
