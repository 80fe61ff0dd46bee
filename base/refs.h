/* A reference count of an object that threads share. */
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

/* Gives up a reference. True if it was the last one: the caller then frees the object. */
static inline bool refs_drop(struct refs *r)
{
	unsigned before = atomic_fetch_sub_explicit(&r->count, 1, memory_order_acq_rel);
	ensure(before > 0);
	return before == 1;
}
