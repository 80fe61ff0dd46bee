/* Ownership: `scoped` and `take`, and macros that have no better place.
 *
 * A destructor (…_destroy, …_unref) takes a T **, accepts a NULL pointer in it, and sets it to
 * NULL. So the same function can be called explicitly or at the end of a scope:
 *
 *         scoped(event_log_destroy) struct event_log *log = event_log_create(limit_bytes);
 *         if (!event_log_append(log, event))
 *                 return false;
 *         *ret_log = take(&log);
 */
#pragma once

#include <stddef.h>

#define scoped(destroy) __attribute__((cleanup(destroy)))

/* Moves the pointer out of *p, which becomes NULL. */
#define take(p)                                                                                    \
	({                                                                                         \
		__typeof__(*(p)) took_ = *(p);                                                     \
		*(p) = NULL;                                                                       \
		took_;                                                                             \
	})

/* The struct that contains the member `pointer` points to. */
#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
