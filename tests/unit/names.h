/* Names for tests of what is found by them: name_numbered(n) differs from that of any other n in
 * fingerprint and identity. */
#pragma once

#include "cache/key/fingerprint.h"

/* Spreads the bits as a fingerprint's are spread: tables use the low ones. */
static inline uint64_t mixed(uint64_t n)
{
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
	return n ^ (n >> 31);
}

static inline struct name name_numbered(uint64_t n)
{
	struct name name = {{mixed(n + 1), mixed(~n)}, {0}};
	memcpy(name.identity, &n, sizeof n);
	return name;
}
