/* Recent names: a set of cache keys, each of which is remembered for a limited time. The cache has
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

struct recent_names;

struct recent_names *recent_names_create(void);
void recent_names_destroy(struct recent_names **names);

/* Remembers the key until until_ms. */
void recent_names_add(struct recent_names *names, const struct name *name, int64_t until_ms);

/* Whether the key is remembered at now_ms. */
bool recent_names_has(const struct recent_names *names, const struct name *name, int64_t now_ms);
