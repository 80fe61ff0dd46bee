#include "cache/store/shard.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>

enum { SMALLEST = 8 };

void shard_init(struct shard *s)
{
	pthread_mutex_init(&s->mu, NULL);
	s->slots = memory_zeroed(SMALLEST * sizeof *s->slots);
	s->slot_count = s->slot_room = SMALLEST;
	s->entries = s->derived = 0;
	s->hand = 0;
	list_init(&s->lru);
}

void shard_finish(struct shard *s)
{
	ensure(s->entries == 0 && s->derived == 0);
	free(s->slots);
	pthread_mutex_destroy(&s->mu);
}

/* ## The table */

/* Only slots below slot_count are in use. A slot at or above it has not been split off yet: its
 * entries are still in the slot without the highest bit. */
static size_t slot_of(const struct shard *s, const struct cache_key *key)
{
	size_t slot = key->fingerprint[0] & (s->slot_room - 1);
	return slot < s->slot_count ? slot : slot & (s->slot_room / 2 - 1);
}

/* The pointer to the arrived entry, in a slot or in the entry before it; it is NULL if there is
 * none. */
static struct entry **place_of(struct shard *s, const struct cache_key *key)
{
	struct entry **place = &s->slots[slot_of(s, key)];
	while (*place && !cache_key_equal(&(*place)->key, key))
		place = &(*place)->chain;
	return place;
}

/* Splits a chain: entries that belong to the newest slot move there. */
static void split(struct shard *s, size_t from)
{
	struct entry *e = s->slots[from];
	s->slots[from] = NULL;
	while (e) {
		struct entry *next = e->chain;
		struct entry **slot = &s->slots[slot_of(s, &e->key)];
		e->chain = *slot;
		*slot = e;
		e = next;
	}
}

/* Adds a slot. Doubling the allocation copies pointers and touches no entry; if there is no memory
 * for it, the chains get longer instead. */
static void grow(struct shard *s)
{
	if (s->slot_count == s->slot_room) {
		struct entry **slots = reallocarray(s->slots, s->slot_room, 2 * sizeof *slots);
		if (!slots)
			return;
		memset(slots + s->slot_room, 0, s->slot_room * sizeof *slots);
		s->slots = slots;
		s->slot_room *= 2;
	}
	size_t from = s->slot_count & (s->slot_room / 2 - 1);
	s->slot_count++;
	split(s, from);
}

/* Removes the arrived entry that *place points to, together with its derived entries. */
static struct entry *remove_arrived(struct shard *s, struct entry **place)
{
	struct entry *e = *place;
	*place = e->chain;
	e->chain = NULL;
	list_remove(&e->lru);
	s->entries--;
	for (struct entry *derived = e->forms; derived; derived = derived->chain) {
		list_remove(&derived->lru);
		s->derived--;
	}
	return e;
}

/* Removes a derived entry only. */
static struct entry *remove_derived(struct shard *s, struct entry *origin, struct entry *derived)
{
	struct entry **place = &origin->forms;
	while (*place != derived)
		place = &(*place)->chain;
	*place = derived->chain;
	derived->chain = NULL;
	list_remove(&derived->lru);
	s->derived--;
	return derived;
}

/* The arrived entry, or the one derived from it, that has this form; NULL: none. */
static struct entry *in_form(struct entry *arrived, enum wire_form form)
{
	if (arrived->form == form)
		return arrived;
	struct entry *derived = arrived->forms;
	while (derived && derived->form != form)
		derived = derived->chain;
	return derived;
}

static void move_to_front(struct shard *s, struct entry *e)
{
	list_remove(&e->lru);
	list_insert(&s->lru, &e->lru);
}

static bool is_expired(const struct entry *e, int64_t now_ms)
{
	return now_ms >= e->expires_ms;
}

/* ## Under the lock */

static struct entry *find_locked(struct shard *s, const struct wanted *wanted,
				 struct entry **ret_expired)
{
	struct entry **place = place_of(s, wanted->key);
	struct entry *arrived = *place;
	if (!arrived)
		return NULL;
	if (is_expired(arrived, wanted->now_ms)) {
		*ret_expired = remove_arrived(s, place);
		return NULL;
	}
	if (wanted->max_age_ms >= 0 && wanted->now_ms - arrived->created_ms >= wanted->max_age_ms)
		return NULL;
	struct entry *e = in_form(arrived, wanted->form);
	if (!e && wanted->exact)
		return NULL;
	if (e && e->derived)
		move_to_front(s, e);
	move_to_front(s, arrived);
	return entry_ref(e ? e : arrived);
}

struct entry *shard_find(struct shard *s, const struct wanted *wanted, struct entry **ret_expired)
{
	pthread_mutex_lock(&s->mu);
	struct entry *e = find_locked(s, wanted, ret_expired);
	pthread_mutex_unlock(&s->mu);
	return e;
}

/* Whether the present entry was requested later than the new one and has not expired. */
static bool is_newer_request(const struct entry *present, const struct entry *e)
{
	return present->begun_ms > e->begun_ms && !is_expired(present, e->created_ms);
}

