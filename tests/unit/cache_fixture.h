/* Common parts of tests of the cache: a cache, readers `a` and `b`, a producer for the flights they
 * lead, and functions that call cache_check after each step. */
#pragma once

#include "cache/cache.h"

#include "tests/unit/keys.h"
#include "tests/unit/watchers.h"

#include <check.h>
#include <stdlib.h>

enum { HOLD = 100000, TTL = 1000 };

static struct cache *cache;
static struct maker maker;
static struct watcher a, b;
static int heads_destroyed;

static inline void open_cache(struct cache_options options)
{
	options.memory_bytes = options.memory_bytes ? options.memory_bytes : 1 << 20;
	options.max_entry_bytes = HOLD;
	cache = cache_create(&options);
	maker = maker_make();
	a = watcher_make();
	b = watcher_make();
}

static inline void set_up(void)
{
	open_cache((struct cache_options){0});
}

static inline void leave(struct watcher *w)
{
	cache_leave(cache, &w->reader, 0);
	ck_assert_ptr_null(w->reader.flight);
	cache_check(cache);
}

static inline void tear_down(void)
{
	leave(&a);
	leave(&b);
	ck_assert_uint_eq(cache_figures(cache).flights, 0);
	cache_destroy(&cache);
}

static inline enum cache_answer lookup(struct watcher *w, struct cache_question question,
				       int64_t now_ms, struct entry **ret_entry)
{
	enum cache_answer answer = cache_open(cache, &question, &w->reader, now_ms, ret_entry);
	cache_check(cache);
	ck_assert((answer != CACHE_HIT && answer != CACHE_ABSENT) == (w->reader.flight != NULL));
	return answer;
}

/* Looks up a stream of any age under key_numbered(n), and drops the entry found. */
static inline enum cache_answer lookup_key(struct watcher *w, uint64_t n, int64_t now_ms)
{
	scoped(entry_unref) struct entry *e = NULL;
	struct cache_question question = {key_numbered(n), WIRE_STREAM, WIRE_STREAM,
					  .max_age_ms = -1};
	enum cache_answer answer = lookup(w, question, now_ms, &e);
	ck_assert((answer == CACHE_HIT) == (e != NULL));
	return answer;
}

/* Starts a producer as a fetch does: it takes a reference of its own and sets the head. */
static inline struct flight *produce(struct watcher *leader)
{
	struct flight *f = flight_ref(leader->reader.flight);
	flight_produce(f, &maker.producer);
	flight_head(f, &heads_destroyed, head_destroy);
	return f;
}

static inline bool append(struct flight *f, size_t len)
{
	bool outgrown;
	char *at = calloc(1, len);
	ck_assert(flight_append(f, slice_make(at, len), &outgrown));
	free(at);
	cache_check(cache);
	return outgrown;
}

static inline struct event_log *log_of(const char *text)
{
	struct event_log *log = event_log_create(HOLD);
	ck_assert(event_log_append(log, slice_of(text)));
	return log;
}

static inline bool finish(struct flight **f, const char *text, int64_t now_ms)
{
	struct event_log *log = text ? log_of(text) : NULL;
	bool stored = cache_finish(cache, *f,
				   &(struct cache_ending){.content_type = "text/event-stream",
							  .log = &log,
							  .reason_code = 7,
							  .ttl_ms = TTL,
							  .now_ms = now_ms});
	ck_assert_ptr_null(log);
	cache_check(cache);
	flight_unref(f);
	return stored;
}

/* Stores an answer under key_numbered(n) through a flight. */
static inline bool store(uint64_t n, const char *text, int64_t now_ms)
{
	struct watcher w = watcher_make();
	ck_assert_int_eq(lookup_key(&w, n, now_ms), CACHE_LED);
	struct flight *f = produce(&w);
	bool stored = finish(&f, text, now_ms);
	leave(&w);
	return stored;
}
