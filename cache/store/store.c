#include "cache/store/store.h"

#include "base/ensure.h"

#include <stdint.h>
#include <stdlib.h>

/* One shard for each 256 KiB and each 256 entries, up to 64: enough that workers rarely contend for
 * one, and large enough that the least recently used entry of a shard is not a recent one. */
enum { MOST_SHARDS = 64, BYTES_PER_SHARD = 256 << 10, ENTRIES_PER_SHARD = 256 };

struct store {
	/* constant after create */
	struct store_options options;
	size_t shard_count; /* a power of two */
	/* any thread */
	atomic_size_t used_bytes;
	atomic_size_t reserved_bytes; /* by store_reserve; part of used_bytes */
	atomic_size_t entries;	      /* arrived ones */
	atomic_size_t derived;
	atomic_size_t next_victim; /* shard to evict from once the preferred one is empty */
	atomic_size_t next_sweep;  /* shard that is swept next */
	_Atomic uint64_t evictions;
	_Atomic uint64_t expirations;
	struct {
		_Alignas(64) struct shard shard; /* avoids false sharing */
	} shards[];
};

static size_t shards_for(const struct store_options *options)
{
	size_t most = options->limit_bytes / BYTES_PER_SHARD;
	if (options->limit_entries && options->limit_entries / ENTRIES_PER_SHARD < most)
		most = options->limit_entries / ENTRIES_PER_SHARD;
	size_t count = 1;
	while (count < MOST_SHARDS && count < most)
		count *= 2;
	return count;
}

struct store *store_create(const struct store_options *options)
{
	size_t count = shards_for(options);
	struct store *s = aligned_alloc(64, sizeof *s + count * sizeof s->shards[0]);
	ensure(s != NULL);
	memset(s, 0, sizeof *s);
	s->options = *options;
	s->shard_count = count;
	for (size_t i = 0; i < count; i++)
		shard_init(&s->shards[i].shard);
	return s;
}

static struct shard *shard_at(struct store *s, size_t n)
{
	return &s->shards[n & (s->shard_count - 1)].shard;
}

/* Uses the half of the fingerprint that the shard does not use. */
static struct shard *shard_of(struct store *s, const struct cache_key *key)
{
	return shard_at(s, key->fingerprint[1]);
}

/* ## The ledger */

/* Adds to a counter. False, and adds nothing, if it would exceed its limit. */
static bool account_add(atomic_size_t *account, size_t n, size_t limit)
{
	size_t before = atomic_load_explicit(account, memory_order_relaxed);
	do {
		if (n > limit || before > limit - n)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
	    account, &before, before + n, memory_order_relaxed, memory_order_relaxed));
	return true;
}

static void account_subtract(atomic_size_t *account, size_t n)
{
	size_t before = atomic_fetch_sub_explicit(account, n, memory_order_relaxed);
	ensure(before >= n);
}

static void drop_one(struct store *s, struct entry *e)
{
	account_subtract(&s->used_bytes, e->charged_bytes);
	account_subtract(e->derived ? &s->derived : &s->entries, 1);
	entry_unref(&e);
}

/* Drops an entry that was removed from its shard, and the derived entries removed with it. */
static void drop_with_derived(struct store *s, struct entry *e)
{
	while (e->forms) {
		struct entry *derived = e->forms;
		e->forms = derived->chain;
		drop_one(s, derived);
	}
	drop_one(s, e);
}

/* Where to evict: the shard to try first, and an entry in it that must not be evicted. Either may
 * be NULL. */
struct eviction {
	struct shard *first;
	const struct entry *spared;
};

static bool evict(struct store *s, const struct eviction *eviction)
{
	struct entry *e = eviction->first ? shard_evict(eviction->first, eviction->spared) : NULL;
	for (size_t i = 0; !e && i < s->shard_count; i++) {
		size_t n = atomic_fetch_add_explicit(&s->next_victim, 1, memory_order_relaxed);
		e = shard_evict(shard_at(s, n), eviction->spared);
	}
	if (!e)
		return false;
	if (!e->derived)
		atomic_fetch_add_explicit(&s->evictions, 1, memory_order_relaxed);
	drop_with_derived(s, e);
	return true;
}

static bool reserve(struct store *s, size_t bytes, const struct eviction *eviction)
{
	if (bytes > s->options.limit_bytes)
		return false;
	while (!account_add(&s->used_bytes, bytes, s->options.limit_bytes))
		if (!evict(s, eviction))
			return false;
	return true;
}

static bool reserve_place(struct store *s, const struct eviction *eviction)
{
	size_t limit = s->options.limit_entries ? s->options.limit_entries : SIZE_MAX;
	while (!account_add(&s->entries, 1, limit))
		if (!evict(s, eviction))
			return false;
	return true;
}

bool store_reserve(struct store *s, size_t bytes)
{
	if (!reserve(s, bytes, &(struct eviction){NULL, NULL}))
		return false;
	atomic_fetch_add_explicit(&s->reserved_bytes, bytes, memory_order_relaxed);
	return true;
}

