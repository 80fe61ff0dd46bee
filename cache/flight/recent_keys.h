/* Recent keys: a set of cache keys, each of which is remembered for a limited time. The cache has
 * two: the keys whose last answer could not be shared (hit-for-miss), so that requests for them do
 * not wait for each other only to go upstream one after the other; and the keys whose flight was
 * abandoned.
 *
 * The set is a table of 1024 slots, one key in each. A key that is added replaces the one in its
 * slot, which is then forgotten early.
 *
 * Threads: one at a time; the cache holds the flight table's lock. */
#pragma once

#include "cache/key/fingerprint.h"

#include <stdbool.h>

struct recent_keys;

struct recent_keys *recent_keys_create(void);
void recent_keys_destroy(struct recent_keys **keys);

/* Remembers the key until until_ms. */
void recent_keys_add(struct recent_keys *keys, const struct cache_key *key, int64_t until_ms);

/* Whether the key is remembered at now_ms. */
bool recent_keys_has(const struct recent_keys *keys, const struct cache_key *key, int64_t now_ms);
