/* A buffer of bytes that grows up to a limit.
 *
 * Invariants: len <= cap <= limit; `at` is NULL only while cap is 0. The bytes are not terminated
 * by NUL. The capacity doubles as the buffer grows, up to `limit`. In a thread with an open bill
 * (budget.h), the memory is charged to it.
 *
 * Threads: one at a time. Functions that add bytes return false if the limit would be exceeded or
 * memory cannot be allocated, and then leave the contents as they were. */
#pragma once

#include "base/own.h"
#include "base/slice.h"

#include <stdint.h>

struct buf {
	char *at;
	size_t len;
	size_t cap;
	size_t limit;
};

/* ## Life cycle */

/* An empty buffer that holds at most limit bytes. */
static inline struct buf buf_make(size_t limit)
{
	return (struct buf){.limit = limit};
}

/* Frees the memory. The buffer is empty then and may be used again. NULL is allowed. */
void buf_finish(struct buf *b);

/* ## Contents */

MUST_CHECK bool buf_append(struct buf *b, const void *at, size_t len);
MUST_CHECK bool buf_append_slice(struct buf *b, struct slice s);
MUST_CHECK bool buf_append_text(struct buf *b, const char *text);
MUST_CHECK bool buf_append_byte(struct buf *b, char byte);
MUST_CHECK bool buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Makes room for `more` bytes after the contents, with at most one allocation. */
MUST_CHECK bool buf_reserve(struct buf *b, size_t more);

/* Clears the contents and keeps the memory. */
static inline void buf_clear(struct buf *b)
{
	b->len = 0;
}

/* Clears the contents, and frees the memory if it is more than `keep` bytes. */
void buf_recycle(struct buf *b, size_t keep);

/* Removes the first n bytes (n <= len) by moving the rest to the front. */
void buf_drop_front(struct buf *b, size_t n);

/* Moves the memory out of the buffer, which is empty then; the caller frees it. NULL if the buffer
 * has none. */
char *buf_take(struct buf *b);

/* The contents, valid until the buffer changes. */
static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){b->at, b->len};
}