void store_release(struct store *s, size_t bytes)
{
	account_subtract(&s->reserved_bytes, bytes);
	account_subtract(&s->used_bytes, bytes);
}

/* ## Entries */

static void expire(struct store *s, struct entry *e)
{
	drop_with_derived(s, e);
	atomic_fetch_add_explicit(&s->expirations, 1, memory_order_relaxed);
}

struct entry *store_find(struct store *s, const struct wanted *wanted)
{
	struct entry *expired = NULL;
	struct entry *e = shard_find(shard_of(s, wanted->key), wanted, &expired);
	if (expired)
		expire(s, expired);
	return e;
}

enum store_answer store_insert(struct store *s, struct entry **e)
{
	scoped(entry_unref) struct entry *mine = take(e);
	struct eviction eviction = {.first = shard_of(s, &mine->key)};
	ensure(!mine->derived);
	if (mine->charged_bytes > s->options.max_entry_bytes ||
	    !reserve(s, mine->charged_bytes, &eviction))
		return STORE_REFUSED;
	if (!reserve_place(s, &eviction)) {
		account_subtract(&s->used_bytes, mine->charged_bytes);
		return STORE_REFUSED;
	}
	const struct entry *inserted = mine;
	struct entry *out = shard_insert(eviction.first, take(&mine));
	bool outdated = out == inserted;
	if (out)
		drop_with_derived(s, out);
	return outdated ? STORE_OUTDATED : STORE_STORED;
}

bool store_keep(struct store *s, const struct entry *origin, struct entry **derived)
{
	scoped(entry_unref) struct entry *mine = take(derived);
	struct eviction eviction = {shard_of(s, &origin->key), origin};
	ensure(mine->derived && cache_key_equal(&mine->key, &origin->key));
	if (mine->charged_bytes > s->options.max_entry_bytes ||
	    mine->charged_bytes + origin->charged_bytes > s->options.limit_bytes ||
	    !reserve(s, mine->charged_bytes, &eviction))
		return false;
	/* Counted first: once it is in the shard, another thread may remove it again. */
	atomic_fetch_add_explicit(&s->derived, 1, memory_order_relaxed);
	if (!shard_keep(eviction.first, origin, mine)) {
		drop_one(s, take(&mine));
		return false;
	}
	mine = NULL;
	return true;
}

void store_sweep(struct store *s, size_t most, int64_t now_ms)
{
	struct list expired;
	list_init(&expired);
	/* One more than there are shards, since the first may be entered in the middle. */
	for (size_t i = 0; most > 0 && i <= s->shard_count; i++) {
		size_t n = atomic_load_explicit(&s->next_sweep, memory_order_relaxed);
		bool ended;
		most -= shard_sweep(shard_at(s, n), most, now_ms, &expired, &ended);
		if (ended)
			atomic_compare_exchange_strong_explicit(
			    &s->next_sweep, &n, n + 1, memory_order_relaxed, memory_order_relaxed);
	}
	while (!list_empty(&expired)) {
		struct entry *e = container_of(expired.next, struct entry, lru);
		list_remove(&e->lru);
		expire(s, e);
	}
}

void store_destroy(struct store **store)
{
	struct store *s = take(store);
	if (!s)
		return;
	for (size_t i = 0; i < s->shard_count; i++) {
		struct entry *e;
		while ((e = shard_evict(shard_at(s, i), NULL)))
			drop_with_derived(s, e);
		shard_finish(shard_at(s, i));
	}
	ensure(atomic_load(&s->used_bytes) == 0);
	free(s);
}

struct store_figures store_figures(struct store *s)
{
	return (struct store_figures){
	    .entries = atomic_load_explicit(&s->entries, memory_order_relaxed),
	    .derived = atomic_load_explicit(&s->derived, memory_order_relaxed),
	    .used_bytes = atomic_load_explicit(&s->used_bytes, memory_order_relaxed),
	    .reserved_bytes = atomic_load_explicit(&s->reserved_bytes, memory_order_relaxed),
	    .evictions = atomic_load_explicit(&s->evictions, memory_order_relaxed),
	    .expirations = atomic_load_explicit(&s->expirations, memory_order_relaxed),
	};
}

void store_check(struct store *s)
{
	size_t charged = 0, entries = 0, derived = 0;
	for (size_t i = 0; i < s->shard_count; i++) {
		charged += shard_check(shard_at(s, i));
		entries += shard_at(s, i)->entries;
		derived += shard_at(s, i)->derived;
	}
	struct store_figures figures = store_figures(s);
	ensure(figures.entries == entries && figures.derived == derived);
	ensure(figures.used_bytes == charged + figures.reserved_bytes);
	ensure(figures.used_bytes <= s->options.limit_bytes);
	ensure(!s->options.limit_entries || entries <= s->options.limit_entries);
}
