/* Cache keys: a fingerprint that finds an entry, and an identity that proves it is the right one.
 *
 * The fingerprint is XXH3-128, with a secret of the process, of key scope and canonical form. It
 * does not prove anything: whoever knows the secret can make requests with equal fingerprints. The
 * identity is SHA-256 of the same bytes and is compared on every lookup. */
#pragma once

#include "base/own.h"
#include "base/slice.h"

#include <stdint.h>

struct cache_key {
	uint64_t fingerprint[2];
	uint8_t identity[32];
};

/* Computes cache keys and other hashes. Threads: one at a time; each worker has its own. All
 * hashers of a process compute the same hashes of the same bytes. */
struct hasher;

struct hasher *hasher_create(void);
void hasher_destroy(struct hasher **h);

/* Computes the cache key of a request. The length of the key scope is hashed too, so that a byte
 * cannot pass from the scope to the canonical form or back. */
void hasher_key(struct hasher *h, struct slice scope, struct slice canonical,
		struct cache_key *ret_key);

/* A digest of bytes: XXH3-128 with the secret of the process. It tells whether two requests with
 * the same cache key are identical byte for byte, and serves no other purpose. */
struct digest {
	uint64_t at[2];
};
/* Computes the digest of the concatenated parts. */
void hasher_digest(struct hasher *h, const struct slice *parts, size_t count,
		   struct digest *ret_digest);
bool digest_equal(const struct digest *a, const struct digest *b);

/* Computes a keyed hash (SHA-256 of a secret of the process and `what`) of something that must not
 * be kept in memory itself, such as a credential. */
void hasher_conceal(struct hasher *h, struct slice what, uint8_t ret_hash[32]);

/* Finds `wanted` among `count` hashes from hasher_conceal, which are contiguous and distinct.
 * Returns its index plus 1, or 0 if it is not there. Takes time that depends only on their number.
 * Threads: any. */
size_t concealed_find(const uint8_t *hashes, size_t count, const uint8_t wanted[32]);

/* Whether two cache keys are the same: identity and fingerprint. Threads: any. */
bool cache_key_equal(const struct cache_key *a, const struct cache_key *b);
