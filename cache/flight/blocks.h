/* Blocks: the bytes of a flight, in a list that grows only at its end.
 *
 *     first -> block -> block -> last       each is full before the next one is appended
 *              ^reader         ^reader
 *
 * Positions count from the beginning of the answer; the bytes before `first` have been dropped. A
 * block neither moves nor changes below `total`. So bytes up to a total that was read under the
 * owner's lock may be copied without the lock, as long as blocks_drop is not called with a floor
 * beyond their first one.
 *
 * Threads: the owner's lock guards all but blocks_copy. */
#pragma once

#include "base/budget.h"
#include "base/slice.h"
#include "cache/store/store.h"

struct block {
	struct block *next;
	size_t start;	/* position of its first byte */
	size_t room;	/* bytes it can hold */
	size_t charged; /* to the ledger; or 0 */
	size_t taken;	/* from the budget instead; or 0 */
	char bytes[];
};

struct blocks {
	struct store *ledger;  /* charged for the blocks; NULL: none */
	struct budget *budget; /* pays for blocks that the ledger is not charged for; NULL: none */
	bool closed;	       /* the ledger is charged for no further blocks */
	struct block *first;
	struct block *last;
	size_t total;	/* position of the end */
	size_t charged; /* to the ledger, for all blocks */
};

/* Frees all blocks. A zeroed struct, with or without a ledger and a budget, is an empty list. */
void blocks_finish(struct blocks *l);

/* Copies the bytes to the end. False: out of memory; part of the bytes may have been appended. If
 * the ledger refuses a block, it is kept nevertheless, taken from the budget even beyond its limit,
 * and *ret_refused is set to true; otherwise *ret_refused is left as it was. */
MUST_CHECK bool blocks_append(struct blocks *l, struct slice bytes, bool *ret_refused);

/* Charges no further blocks to the ledger. Those already charged stay so until they are dropped. */
void blocks_close(struct blocks *l);

/* Frees blocks that end before the floor. One that ends exactly at the floor stays, since a reader
 * at this position may point to it. */
void blocks_drop(struct blocks *l, size_t floor);

/* Copies n bytes, which must exist, from the position on. `from` is the block that contains the
 * position or ends there. Returns the block that contains the last byte. */
struct block *blocks_copy(struct block *from, size_t position, size_t n, char *at);

/* For tests: aborts unless the list is consistent. */
void blocks_check(const struct blocks *l);
