/* Blocks: the bytes of a flight, in a list that only grows at its end.
 *
 *     first -> block -> block -> last       each is full before the next one is appended
 *              ^reader         ^reader
 *
 * Positions count from the beginning of the answer; what lies before `first` was dropped. A block
 * neither moves nor changes below `total`, so bytes up to a total that was read under the owner's
 * lock may be copied out without it, as long as blocks_drop is not told a floor beyond them.
 *
 * Threads: the owner brings a lock for all but blocks_copy. */
#pragma once

#include "base/budget.h"
#include "base/slice.h"
#include "cache/store/store.h"

struct block {
	struct block *next;
	size_t start;	/* position of its first byte */
	size_t room;	/* bytes it can hold */
	size_t charged; /* to the ledger, */
	size_t taken;	/* or of the budget */
	char bytes[];
};

struct blocks {
	struct store *ledger;  /* that is charged for what is appended; NULL: none is */
	struct budget *budget; /* of which what the ledger does not hold is taken; NULL: none */
	bool closed;	       /* nothing more is charged to the ledger */
	struct block *first;
	struct block *last;
	size_t total;	/* position of the end */
	size_t charged; /* to the ledger for all blocks */
};

/* A zeroed struct with or without a ledger and a budget is an empty list. */
void blocks_finish(struct blocks *l);

/* False: memory is not to be had; part of the bytes may have been appended. Whether the ledger has
 * room is no condition: blocks that it refused are held all the same, taken of the budget whether
 * there is anything left of it or not, and *ret_refused is set. */
MUST_CHECK bool blocks_append(struct blocks *l, struct slice bytes, bool *ret_refused);

/* Charges no more to the ledger. What was charged stays so until its block is dropped. */
void blocks_close(struct blocks *l);

/* Drops blocks that end before the floor. One that ends right there stays, since a reader with this
 * position may point to it. */
void blocks_drop(struct blocks *l, size_t floor);

/* Copies n bytes, which are there, from the position on; `from` is the block in which it lies or
 * which ends there. Returns the block in which it stopped. */
struct block *blocks_copy(struct block *from, size_t position, size_t n, char *at);

/* For tests: aborts unless the list is sound. */
void blocks_check(const struct blocks *l);
