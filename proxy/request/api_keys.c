#include "proxy/request/api_keys.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>

/* The bucket is counted in ns: in ms, the interval of a high rate would be rounded too much. */
static const int64_t minute_ns = 60LL * 1000 * 1000 * 1000;

enum { HASH = 32, MS_NS = 1000 * 1000 };

/* When to try again if too many requests are running: one of them may end at any moment. */
enum { BUSY_RETRY_MS = 1000 };

struct api_key {
	char *tenant;
	char *space; /* NULL: cache.namespace */
	unsigned concurrency;
	int64_t interval_ns;  /* between requests on average; 0: no limit */
	atomic_uint running;  /* number of running requests */
	atomic_llong full_ns; /* when the bucket will be full again */
};

struct api_keys {
	size_t count;
	uint8_t *hashes; /* HASH bytes for each of keys */
	struct api_key *keys;
};

static void read_key(struct api_key *key, const struct config_key *from)
{
	key->tenant = memory_text(from->tenant);
	key->space = from->namespace ? memory_text(from->namespace) : NULL;
	key->concurrency = (unsigned)from->concurrency;
	key->interval_ns = from->rate ? minute_ns / from->rate : 0;
	atomic_init(&key->running, 0);
	atomic_init(&key->full_ns, 0);
}

struct api_keys *api_keys_create(const struct config_keys *keys)
{
	if (keys->count == 0)
		return NULL;
	struct api_keys *k = memory_new(struct api_keys);
	scoped(hasher_destroy) struct hasher *hasher = hasher_create();
	k->count = keys->count;
	k->hashes = memory_zeroed(k->count * HASH);
	k->keys = memory_zeroed(k->count * sizeof *k->keys);
	for (size_t i = 0; i < k->count; i++) {
		read_key(&k->keys[i], &keys->items[i]);
		hasher_conceal(hasher, slice_of(keys->items[i].key), k->hashes + i * HASH);
	}
	return k;
}

void api_keys_destroy(struct api_keys **k)
{
	struct api_keys *gone = take(k);
	if (!gone)
		return;
	for (size_t i = 0; i < gone->count; i++) {
		ensure(atomic_load(&gone->keys[i].running) == 0);
		free(gone->keys[i].tenant);
		free(gone->keys[i].space);
	}
	free(gone->keys);
	free(gone->hashes);
	free(gone);
}

/* ## Lookup */

/* The key in this field. Empty if Authorization has another scheme than Bearer. */
static struct slice key_of_field(const struct field *f)
{
	if (!slice_is_nocase(f->name, "Authorization"))
		return f->value;
	struct slice key = f->value;
	struct slice scheme = slice_cut(&key, ' ');
	return slice_is_nocase(scheme, "Bearer") && key.at ? slice_trim(key) : slice_of("");
}

struct slice api_keys_presented(const struct fields *fields)
{
	struct slice key = {NULL, 0};
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->at[i];
		if (!field_is_api_key(f->name))
			continue;
		struct slice one = key_of_field(f);
		if (key.at && !slice_equal(one, key))
			return slice_of("");
		key = one;
	}
	return key;
}

struct api_key *api_keys_find(struct api_keys *k, struct hasher *hasher,
			      const struct fields *fields)
{
	uint8_t hash[HASH];
	hasher_conceal(hasher, api_keys_presented(fields), hash);
	size_t number = concealed_find(k->hashes, k->count, hash);
	return number ? &k->keys[number - 1] : NULL;
}

struct slice api_key_tenant(const struct api_key *key)
{
	return slice_of(key->tenant);
}

const char *api_key_space(const struct api_key *key, const char *otherwise)
{
	return key && key->space ? key->space : otherwise;
}

/* ## Limits */

static bool start_running(struct api_key *key)
{
	unsigned running = atomic_load(&key->running);
	do {
		if (key->concurrency && running >= key->concurrency)
			return false;
	} while (!atomic_compare_exchange_weak(&key->running, &running, running + 1));
	return true;
}

/* Takes a token. Each request postpones the time at which the bucket is full by one interval; that
 * time is never more than a minute away. */
static bool take_token(struct api_key *key, int64_t now_ms, int64_t *ret_retry_ms)
{
	int64_t now_ns = now_ms * MS_NS, over_ns;
	long long full_ns = atomic_load(&key->full_ns), then_ns;
	do {
		then_ns = (full_ns > now_ns ? full_ns : now_ns) + key->interval_ns;
		over_ns = then_ns - now_ns - minute_ns;
		if (over_ns > 0) {
			*ret_retry_ms = (over_ns + MS_NS - 1) / MS_NS;
			return false;
		}
	} while (!atomic_compare_exchange_weak(&key->full_ns, &full_ns, then_ns));
	return true;
}

enum failure api_key_enter(struct api_key *key, int64_t now_ms, int64_t *ret_retry_ms)
{
	if (!start_running(key)) {
		*ret_retry_ms = BUSY_RETRY_MS;
		return FAILURE_KEY_CONCURRENCY;
	}
	if (key->interval_ns && !take_token(key, now_ms, ret_retry_ms)) {
		api_key_leave(key);
		return FAILURE_KEY_RATE;
	}
	return FAILURE_NONE;
}

void api_key_leave(struct api_key *key)
{
	if (!key)
		return;
	unsigned before = atomic_fetch_sub(&key->running, 1);
	ensure(before > 0);
}
