/* An event log: the bytes of an answer, appended event by event.
 *
 * The events of a stream resemble each other, and the last ones often repeat the whole text. So the
 * log is compressed: a sequence of phrases (cache/store/phrase.h), each a literal and a copy of
 * earlier bytes:
 *
 *     data: {"n":1,"d":{"text":"The"}}          literal                   copy
 *                                               the first event           -
 *     data: {"n":2,"d":{"text":" mill"}}                                  data: {"n":
 *                                               2                         ,"d":{"text":"
 *                                                mill                     "}}  data: {"n":
 *     data: {"n":3,"d":{"text":"s"}}            3                         ,"d":{"text":"
 *                                               s                         "}}
 *
 * Boundaries between events are not recorded. The first event is one literal, so that a plain
 * answer, which is a single event, can be read in place.
 *
 * Threads: one at a time until it is sealed, then any. */
#pragma once

#include "base/own.h"
#include "base/slice.h"

struct event_log;

/* Creates a log of at most limit_bytes coded, for events of at most limit_bytes each. */
struct event_log *event_log_create(size_t limit_bytes);
void event_log_destroy(struct event_log **log);

/* Appends an event, whose bytes are copied. False, and leaves the log as it was, if the limit is
 * reached or memory cannot be allocated. */
MUST_CHECK bool event_log_append(struct event_log *log, struct slice event);

/* Frees spare memory and the state needed for appending. The log is immutable from here on. */
void event_log_seal(struct event_log *log);

size_t event_log_decoded_bytes(const struct event_log *log); /* length of the answer */
size_t event_log_longest_event(const struct event_log *log); /* its length, decoded */
size_t event_log_memory_bytes(const struct event_log *log);  /* memory it occupies */

/* The whole answer in place, if the log has at most one event; valid as long as the log. False
 * otherwise. */
bool event_log_whole(const struct event_log *log, struct slice *ret_whole);

/* Decodes the whole answer to `at`, which has room for event_log_decoded_bytes. Cannot fail. */
void event_log_decode(const struct event_log *log, char *at);

/* ## Reading in pieces, for answers too large to decode at once */

struct event_cursor;

/* An upper bound on the memory of a cursor, for an answer of any length. */
enum { EVENT_CURSOR_BYTES = 33 << 10 };

/* NULL if out of memory. The log must be sealed and outlive the cursor. */
struct event_cursor *event_cursor_create(const struct event_log *log);
void event_cursor_destroy(struct event_cursor **cursor);

/* Decodes the next bytes, at most `room`, to `at`. Returns their number; 0 at the end. */
size_t event_cursor_read(struct event_cursor *cursor, char *at, size_t room);
