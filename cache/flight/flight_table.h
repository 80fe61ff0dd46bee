/* The flight table: the joinable flights, found by name; of one name and branch (cache_question),
 * at most one in each form. What is in it is OPEN or HEAD; whoever ends or parts a flight takes it
 * out in the same critical section.
 *
 * Threads: any. Everything but create and destroy with the table's lock held, which is taken before
 * that of any flight. Each flight in it has a reference of the table's. */
#pragma once

#include "cache/flight/flight_internal.h"

struct flight_table;

struct flight_table *flight_table_create(void);
void flight_table_destroy(struct flight_table **t); /* it must be empty */

void flight_table_lock(struct flight_table *t);
void flight_table_unlock(struct flight_table *t);

/* The caller has no reference of its own yet. NULL: nobody makes this answer in this form. */
struct flight *flight_table_find(struct flight_table *t, const struct name *name, uint32_t branch,
				 enum wire_form form);

/* As flight_table_find, in whatever form: of several the one that is there longest. */
struct flight *flight_table_find_any(struct flight_table *t, const struct name *name,
				     uint32_t branch);

/* No other of this name, branch and form may be in it. */
void flight_table_add(struct flight_table *t, struct flight *f);

/* Nothing if it is not in it. The caller holds a reference, so it lives on. */
void flight_table_remove(struct flight_table *t, struct flight *f);

bool flight_table_has(const struct flight_table *t, const struct flight *f);
size_t flight_table_count(const struct flight_table *t);

/* For tests: aborts unless the table and all flights in it are sound. Returns what their logs are
 * charged. */
size_t flight_table_check(struct flight_table *t);
