/* A hash table with linear probing, at most half full. Readers take no lock: slots are set once and
 * cleared all together, after all_until_ms says what replaces them. */
#include "cache/store/tombstones.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "base/own.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

enum { SLOTS = 1 << 16, MOST = SLOTS / 2 };

struct slot {
	_Atomic(uint64_t) id; /* 0: free */
};

struct tombstones {
	_Atomic(struct slot *) slots;  /* NULL until the first id */
	_Atomic(int64_t) all_until_ms; /* whatever was asked for until then is gone */
	uint64_t secret; /* odd; spreads ids over the slots, so that nobody can choose neighbours */
	pthread_mutex_t mu; /* held while an id is added */
	size_t count;	    /* guarded by mu */
};

struct tombstones *tombstones_create(void)
{
	struct tombstones *t = memory_new(struct tombstones);
	ensure(pthread_mutex_init(&t->mu, NULL) == 0);
	t->all_until_ms = INT64_MIN;
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
	free(t->slots);
	free(t);
}

/* FNV-1a. Whoever makes two ids collide on purpose gains a miss. */
uint64_t tombstone_of(struct slice id)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < id.len; i++)
		hash = (hash ^ (unsigned char)id.at[i]) * 0x100000001b3u;
	return hash ? hash : 1;
}

/* The slot of the id, or the free one where it belongs. */
static struct slot *find(const struct tombstones *t, struct slot *slots, uint64_t id)
{
	size_t at = (id * t->secret >> 32) % SLOTS;
	uint64_t there;
	while ((there = slots[at].id) && there != id)
		at = (at + 1) % SLOTS;
	return &slots[at];
}

static void empty_locked(struct tombstones *t, struct slot *slots, int64_t now_ms)
{
	t->all_until_ms = now_ms;
	t->count = 0;
	for (size_t i = 0; i < SLOTS; i++)
		slots[i].id = 0;
}

static void add_locked(struct tombstones *t, uint64_t id, int64_t now_ms)
{
	struct slot *slots = t->slots;
	if (!slots)
		slots = memory_zeroed(SLOTS * sizeof(*slots));
	if (find(t, slots, id)->id == 0) {
		if (t->count == MOST)
			empty_locked(t, slots, now_ms);
		t->count++;
		find(t, slots, id)->id = id;
	}
	t->slots = slots;
}

void tombstones_add(struct tombstones *t, uint64_t id, int64_t now_ms)
{
	ensure(id != 0);
	pthread_mutex_lock(&t->mu);
	add_locked(t, id, now_ms);
	pthread_mutex_unlock(&t->mu);
}

/* The slot is looked at before all_until_ms: who finds it emptied sees what took its place. */
bool tombstones_have(struct tombstones *t, uint64_t id, int64_t begun_ms)
{
	struct slot *slots = t->slots;
	if (id == 0 || !slots)
		return false;
	return find(t, slots, id)->id != 0 || begun_ms <= t->all_until_ms;
}
