/* A writer of phrases: finds in each event what was said before.
 *
 *     recent   [ window: the last bytes of the answer | event ]
 *                  ^                ^        ^    ^
 *     table     hash of a few bytes: the newest places where they stand
 *
 * At each place of the event it takes the longest copy that the table knows and is past it at once;
 * what no copy covers is the literal. A copy with which an event ends goes on in the next one, so
 * that of two events that differ in one place one phrase tells the second.
 *
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "base/own.h"

struct phrase_writer;

/* One that codes what follows the answer so far, for events of at most limit_bytes. NULL when
 * memory is not to be had. */
struct phrase_writer *phrase_writer_create(struct slice before, size_t limit_bytes);
void phrase_writer_destroy(struct phrase_writer **writer);

/* Codes an event behind the phrases in `coded`, which are those of the answer so far; the last of
 * them may change. False when that is full or memory is not to be had; all is as it was. */
MUST_CHECK bool phrase_writer_append(struct phrase_writer *w, struct slice event,
				     struct buf *coded);

/* All it occupies; NULL: nothing. */
size_t phrase_writer_memory_bytes(const struct phrase_writer *w);
