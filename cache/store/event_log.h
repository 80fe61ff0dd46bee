/* An event log: the bytes of an answer, appended event by event.
 *
 * The events of a stream resemble each other, and the last ones often say all of it again. So the
 * log is a row of phrases (cache/store/phrase.h), each a literal and a copy of what stands before
 * it:
 *
 *     data: {"n":1,"d":{"text":"The"}}          literal                   copy
 *                                               the first event           -
 *     data: {"n":2,"d":{"text":" mill"}}                                  data: {"n":
 *                                               2                         ,"d":{"text":"
 *                                                mill                     "}}  data: {"n":
 *     data: {"n":3,"d":{"text":"s"}}            3                         ,"d":{"text":"
 *                                               s                         "}}
 *
 * Where one event ends and the next begins is not kept. The first one is a literal, so that a plain
 * answer, which is all of one event, can be read in place. Lossless, decoded by copying.
 *
 * Threads: one at a time while it is written; any once it is sealed. */
#pragma once

#include "base/own.h"
#include "base/buf.h"

struct event_log;

/* A log that holds at most limit_bytes coded and events of at most limit_bytes decoded. */
struct event_log *event_log_create(size_t limit_bytes);
void event_log_destroy(struct event_log **log);

/* Appends an event (its bytes are copied). False when the bound is reached or memory is not to be
 * had; the log is as it was. */
MUST_CHECK bool event_log_append(struct event_log *log, struct slice event);

/* Gives back spare memory and all that only writing needs; the log is immutable from here. */
void event_log_seal(struct event_log *log);

size_t event_log_decoded_bytes(const struct event_log *log); /* the answer's length */
size_t event_log_memory_bytes(const struct event_log *log);  /* all it occupies */

/* The whole answer in place, when the log has one event or none. False otherwise. Valid as long as
 * the log. */
bool event_log_whole(const struct event_log *log, struct slice *ret_whole);

/* The whole answer, decoded to `at`, which has room for event_log_decoded_bytes. Only for logs that
 * passed event_log_append, so it cannot fail. */
void event_log_decode(const struct event_log *log, char *at);

/* ## Reading piece by piece, for answers too large to decode at once */

struct event_cursor;

/* What a cursor occupies, whatever the answer's length. */
enum { EVENT_CURSOR_BYTES = 33 << 10 };

/* NULL when memory is not to be had. The log is sealed and must outlive the cursor. */
struct event_cursor *event_cursor_create(const struct event_log *log);
void event_cursor_destroy(struct event_cursor **cursor);

/* The next bytes, at most room; 0 at the end. */
size_t event_cursor_read(struct event_cursor *cursor, char *at, size_t room);
