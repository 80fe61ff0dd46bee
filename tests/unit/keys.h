/* Cache keys for tests: key_numbered(n) differs for each n, in fingerprint and identity. */
#pragma once

#include "cache/key/fingerprint.h"

/* Mixes the bits as in a fingerprint, since hash tables use the low ones. */
static inline uint64_t mixed(uint64_t n)
{
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
	return n ^ (n >> 31);
}

static inline struct cache_key key_numbered(uint64_t n)
{
	struct cache_key key = {{mixed(n + 1), mixed(~n)}, {0}};
	memcpy(key.identity, &n, sizeof n);
	return key;
}
