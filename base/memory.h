/* Small allocations of fixed size: they abort when there is no memory, so no caller has a path for
 * that. What is sized by somebody outside goes through `struct buf`, which has a bound and can
 * fail. Any thread. */
#pragma once

#include <stddef.h>

/* Zeroed bytes, to be given to free(). Never NULL. */
void *memory_zeroed(size_t size) __attribute__((malloc, returns_nonnull));

/* A copy of a C string, to be given to free(). Never NULL. */
char *memory_text(const char *text) __attribute__((malloc, returns_nonnull));

/* A copy of `len` bytes with a NUL behind them, to be given to free(). Never NULL. */
char *memory_copy(const void *at, size_t len) __attribute__((malloc, returns_nonnull));

/* From here on this process writes no core file, and others of its user can neither trace it nor
 * read its memory or environment (PR_SET_DUMPABLE of prctl(2), proc(5)). */
void memory_hide(void);

/* Large allocations come from the kernel and go back to it when they are freed, whatever came
 * before (mallopt(3)); so what is resident follows what is used, and a large buffer grows without
 * being copied (mremap(2)). To be called before there are threads. */
void memory_return_large(void);

/* Overwrites a C string that nobody else may read, and frees it. NULL is fine. */
void memory_forget(char *text);

/* A zeroed object of the type. */
#define memory_new(type) ((type *)memory_zeroed(sizeof(type)))

/* How much of the heap an allocation occupies: what was asked for, the allocator's rounding and its
 * header. NULL occupies nothing. */
size_t memory_occupied(const void *at);
