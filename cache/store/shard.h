/* A shard: a part of the store with a lock of its own.
 *
 *     slots  [0]
 *            [1] -> entry -> entry        arrived ones, by entry.chain, found by fingerprint
 *                     |
 *                  derived -> derived     made of that one: its entry.forms, by entry.chain
 *     lru    newest <-> ... <-> oldest    all of them, by entry.lru
 *
 * A name has at most one arrived entry, and beside that at most one entry in each other form. A
 * derived one is always older than the one it was made of: so it is evicted before that one, and
 * when that one goes otherwise, it goes along.
 *
 * The table grows by one slot for each arrived entry that comes when it is full (linear hashing),
 * so no insertion ever moves more than one chain. It does not shrink: what it occupied at its
 * largest is charged to the entries that were there then.
 *
 * A shard does no accounting and frees nothing: entries that leave it are handed to the caller with
 * the shard's reference, and die outside of the lock. Those that go with one are still its
 * entry.forms.
 *
 * Threads: any. The lock is a leaf; nothing is called with it held. */
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

/* What to find, and how fresh it has to be. */
struct wanted {
	const struct name *name;
	enum wire_form form;
	bool exact;	    /* in this form only; otherwise it is merely preferred */
	int64_t max_age_ms; /* younger ones count (RFC 9111 §4.2), so at 0 none; -1: any age */
	int64_t now_ms;
};

void shard_init(struct shard *s);
void shard_finish(struct shard *s); /* it must be empty */

/* The entry in the form wanted or else, unless that has to be exact, the arrived one; referenced
 * for the caller, and now the newest, with what it was made of. NULL: none. An expired one is taken
 * out and handed over in *ret_expired; one that is merely too old for this caller stays. */
struct entry *shard_find(struct shard *s, const struct wanted *wanted, struct entry **ret_expired);

/* Takes the caller's reference of an arrived entry and makes it the newest one. Returns the arrived
 * one of the same name that it replaces, in whatever form, or NULL; or, if that one was asked for
 * later and lives, the entry itself, which it does not insert then. */
MUST_CHECK struct entry *shard_insert(struct shard *s, struct entry *e);

/* Puts a derived entry beside its origin, and takes the caller's reference of it. False, and takes
 * nothing: that very origin is not there any more, or has one in this form already. */
MUST_CHECK bool shard_keep(struct shard *s, const struct entry *origin, struct entry *derived);

/* Takes the oldest entry out, derived or arrived, which has no derived ones any more then. Passes
 * over `spared` (NULL: none). NULL when there is none. */
MUST_CHECK struct entry *shard_evict(struct shard *s, const struct entry *spared);

/* Looks at up to `most` slots (which hold at most one arrived entry each on average) from where the
 * last sweep stopped, no further than the end of the table. Expired arrived entries go to the list
 * (entry.lru). Returns how many slots it looked at; *ret_ended: the next sweep starts over. */
size_t shard_sweep(struct shard *s, size_t most, int64_t now_ms, struct list *expired,
		   bool *ret_ended);

/* For tests: aborts unless the shard is sound. Returns what its entries are charged. */
size_t shard_check(struct shard *s);
