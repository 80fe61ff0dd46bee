/* Names: what finds an entry and what proves that it is the right one.
 *
 * The fingerprint is XXH3-128 with a secret of the process, over scope and canonical form. It only
 * finds: equal fingerprints of different requests can be made on purpose by who knows the secret.
 * The identity is SHA-256 of the same bytes and is compared on every hit. */
#pragma once

#include "base/own.h"
#include "base/slice.h"

#include <stdint.h>

struct name {
	uint64_t fingerprint[2];
	uint8_t identity[32];
};

/* Makes names. Threads: one at a time; every worker has its own, and all of one process find the
 * same fingerprint for the same bytes. */
struct namer;

struct namer *namer_create(void);
void namer_destroy(struct namer **n);

/* The name of a request. The scope's length is part of it, so that no byte can move from one to the
 * other. */
void namer_name(struct namer *n, struct slice scope, struct slice canonical, struct name *ret_name);

/* A digest of bytes: XXH3-128 with the secret of the process. It tells whether two requests of one
 * name are the same byte for byte; nothing is found or proven by it. */
struct digest {
	uint64_t at[2];
};
void namer_digest(struct namer *n, const struct slice *parts, size_t count,
		  struct digest *ret_digest);
bool digest_equal(const struct digest *a, const struct digest *b);

/* A keyed hash (SHA-256 with a secret of the process in front) of something that must not be kept
 * itself, a credential above all. */
void namer_conceal(struct namer *n, struct slice what, uint8_t ret_hash[32]);

/* Which of the hashes of namer_conceal this is: its number from 1, or 0. They lie one behind the
 * other and no two are equal. The time it takes depends on their count and on nothing else. Any
 * thread. */
size_t concealed_find(const uint8_t *hashes, size_t count, const uint8_t wanted[32]);

/* Whether two names are the same: identity and fingerprint. Any thread. */
bool name_equal(const struct name *a, const struct name *b);
