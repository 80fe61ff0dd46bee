/* Ownership in two words.
 *
 * Every destructor of ours takes T **, accepts NULL behind it, and nulls it; so the same function
 * works as a call and as the end of a scope:
 *
 *         scoped(entry_unref) struct entry *e = entry_create(...);
 *         if (!store_insert(s, e, now_ms))
 *                 return false;
 *         *ret_entry = take(&e);
 */
#pragma once

#include <stddef.h>

#define scoped(destroy) __attribute__((cleanup(destroy)))

/* Moves what *p holds out of it. */
#define take(p)                                                                                    \
	({                                                                                         \
		__typeof__(*(p)) took_ = *(p);                                                     \
		*(p) = NULL;                                                                       \
		took_;                                                                             \
	})

/* The struct around a member that is embedded in it. */
#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
