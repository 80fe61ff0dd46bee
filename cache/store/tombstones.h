/* Tombstones: the ids of answers that were deleted upstream, so that entries with these ids are no
 * longer served. Only a hash of an id is kept. If two ids have the same hash, both count as
 * deleted, which costs a miss.
 *
 * The table has a fixed size: 4096 sets of 16 ids. A set that is full is emptied; from then on all
 * answers whose ids belong to this set and that were requested until that time count as deleted. So
 * a client that deletes ids that do not exist costs others a few misses for each set, and not all
 * at once.
 *
 * Threads: any. */
#pragma once

#include "base/slice.h"

#include <stdint.h>

struct tombstones;

struct tombstones *tombstones_create(void);
void tombstones_destroy(struct tombstones **t);

/* The hash of an id; never 0, which means no id. */
uint64_t tombstone_of(struct slice id);

/* Records that the answer with this id (a hash) was deleted. */
void tombstones_add(struct tombstones *t, uint64_t id, int64_t now_ms);

/* Whether the answer with this id (a hash; 0: not known), requested at begun_ms, counts as deleted.
 * Always false for 0. */
bool tombstones_have(struct tombstones *t, uint64_t id, int64_t begun_ms);
