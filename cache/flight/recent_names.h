/* Marks: names that something is remembered of, for a while. The cache has two such tables: of
 * names whose last answer was not to be shared, whose requests do not wait for each other, since
 * they would each ask on their own in the end, one after the other; and of names whose flight was
 * abandoned.
 *
 * A fixed table: a name that meets another one in its place takes it over, and the other is looked
 * at like any name again.
 *
 * Threads: one at a time; the cache holds the flight table's lock. */
#pragma once

#include "cache/key/fingerprint.h"

#include <stdbool.h>

struct recent_names;

struct recent_names *recent_names_create(void);
void recent_names_destroy(struct recent_names **m);

void recent_names_add(struct recent_names *m, const struct name *name, int64_t until_ms);
bool recent_names_has(const struct recent_names *m, const struct name *name, int64_t now_ms);
