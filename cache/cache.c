#include "cache/cache.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "cache/flight/flight_table.h"
#include "cache/flight/recent_keys.h"
#include "cache/store/store.h"
#include "cache/store/tombstones.h"

#include <stdlib.h>

struct cache {
	/* constant after create */
	struct cache_options options;
	struct store *store;
	struct flight_table *flights;
	struct tombstones *deleted;
	/* guarded by the flight table's lock */
	struct recent_keys *hit_for_miss;
	struct recent_keys *abandoned; /* for CACHE_ABANDON_FINISH_REPEATED */
};

struct cache *cache_create(const struct cache_options *options)
{
	struct cache *c = memory_new(struct cache);
	c->options = *options;
	c->store = store_create(&(struct store_options){
	    .limit_bytes = options->memory_bytes,
	    .limit_entries = options->entries,
	    .max_entry_bytes = options->max_entry_bytes,
	});
	c->flights = flight_table_create();
	c->deleted = tombstones_create();
	c->hit_for_miss = recent_keys_create();
	c->abandoned = recent_keys_create();
	return c;
}

void cache_destroy(struct cache **cache)
{
	struct cache *c = take(cache);
	if (!c)
		return;
	recent_keys_destroy(&c->hit_for_miss);
	tombstones_destroy(&c->deleted);
	recent_keys_destroy(&c->abandoned);
	flight_table_destroy(&c->flights);
	store_destroy(&c->store);
	free(c);
}

/* ## Opening */

/* Creates a joinable flight and adds it to the table, which is locked. */
static struct flight *lead(struct cache *c, const struct cache_question *question, int64_t now_ms)
{
	struct flight *f = flight_create(&(struct flight_options){
	    .key = &question->key,
	    .form = question->asks,
	    .branch = question->branch,
	    .hold_limit = c->options.max_entry_bytes,
	    .begun_ms = now_ms,
	    .ledger = c->store,
	    .budget = c->options.budget,
	});
	f->wanted = recent_keys_has(c->abandoned, &question->key, now_ms);
	flight_table_add(c->flights, f);
	return f;
}

static struct flight *private_flight(const struct cache *c)
{
	return flight_create(&(struct flight_options){.budget = c->options.budget});
}

/* The flight that serves the question best, or NULL; with the table locked. */
static struct flight *flight_for(struct cache *c, const struct cache_question *question)
{
	const struct cache_key *key = &question->key;
	uint32_t branch = question->branch;
	struct flight *f = flight_table_find(c->flights, key, branch, question->asks);
	if (f || question->exact)
		return f;
	f = flight_table_find(c->flights, key, branch, question->form);
	return f ? f : flight_table_find_any(c->flights, key, branch);
}

/* Returns the wanted entry, unless its answer was deleted upstream, with a reference for the
 * caller. */
static struct entry *find_entry(struct cache *c, const struct wanted *wanted)
{
	struct entry *e = store_find(c->store, wanted);
	if (e && tombstones_have(c->deleted, e->id, e->begun_ms))
		entry_unref(&e);
	return e;
}

/* With the table locked. Looks in the store once more, because a flight may have ended and stored
 * its entry since the first lookup. */
static enum cache_answer join_or_lead(struct cache *c, const struct wanted *wanted,
				      const struct cache_question *question, struct reader *reader,
				      struct entry **ret_entry)
{
	struct flight *f = flight_for(c, question);
	if (f) {
		flight_join(f, reader);
		return CACHE_JOINED;
	}
	struct entry *e = find_entry(c, wanted);
	if (e) {
		*ret_entry = e;
		return CACHE_HIT;
	}
	bool alone = recent_keys_has(c->hit_for_miss, &question->key, wanted->now_ms);
	f = alone ? private_flight(c) : lead(c, question, wanted->now_ms);
	flight_join(f, reader);
	flight_unref(&f);
	return alone ? CACHE_ALONE : CACHE_LED;
}

