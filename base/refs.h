/* A count of owners of something shared between threads. */
#pragma once

#include "base/ensure.h"

#include <stdatomic.h>
#include <stdbool.h>

struct refs {
	atomic_uint count;
};

static inline void refs_init(struct refs *r)
{
	atomic_init(&r->count, 1);
}

static inline void refs_add(struct refs *r)
{
	unsigned before = atomic_fetch_add_explicit(&r->count, 1, memory_order_relaxed);
	ensure(before > 0);
}

/* True for the one caller that gave up the last reference and frees the thing. */
static inline bool refs_drop(struct refs *r)
{
	unsigned before = atomic_fetch_sub_explicit(&r->count, 1, memory_order_acq_rel);
	ensure(before > 0);
	return before == 1;
}
