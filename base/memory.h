/* Small allocations of fixed size. They abort when there is no memory, so callers do not check.
 * Memory whose size a client or an upstream determines goes through `struct buf`, which has a limit
 * and can fail. Threads: any, unless noted. */
#pragma once

#include <stddef.h>

/* Allocates zeroed bytes; the caller frees them with free(). Never NULL. */
void *memory_zeroed(size_t size) __attribute__((malloc, returns_nonnull));

/* Copies a C string; the caller frees the copy with free(). Never NULL. */
char *memory_text(const char *text) __attribute__((malloc, returns_nonnull));

/* Copies `len` bytes and appends a NUL; the caller frees the copy with free(). Never NULL. */
char *memory_copy(const void *at, size_t len) __attribute__((malloc, returns_nonnull));

/* Makes the process write no core file, and prevents other processes of its user from tracing it
 * or reading its memory and environment (PR_SET_DUMPABLE of prctl(2), proc(5)). */
void memory_hide(void);

/* Makes malloc take large allocations from the kernel and return them when they are freed, whatever
 * was freed before (mallopt(3)). Resident memory then follows the memory in use, and a large buffer
 * grows without being copied (mremap(2)). To be called before other threads start. */
void memory_return_large(void);

/* Overwrites a C string that holds a secret, and frees it. NULL is allowed. */
void memory_forget(char *text);

/* Allocates a zeroed object of the type. */
#define memory_new(type) ((type *)memory_zeroed(sizeof(type)))

/* The bytes of heap that an allocation occupies, with the allocator's rounding and header. 0 for
 * NULL. */
size_t memory_occupied(const void *at);