enum cache_answer cache_open(struct cache *c, const struct cache_question *question,
			     struct reader *reader, int64_t now_ms, struct entry **ret_entry)
{
	ensure(reader->flight == NULL);
	struct wanted wanted = {
	    .key = &question->key,
	    .form = question->form,
	    .exact = question->exact,
	    .max_age_ms = question->max_age_ms,
	    .now_ms = now_ms,
	};
	struct entry *e = find_entry(c, &wanted);
	if (e) {
		*ret_entry = e;
		return CACHE_HIT;
	}
	if (question->only_cached)
		return CACHE_ABSENT;
	flight_table_lock(c->flights);
	enum cache_answer answer = join_or_lead(c, &wanted, question, reader, ret_entry);
	flight_table_unlock(c->flights);
	return answer;
}

void cache_open_private(struct cache *c, struct reader *reader)
{
	struct flight *f = private_flight(c);
	flight_join(f, reader);
	flight_unref(&f);
}

/* ## Leaving and ending
 *
 * A flight that may be in the table is changed under the table's lock, so that no request joins it
 * meanwhile. A private flight is never in the table and does not need the lock. */

static void lock_for(struct cache *c, const struct flight *f)
{
	if (flight_key(f))
		flight_table_lock(c->flights);
}

static void remove_and_unlock(struct cache *c, struct flight *f, bool remove)
{
	if (!flight_key(f))
		return;
	if (remove)
		flight_table_remove(c->flights, f);
	flight_table_unlock(c->flights);
}

/* With the table locked, if the flight has a key. */
static bool is_finished_without_readers(const struct cache *c, const struct flight *f)
{
	if (c->options.on_abandon == CACHE_ABANDON_FINISH_REPEATED)
		return f->wanted;
	return c->options.on_abandon == CACHE_ABANDON_FINISH;
}

void cache_want(struct cache *c, struct reader *reader)
{
	struct flight *f = reader->flight;
	lock_for(c, f);
	f->wanted = true;
	remove_and_unlock(c, f, false);
}

void cache_leave(struct cache *c, struct reader *reader, int64_t now_ms)
{
	scoped(flight_unref) struct flight *f = reader->flight;
	if (!f)
		return;
	lock_for(c, f);
	bool last = flight_leave(f, reader, is_finished_without_readers(c, f));
	bool counts = c->options.on_abandon == CACHE_ABANDON_FINISH_REPEATED;
	if (last && counts && flight_key(f))
		recent_keys_add(c->abandoned, flight_key(f), now_ms + CACHE_REPEATED_MS);
	remove_and_unlock(c, f, last);
}

void cache_unshare(struct cache *c, struct flight *f, int reason_code)
{
	lock_for(c, f);
	flight_unshare(f, reason_code);
	remove_and_unlock(c, f, true);
}

void cache_reform(struct cache *c, struct flight *f, enum wire_form form, int reason_code)
{
	if (!flight_key(f))
		return;
	flight_table_lock(c->flights);
	bool taken = flight_table_find(c->flights, flight_key(f), f->branch, form) != NULL;
	if (taken)
		flight_unshare(f, reason_code);
	f->form = form;
	remove_and_unlock(c, f, taken);
}

void cache_hit_for_miss(struct cache *c, struct flight *f, int reason_code, int64_t until_ms)
{
	lock_for(c, f);
	if (flight_key(f))
		recent_keys_add(c->hit_for_miss, flight_key(f), until_ms);
	flight_unshare(f, reason_code);
	remove_and_unlock(c, f, true);
}

void cache_fail(struct cache *c, struct flight *f, int reason_code, const char *reason)
{
	lock_for(c, f);
	flight_fail(f, reason_code, reason);
	remove_and_unlock(c, f, true);
}

/* A number between 0 and 1. Fingerprints are evenly distributed already; the time makes it differ
 * between successive entries of one key. */
static double jitter_fraction(const struct cache_key *key, int64_t now_ms)
{
	uint64_t x = key->fingerprint[0] ^ ((uint64_t)now_ms * 0x9e3779b97f4a7c15u);
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	return (double)(x >> 11) / (double)(1ull << 53);
}

/* Subtracts the jitter, so that entries stored together do not expire together. */
static int64_t time_to_live(const struct cache *c, const struct cache_key *key,
			    const struct cache_ending *end)
{
	double cut = jitter_fraction(key, end->now_ms) * c->options.ttl_jitter;
	return end->ttl_ms - (int64_t)((double)end->ttl_ms * cut);
}

