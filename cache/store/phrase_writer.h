/* A writer of phrases: compresses events by finding earlier occurrences of their bytes.
 *
 *     recent   [ window: the last bytes of the answer | event ]
 *                  ^                ^        ^    ^
 *     table     hash of a few bytes: the newest positions where they occur
 *
 * At each position of the event it takes the longest copy that the table has and continues after
 * it; bytes that no copy covers become literals. A copy that reaches the end of an event is
 * continued in the next event, so that an event that differs from the one before in one position
 * takes one phrase.
 *
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "base/own.h"

struct phrase_writer;

/* Creates a writer for the events that follow `before`, the answer so far, which it copies. Events
 * are at most limit_bytes long. NULL if out of memory. */
struct phrase_writer *phrase_writer_create(struct slice before, size_t limit_bytes);
void phrase_writer_destroy(struct phrase_writer **writer);

/* Appends an event to `coded`, which contains the phrases of the answer so far; the last of them
 * may change. False, and changes nothing, if `coded` is full or memory cannot be allocated. */
MUST_CHECK bool phrase_writer_append(struct phrase_writer *w, struct slice event,
				     struct buf *coded);

/* The memory the writer occupies; 0 for NULL. */
size_t phrase_writer_memory_bytes(const struct phrase_writer *w);