static struct entry *insert_locked(struct shard *s, struct entry *e)
{
	struct entry **place = place_of(s, &e->key);
	if (*place && is_newer_request(*place, e))
		return e;
	struct entry *replaced = *place ? remove_arrived(s, place) : NULL;
	/* After remove_arrived, *place points to the rest of the chain. */
	e->chain = *place;
	*place = e;
	list_insert(&s->lru, &e->lru);
	s->entries++;
	if (s->entries > s->slot_count)
		grow(s);
	return replaced;
}

struct entry *shard_insert(struct shard *s, struct entry *e)
{
	pthread_mutex_lock(&s->mu);
	struct entry *out = insert_locked(s, e);
	pthread_mutex_unlock(&s->mu);
	return out;
}

bool shard_keep(struct shard *s, const struct entry *origin, struct entry *derived)
{
	pthread_mutex_lock(&s->mu);
	struct entry *arrived = *place_of(s, &origin->key);
	bool kept = arrived == origin && !in_form(arrived, derived->form);
	if (kept) {
		derived->chain = arrived->forms;
		arrived->forms = derived;
		list_insert(&arrived->lru, &derived->lru);
		s->derived++;
	}
	pthread_mutex_unlock(&s->mu);
	return kept;
}

static struct entry *evict_locked(struct shard *s, const struct entry *spared)
{
	struct list *node = s->lru.prev;
	if (spared && node == &spared->lru)
		node = node->prev;
	if (node == &s->lru)
		return NULL;
	struct entry *oldest = container_of(node, struct entry, lru);
	struct entry **place = place_of(s, &oldest->key);
	if (oldest->derived)
		return remove_derived(s, *place, oldest);
	return remove_arrived(s, place);
}

struct entry *shard_evict(struct shard *s, const struct entry *spared)
{
	pthread_mutex_lock(&s->mu);
	struct entry *e = evict_locked(s, spared);
	pthread_mutex_unlock(&s->mu);
	return e;
}

static void sweep_slot(struct shard *s, size_t slot, int64_t now_ms, struct list *expired)
{
	struct entry **place = &s->slots[slot];
	while (*place) {
		if (!is_expired(*place, now_ms)) {
			place = &(*place)->chain;
			continue;
		}
		struct entry *e = remove_arrived(s, place);
		list_append(expired, &e->lru);
	}
}

size_t shard_sweep(struct shard *s, size_t most, int64_t now_ms, struct list *expired,
		   bool *ret_ended)
{
	pthread_mutex_lock(&s->mu);
	size_t left = s->slot_count - s->hand;
	size_t looks = left < most ? left : most;
	for (size_t i = 0; i < looks; i++)
		sweep_slot(s, s->hand + i, now_ms, expired);
	/* Slots that are added meanwhile are after the hand, so none is missed. */
	s->hand = looks == left ? 0 : s->hand + looks;
	*ret_ended = looks == left;
	pthread_mutex_unlock(&s->mu);
	return looks;
}

/* ## For tests */

/* Whether e comes before `than` in the LRU list. */
static bool is_newer(const struct shard *s, const struct entry *e, const struct entry *than)
{
	list_each (node, &s->lru) {
		if (node == &e->lru || node == &than->lru)
			return node == &e->lru;
	}
	return false;
}

static size_t check_forms(struct shard *s, struct entry *origin)
{
	size_t n = 0;
	for (struct entry *e = origin->forms; e; e = e->chain, n++) {
		ensure(e->derived && e->forms == NULL);
		ensure(cache_key_equal(&e->key, &origin->key));
		ensure(in_form(origin, e->form) == e);
		ensure(e->expires_ms == origin->expires_ms);
		ensure(is_newer(s, origin, e));
	}
	return n;
}

static size_t check_chain(struct shard *s, size_t slot, size_t *derived)
{
	size_t n = 0;
	for (struct entry *e = s->slots[slot]; e; e = e->chain, n++) {
		ensure(!e->derived);
		ensure(slot_of(s, &e->key) == slot);
		ensure(*place_of(s, &e->key) == e);
		*derived += check_forms(s, e);
	}
	return n;
}

size_t shard_check(struct shard *s)
{
	pthread_mutex_lock(&s->mu);
	ensure((s->slot_room & (s->slot_room - 1)) == 0);
	ensure(s->slot_count <= s->slot_room && s->slot_count >= s->slot_room / 2);
	ensure(s->hand < s->slot_count);
	size_t chained = 0, derived = 0, listed = 0, charged = 0;
	for (size_t i = 0; i < s->slot_count; i++)
		chained += check_chain(s, i, &derived);
	list_each (node, &s->lru) {
		charged += container_of(node, struct entry, lru)->charged_bytes;
		listed++;
	}
	ensure(chained == s->entries && derived == s->derived);
	ensure(listed == s->entries + s->derived);
	pthread_mutex_unlock(&s->mu);
	return charged;
}
