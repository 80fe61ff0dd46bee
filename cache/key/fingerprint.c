#include "cache/key/fingerprint.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <assert.h>
#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

enum { SECRET_BYTES = 192, CONCEAL_BYTES = 32 };

static_assert(SECRET_BYTES >= XXH3_SECRET_SIZE_MIN, "XXH3 refuses a shorter secret");

/* Shared by all hashers of the process; constant once initialized. The digest is fetched once,
 * because fetching takes locks in OpenSSL, and is never freed. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint8_t secret[SECRET_BYTES];
static uint8_t conceal_secret[CONCEAL_BYTES];
static EVP_MD *sha256;

struct hasher {
	XXH3_state_t *xxh3;
	EVP_MD_CTX *sha256_context;
};

static void fill_random(uint8_t *at, size_t len)
{
	/* Up to 256 bytes are returned completely and without interruption (getrandom(2)). */
	ensure(len <= 256);
	ensure(getrandom(at, len, 0) == (ssize_t)len);
}

static void prepare(void)
{
	fill_random(secret, sizeof(secret));
	fill_random(conceal_secret, sizeof(conceal_secret));
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	ensure(sha256 != NULL);
}

struct hasher *hasher_create(void)
{
	pthread_once(&once, prepare);
	struct hasher *h = memory_new(struct hasher);
	h->xxh3 = XXH3_createState();
	h->sha256_context = EVP_MD_CTX_new();
	ensure(h->xxh3 != NULL && h->sha256_context != NULL);
	ensure(EVP_DigestInit_ex2(h->sha256_context, sha256, NULL));
	return h;
}

void hasher_destroy(struct hasher **h)
{
	if (!*h)
		return;
	XXH3_freeState((*h)->xxh3);
	EVP_MD_CTX_free((*h)->sha256_context);
	free(*h);
	*h = NULL;
}

/* SHA-256 of the concatenated parts. The context has its digest from hasher_create, so it is reset
 * without fetching it again. These calls can fail only for lack of memory. */
static void hash_sha256(struct hasher *h, const struct slice *parts, size_t count,
			uint8_t *ret_hash)
{
	ensure(EVP_DigestInit_ex2(h->sha256_context, NULL, NULL));
	for (size_t i = 0; i < count; i++)
		ensure(EVP_DigestUpdate(h->sha256_context, parts[i].at, parts[i].len));
	ensure(EVP_DigestFinal_ex(h->sha256_context, ret_hash, NULL));
}

static void hash_xxh3(struct hasher *h, const struct slice *parts, size_t count,
		      uint64_t *ret_fingerprint)
{
	XXH3_128bits_reset_withSecret(h->xxh3, secret, sizeof(secret));
	for (size_t i = 0; i < count; i++)
		if (parts[i].len)
			XXH3_128bits_update(h->xxh3, parts[i].at, parts[i].len);
	XXH128_hash_t hash = XXH3_128bits_digest(h->xxh3);
	ret_fingerprint[0] = hash.low64;
	ret_fingerprint[1] = hash.high64;
}

void hasher_key(struct hasher *h, struct slice scope, struct slice canonical,
		struct cache_key *ret_key)
{
	uint64_t length = htole64(scope.len);
	const struct slice parts[] = {slice_make(&length, sizeof(length)), scope, canonical};
	hash_xxh3(h, parts, 3, ret_key->fingerprint);
	hash_sha256(h, parts, 3, ret_key->identity);
}

void hasher_digest(struct hasher *h, const struct slice *parts, size_t count,
		   struct digest *ret_digest)
{
	hash_xxh3(h, parts, count, ret_digest->at);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->at[0] == b->at[0] && a->at[1] == b->at[1];
}

void hasher_conceal(struct hasher *h, struct slice what, uint8_t ret_hash[32])
{
	const struct slice parts[] = {slice_make(conceal_secret, sizeof(conceal_secret)), what};
	hash_sha256(h, parts, 2, ret_hash);
}

size_t concealed_find(const uint8_t *hashes, size_t count, const uint8_t wanted[32])
{
	size_t found = 0;
	for (size_t i = 0; i < count; i++)
		found |= (i + 1) & -(size_t)(CRYPTO_memcmp(hashes + 32 * i, wanted, 32) == 0);
	return found;
}

bool cache_key_equal(const struct cache_key *a, const struct cache_key *b)
{
	return memcmp(a->identity, b->identity, sizeof(a->identity)) == 0 &&
	       a->fingerprint[0] == b->fingerprint[0] && a->fingerprint[1] == b->fingerprint[1];
}
