#include "cache/flight/flight_table.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>

/* Fixed: there are fewer flights than connections, and with thousands of them the chains are still
 * short. */
enum { SLOTS = 1024 };

struct flight_table {
	pthread_mutex_t mu;
	/* guarded by mu */
	size_t count;
	struct list slots[SLOTS]; /* struct flight.table_link */
};

struct flight_table *flight_table_create(void)
{
	struct flight_table *t = memory_new(struct flight_table);
	pthread_mutex_init(&t->mu, NULL);
	for (size_t i = 0; i < SLOTS; i++)
		list_init(&t->slots[i]);
	return t;
}

void flight_table_destroy(struct flight_table **table)
{
	struct flight_table *t = take(table);
	if (!t)
		return;
	ensure(t->count == 0);
	pthread_mutex_destroy(&t->mu);
	free(t);
}

void flight_table_lock(struct flight_table *t)
{
	pthread_mutex_lock(&t->mu);
}

void flight_table_unlock(struct flight_table *t)
{
	pthread_mutex_unlock(&t->mu);
}

static struct list *slot_of(struct flight_table *t, const struct cache_key *key)
{
	return &t->slots[key->fingerprint[0] % SLOTS];
}

struct flight *flight_table_find(struct flight_table *t, const struct cache_key *key,
				 uint32_t branch, enum wire_form form)
{
	list_each (node, slot_of(t, key)) {
		struct flight *f = container_of(node, struct flight, table_link);
		if (f->branch == branch && f->form == form && cache_key_equal(&f->key, key))
			return f;
	}
	return NULL;
}

struct flight *flight_table_find_any(struct flight_table *t, const struct cache_key *key,
				     uint32_t branch)
{
	list_each (node, slot_of(t, key)) {
		struct flight *f = container_of(node, struct flight, table_link);
		if (f->branch == branch && cache_key_equal(&f->key, key))
			return f;
	}
	return NULL;
}

void flight_table_add(struct flight_table *t, struct flight *f)
{
	ensure(f->keyed && !flight_table_has(t, f));
	ensure(!flight_table_find(t, &f->key, f->branch, f->form));
	list_append(slot_of(t, &f->key), &flight_ref(f)->table_link);
	t->count++;
}

void flight_table_remove(struct flight_table *t, struct flight *f)
{
	if (!flight_table_has(t, f))
		return;
	list_remove(&f->table_link);
	t->count--;
	flight_unref(&f);
}

bool flight_table_has(const struct flight_table *t, const struct flight *f)
{
	return !list_empty(&f->table_link);
}

size_t flight_table_count(const struct flight_table *t)
{
	return t->count;
}

size_t flight_table_check(struct flight_table *t)
{
	size_t count = 0, charged = 0;
	for (size_t i = 0; i < SLOTS; i++) {
		list_each (node, &t->slots[i]) {
			struct flight *f = container_of(node, struct flight, table_link);
			flight_check(f);
			ensure(flight_joinable(f));
			ensure(f->state == FLIGHT_OPEN || f->state == FLIGHT_HEAD);
			ensure(flight_table_find(t, &f->key, f->branch, f->form) == f);
			charged += f->log.charged;
			count++;
		}
	}
	ensure(count == t->count);
	return charged;
}
