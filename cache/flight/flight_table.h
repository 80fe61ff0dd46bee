/* The flight table: the joinable flights, by cache key. For each key and branch (cache_question)
 * there is at most one flight in each form. All are OPEN or HEAD: a flight is removed in the same
 * critical section in which it ends or is unshared. The table holds a reference of each flight.
 *
 * Threads: any. All functions but create and destroy require the table's lock, which is taken
 * before that of a flight. */
#pragma once

#include "cache/flight/flight_internal.h"

struct flight_table;

struct flight_table *flight_table_create(void);
void flight_table_destroy(struct flight_table **t); /* must be empty */

void flight_table_lock(struct flight_table *t);
void flight_table_unlock(struct flight_table *t);

/* Finds the flight of this key, branch and form, without taking a reference. NULL: none. */
struct flight *flight_table_find(struct flight_table *t, const struct cache_key *key,
				 uint32_t branch, enum wire_form form);

/* As flight_table_find, in any form: the one that was added first. */
struct flight *flight_table_find_any(struct flight_table *t, const struct cache_key *key,
				     uint32_t branch);

/* Adds a flight. There must be none of the same key, branch and form. */
void flight_table_add(struct flight_table *t, struct flight *f);

/* Removes a flight, of which the caller holds a reference, if it is in the table. */
void flight_table_remove(struct flight_table *t, struct flight *f);

bool flight_table_has(const struct flight_table *t, const struct flight *f);
size_t flight_table_count(const struct flight_table *t);

/* For tests: aborts unless the table and all flights in it are consistent. Returns the bytes that
 * the ledger is charged for their logs. */
size_t flight_table_check(struct flight_table *t);
