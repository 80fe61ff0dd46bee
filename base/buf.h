/* A buffer of bytes that grows up to a bound.
 *
 * Invariants: len <= cap <= limit; at is NULL only while cap is 0. The bytes are not terminated.
 * Growth doubles, so appending is cheap on average; nothing ever grows past `limit`. In a thread
 * with a bill (budget.h) the memory is charged to that.
 *
 * Threads: one at a time. Fails: functions that add return false when the bound is reached or
 * memory is not to be had, and then leave the buffer as it was. */
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

/* Frees the bytes; what remains is empty and may be used again. NULL is fine. */
void buf_finish(struct buf *b);

/* ## Contents */

MUST_CHECK bool buf_append(struct buf *b, const void *at, size_t len);
MUST_CHECK bool buf_append_slice(struct buf *b, struct slice s);
MUST_CHECK bool buf_append_text(struct buf *b, const char *text);
MUST_CHECK bool buf_append_byte(struct buf *b, char byte);
MUST_CHECK bool buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Room for `more` bytes behind the last one, in one allocation at most. */
MUST_CHECK bool buf_reserve(struct buf *b, size_t more);

/* Forgets the contents, keeps the memory. */
static inline void buf_clear(struct buf *b)
{
	b->len = 0;
}

/* Forgets the contents, and gives the memory back if it is more than `keep` bytes. */
void buf_recycle(struct buf *b, size_t keep);

/* Drops the first n bytes (n <= len) by moving the rest to the front. */
void buf_drop_front(struct buf *b, size_t n);

/* Moves the bytes out; the caller frees them. NULL if nothing was ever added. The buffer is empty
 * then. */
char *buf_take(struct buf *b);

/* What is in it, valid until the buffer changes. */
static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){b->at, b->len};
}
