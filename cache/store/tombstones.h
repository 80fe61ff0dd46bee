/* Tombstones: ids of answers that were deleted at the upstream, so that no entry which carries one
 * of them is handed out any longer. Ids are remembered by a hash; of two ids with one hash both
 * count as deleted, which costs a miss.
 *
 * The table has a bound: 4096 sets of 16 ids. A set that is full is emptied, and instead of its ids
 * all answers count as deleted whose ids belong into it and that were asked for until then. So
 * whoever deletes what never was costs others a few misses for each set, and not all at once.
 *
 * Threads: any. */
#pragma once

#include "base/slice.h"

#include <stdint.h>

struct tombstones;

struct tombstones *tombstones_create(void);
void tombstones_destroy(struct tombstones **t);

/* The hash of an id; never 0, which stands for no id. */
uint64_t tombstone_of(struct slice id);

/* The answer of this id is gone. */
void tombstones_add(struct tombstones *t, uint64_t id, int64_t now_ms);

/* Whether an answer of this id (0: none is known), which was asked for then, may be deleted. */
bool tombstones_have(struct tombstones *t, uint64_t id, int64_t begun_ms);
