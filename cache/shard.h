/* A shard: a part of the store with a lock of its own.
 *
 *     slots  [0] -> entry -> entry        chained by entry.chain, found by fingerprint and form
 *            [1]
 *            [2] -> entry
 *     lru    newest <-> ... <-> oldest    by entry.lru
 *
 * The table grows by one slot for each entry that comes when it is full (linear hashing), so no
 * insertion ever moves more than one chain. It does not shrink: what it occupied at its largest
 * is charged to the entries that were there then.
 *
 * A shard does no accounting and frees nothing: entries that leave it are handed to the caller with
 * the shard's reference, and die outside of the lock.
 *
 * Threads: any. The lock is a leaf; nothing is called with it held. */
#pragma once

#include "cache/entry.h"

#include <pthread.h>

struct shard {
	pthread_mutex_t mu;
	/* guarded by mu */
	struct entry **slots;
	size_t slot_count; /* in use */
	size_t slot_room;  /* allocated: a power of two */
	size_t entries;
	size_t hand;	 /* slot at which the next sweep starts */
	struct list lru; /* struct entry.lru, newest first */
};

/* What to find, and how fresh it has to be. */
struct wanted {
	const struct name *name;
	enum wire_form form;
	int64_t max_age_ms; /* -1: any age */
	int64_t now_ms;
};

void shard_init(struct shard *s);
void shard_finish(struct shard *s); /* it must be empty */

/* The entry, referenced for the caller, and now the newest; or NULL. An expired one is taken out
 * and handed over in *ret_expired; one that is merely too old for this caller stays. */
struct entry *shard_find(struct shard *s, const struct wanted *wanted, struct entry **ret_expired);

/* Takes the caller's reference of e and makes it the newest entry. Returns the one of the same name
 * and form that it replaces, or NULL. */
MUST_CHECK struct entry *shard_insert(struct shard *s, struct entry *e);

/* Takes the oldest entry out; NULL when there is none. */
MUST_CHECK struct entry *shard_evict(struct shard *s);

/* Looks at up to `most` slots (which hold at most one entry each on average) from where the
 * last sweep stopped, no further than the end of the table. Expired entries go to the list
 * (entry.lru). Returns how many slots it looked at; *ret_ended: the next sweep starts over. */
size_t shard_sweep(struct shard *s, size_t most, int64_t now_ms, struct list *expired,
		   bool *ret_ended);

/* For tests: aborts unless the shard is sound. Returns what its entries are charged. */
size_t shard_check(struct shard *s);
