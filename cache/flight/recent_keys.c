#include "cache/flight/recent_keys.h"

#include "base/memory.h"

#include <stdlib.h>

enum { SLOTS = 1024 };

struct recent_keys {
	struct {
		struct cache_key key;
		int64_t until_ms;
	} slots[SLOTS];
};

struct recent_keys *recent_keys_create(void)
{
	return memory_new(struct recent_keys);
}

void recent_keys_destroy(struct recent_keys **keys)
{
	free(take(keys));
}

void recent_keys_add(struct recent_keys *keys, const struct cache_key *key, int64_t until_ms)
{
	size_t slot = key->fingerprint[0] % SLOTS;
	keys->slots[slot].key = *key;
	keys->slots[slot].until_ms = until_ms;
}

bool recent_keys_has(const struct recent_keys *keys, const struct cache_key *key, int64_t now_ms)
{
	size_t slot = key->fingerprint[0] % SLOTS;
	return keys->slots[slot].until_ms > now_ms && cache_key_equal(&keys->slots[slot].key, key);
}