/* Creates the entry from the log, which it takes or destroys. NULL if there is nothing to store. */
static struct entry *create_entry(struct cache *c, const struct cache_key *key, enum wire_form form,
				  const struct cache_ending *end)
{
	scoped(event_log_destroy) struct event_log *log = end->log ? take(end->log) : NULL;
	if (!log || end->ttl_ms == 0)
		return NULL;
	event_log_seal(log);
	return entry_create(
	    &(struct entry_options){
		.key = *key,
		.form = form,
		.content_type = end->content_type,
		.token_usage = end->token_usage,
		.id = end->id,
		.begun_ms = end->begun_ms,
		.created_ms = end->now_ms,
		.expires_ms = end->now_ms + time_to_live(c, key, end),
	    },
	    &log);
}

/* Whether another answer was stored under the key after this flight began, as for a client that
 * asked for a fresh one (cache_store). That client must not get an older answer next time. */
static bool is_outdated(struct cache *c, const struct flight *f, int64_t now_ms)
{
	struct wanted same = {&f->key, f->form, .max_age_ms = -1, .now_ms = now_ms};
	scoped(entry_unref) struct entry *e = store_find(c->store, &same);
	return e && e->created_ms > f->begun_ms;
}

/* Inserts the entry and takes its reference. Sets end->stored, and end->reason_code if it was not
 * stored. */
static void insert(struct cache *c, struct entry **e, struct cache_ending *end)
{
	enum store_answer answer = store_insert(c->store, e);
	end->stored = answer == STORE_STORED;
	if (!end->stored)
		end->reason_code = answer == STORE_OUTDATED ? end->outdated_code : end->full_code;
}

bool cache_finish(struct cache *c, struct flight *f, struct cache_ending *end)
{
	scoped(entry_unref) struct entry *e = NULL;
	/* Created before the table is locked, to hold the lock briefly. */
	if (flight_key(f))
		e = create_entry(c, flight_key(f), flight_form(f), end);
	else if (end->log)
		event_log_destroy(end->log);
	lock_for(c, f);
	if (e) {
		bool outdated = is_outdated(c, f, end->now_ms);
		if (outdated || !flight_joinable(f))
			end->reason_code = outdated ? end->outdated_code : end->full_code;
		else
			insert(c, &e, end);
	}
	flight_finish(f, end->stored, end->reason_code);
	remove_and_unlock(c, f, true);
	return end->stored;
}

bool cache_store(struct cache *c, const struct cache_key *key, enum wire_form form,
		 struct cache_ending *end)
{
	struct entry *e = create_entry(c, key, form, end);
	if (e)
		insert(c, &e, end);
	return end->stored;
}

bool cache_keep(struct cache *c, struct entry *origin, struct entry **derived)
{
	return store_keep(c->store, origin, derived);
}

void cache_bury(struct cache *c, uint64_t id, int64_t now_ms)
{
	tombstones_add(c->deleted, id, now_ms);
}

bool cache_reserve(struct cache *c, size_t bytes)
{
	return store_reserve(c->store, bytes);
}

void cache_release(struct cache *c, size_t bytes)
{
	store_release(c->store, bytes);
}

/* ## Upkeep */

void cache_sweep(struct cache *c, size_t most, int64_t now_ms)
{
	store_sweep(c->store, most, now_ms);
}

struct cache_figures cache_figures(struct cache *c)
{
	flight_table_lock(c->flights);
	size_t flights = flight_table_count(c->flights);
	flight_table_unlock(c->flights);
	struct store_figures store = store_figures(c->store);
	return (struct cache_figures){
	    .entries = store.entries,
	    .derived = store.derived,
	    .bytes = store.used_bytes,
	    .flights = flights,
	    .evictions = store.evictions,
	    .expirations = store.expirations,
	};
}

void cache_check(struct cache *c)
{
	flight_table_lock(c->flights);
	store_check(c->store);
	ensure(flight_table_check(c->flights) <= store_figures(c->store).reserved_bytes);
	flight_table_unlock(c->flights);
}
