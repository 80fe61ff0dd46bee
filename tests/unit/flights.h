/* Common parts of tests of flights: one flight, joinable or private, that `a` reads and `maker`
 * produces, and functions that check it after each step. */
#pragma once

#include "cache/flight/flight_internal.h"

#include "tests/unit/keys.h"
#include "tests/unit/watchers.h"

#include <check.h>
#include <stdlib.h>

enum { HOLD = 100000 };

static char bytes[2 * FLIGHT_WINDOW];

static struct store *ledger;
static struct flight *flight;
static struct maker maker;
static struct watcher a, b;
static int heads_destroyed;

static inline void set_up(void)
{
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)((i * 7) ^ (i >> 9));
	ledger =
	    store_create(&(struct store_options){.limit_bytes = 1 << 20, .max_entry_bytes = HOLD});
	maker = maker_make();
	a = watcher_make();
	b = watcher_make();
	heads_destroyed = 0;
}

static inline void set_up_joinable(void)
{
	set_up();
	struct cache_key key = key_numbered(1);
	flight = flight_create(&(struct flight_options){&key, WIRE_STREAM, HOLD, .ledger = ledger});
	flight_produce(flight, &maker.producer);
	flight_join(flight, &a.reader);
}

static inline void set_up_private(void)
{
	set_up();
	flight = flight_create(&(struct flight_options){0});
	flight_produce(flight, &maker.producer);
	flight_join(flight, &a.reader);
}

static inline bool leave(struct watcher *w, bool finish_abandoned)
{
	struct flight *theirs = w->reader.flight;
	bool last = flight_leave(theirs, &w->reader, finish_abandoned);
	flight_check(theirs);
	ck_assert_ptr_null(w->reader.flight);
	flight_unref(&theirs);
	return last;
}

static inline void tear_down(void)
{
	if (a.reader.flight)
		(void)leave(&a, false);
	if (b.reader.flight)
		(void)leave(&b, false);
	flight_unref(&flight);
	ck_assert_uint_eq(store_figures(ledger).reserved_bytes, 0);
	store_destroy(&ledger);
}

static inline void head(void)
{
	flight_head(flight, &heads_destroyed, head_destroy);
	flight_check(flight);
}

/* Appends the next of `bytes`. Returns whether the flight is outgrown. */
static inline bool append(size_t len)
{
	bool outgrown = true;
	size_t total = flight->log.total;
	ck_assert(flight_append(flight, slice_make(bytes + total, len), &outgrown));
	flight_check(flight);
	return outgrown;
}

static inline struct flight_news look(struct watcher *w, enum flight_awaits awaits)
{
	struct flight_news news = flight_look(&w->reader, awaits);
	flight_check(flight);
	return news;
}

static inline size_t copy(struct watcher *w, size_t room)
{
	char *at = malloc(room + 1);
	size_t position = w->reader.position;
	size_t n = flight_copy(&w->reader, at, room);
	flight_check(flight);
	ck_assert(memcmp(at, bytes + position, n) == 0);
	free(at);
	return n;
}

static inline void finish(void)
{
	flight_finish(flight, false, 0);
	flight_check(flight);
}

static inline void unshare_flight(void)
{
	flight_unshare(flight, 3);
	flight_check(flight);
}
