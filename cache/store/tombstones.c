/* Readers take no lock: the slots of a set are filled one after the other, and are emptied all
 * together only after gone_before_ms has been set to cover their ids. */
#include "cache/store/tombstones.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "base/own.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

enum { SETS = 1 << 12, SLOTS = 16 };

struct set {
	_Atomic(uint64_t) ids[SLOTS];	 /* 0: free, as are all after it */
	_Atomic(int64_t) gone_before_ms; /* answers requested before count as deleted */
};

struct tombstones {
	_Atomic(struct set *) sets; /* NULL until the first id */
	uint64_t secret;    /* odd; maps ids to sets, so that a client cannot aim at one set */
	pthread_mutex_t mu; /* held while an id is added */
};

struct tombstones *tombstones_create(void)
{
	struct tombstones *t = memory_new(struct tombstones);
	ensure(pthread_mutex_init(&t->mu, NULL) == 0);
	ensure(getrandom(&t->secret, sizeof t->secret, 0) == sizeof t->secret);
	t->secret |= 1;
	return t;
}

void tombstones_destroy(struct tombstones **tombstones)
{
	struct tombstones *t = take(tombstones);
	if (!t)
		return;
	pthread_mutex_destroy(&t->mu);
	free(t->sets);
	free(t);
}

/* FNV-1a. A deliberate collision of two ids causes no more than a miss. */
uint64_t tombstone_of(struct slice id)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < id.len; i++)
		hash = (hash ^ (unsigned char)id.at[i]) * 0x100000001b3u;
	return hash ? hash : 1;
}

static struct set *set_of(const struct tombstones *t, struct set *sets, uint64_t id)
{
	return &sets[(id * t->secret >> 32) % SETS];
}

/* The index of the id, or else of the first free slot; SLOTS: neither. */
static size_t find(struct set *set, uint64_t id)
{
	size_t at = 0;
	uint64_t there;
	while (at < SLOTS && (there = set->ids[at]) && there != id)
		at++;
	return at;
}

static void empty_locked(struct set *set, int64_t now_ms)
{
	set->gone_before_ms = now_ms + 1;
	for (size_t i = 0; i < SLOTS; i++)
		set->ids[i] = 0;
}

static void add_locked(struct tombstones *t, uint64_t id, int64_t now_ms)
{
	struct set *sets = t->sets;
	if (!sets)
		sets = memory_zeroed(SETS * sizeof(*sets));
	struct set *set = set_of(t, sets, id);
	if (find(set, id) == SLOTS)
		empty_locked(set, now_ms);
	set->ids[find(set, id)] = id;
	t->sets = sets;
}

void tombstones_add(struct tombstones *t, uint64_t id, int64_t now_ms)
{
	ensure(id != 0);
	pthread_mutex_lock(&t->mu);
	add_locked(t, id, now_ms);
	pthread_mutex_unlock(&t->mu);
}

/* Reads the slots before gone_before_ms: a reader that finds them emptied sees the time that
 * replaced them. */
bool tombstones_have(struct tombstones *t, uint64_t id, int64_t begun_ms)
{
	struct set *sets = t->sets;
	if (id == 0 || !sets)
		return false;
	struct set *set = set_of(t, sets, id);
	size_t at = find(set, id);
	return (at < SLOTS && set->ids[at] == id) || begun_ms < set->gone_before_ms;
}
