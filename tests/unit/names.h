/* Names for tests of what is found by them: name_numbered(n) differs from that of any other n in
 * fingerprint and identity. */
#pragma once

#include "cache/fingerprint.h"

static inline struct name name_numbered(uint64_t n)
{
	struct name name = {{n * 0x9e3779b97f4a7c15u, n * 0xd6e8feb86659fd93u}, {0}};
	memcpy(name.identity, &n, sizeof n);
	return name;
}
