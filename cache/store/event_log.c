#include "cache/store/event_log.h"

#include "base/memory.h"
#include "cache/store/phrase.h"
#include "cache/store/phrase_writer.h"

#include <stdlib.h>

struct event_log {
	struct buf coded;
	size_t decoded_bytes;
	size_t longest_event;
	struct phrase_writer *writer; /* NULL: at most one event so far, or sealed */
};

struct event_log *event_log_create(size_t limit_bytes)
{
	struct event_log *log = memory_new(struct event_log);
	log->coded = buf_make(limit_bytes);
	return log;
}

void event_log_destroy(struct event_log **log)
{
	struct event_log *l = take(log);
	if (!l)
		return;
	buf_finish(&l->coded);
	phrase_writer_destroy(&l->writer);
	free(l);
}

/* ## Writing */

/* Appends the first event as a phrase without a copy. */
static bool append_first(struct event_log *log, struct slice event)
{
	char before[PHRASE_LENGTH_BYTES], behind[PHRASE_COPY_BYTES];
	size_t before_len = (size_t)(phrase_put_length(before, event.len) - before);
	size_t behind_len = (size_t)(phrase_put_copy(behind, (struct copy){0}) - behind);
	return buf_reserve(&log->coded, before_len + event.len + behind_len) &&
	       buf_append(&log->coded, before, before_len) &&
	       buf_append_slice(&log->coded, event) && buf_append(&log->coded, behind, behind_len);
}

/* Plain answers have only one event, so they never need a writer. */
static bool append_next(struct event_log *log, struct slice event)
{
	struct slice first;
	if (!log->writer && event_log_whole(log, &first))
		log->writer = phrase_writer_create(first, log->coded.limit);
	return log->writer && phrase_writer_append(log->writer, event, &log->coded);
}

bool event_log_append(struct event_log *log, struct slice event)
{
	if (event.len == 0)
		return true;
	if (event.len > log->coded.limit)
		return false;
	bool fits = log->decoded_bytes ? append_next(log, event) : append_first(log, event);
	if (fits) {
		log->decoded_bytes += event.len;
		if (event.len > log->longest_event)
			log->longest_event = event.len;
	}
	return fits;
}

void event_log_seal(struct event_log *log)
{
	phrase_writer_destroy(&log->writer);
	if (log->coded.len == log->coded.cap)
		return;
	/* Copies to an exact buffer instead of shrinking it with realloc: the remainders would
	 * fragment the heap, each too small for another entry. If there is no memory for the copy,
	 * the larger buffer stays. */
	struct buf exact = buf_make(log->coded.len);
	if (!buf_reserve(&exact, log->coded.len) ||
	    !buf_append_slice(&exact, buf_slice(&log->coded)))
		return;
	buf_finish(&log->coded);
	log->coded = exact;
}

/* ## Sizes */

size_t event_log_decoded_bytes(const struct event_log *log)
{
	return log->decoded_bytes;
}

size_t event_log_longest_event(const struct event_log *log)
{
	return log->longest_event;
}

size_t event_log_memory_bytes(const struct event_log *log)
{
	return memory_occupied(log) + memory_occupied(log->coded.at) +
	       phrase_writer_memory_bytes(log->writer);
}

/* ## Reading */

bool event_log_whole(const struct event_log *log, struct slice *ret_whole)
{
	const char *at = log->coded.at;
	struct slice first = at ? phrase_get_literal(&at) : slice_make("", 0);
	if (first.len < log->decoded_bytes)
		return false;
	*ret_whole = first;
	return true;
}

/* Most literals and copies are as short as words or as long as events. Copying a fixed number of
 * bytes is faster than copying a variable one; the excess is overwritten by what follows. */
enum { WORD = 16 };

static inline char *decode_literal(char *at, const char *end, struct slice literal,
				   const char *coded_end)
{
	if (literal.len <= WORD && end - at >= WORD && coded_end - literal.at >= WORD)
		memcpy(at, literal.at, WORD);
	else
		memcpy(at, literal.at, literal.len);
	return at + literal.len;
}

static inline char *decode_copy(char *at, const char *end, struct copy copy)
{
	if (copy.len > WORD || copy.distance < WORD || end - at < WORD)
		return phrase_copy(at, copy);
	memcpy(at, at - copy.distance, WORD);
	return at + copy.len;
}

void event_log_decode(const struct event_log *log, char *at)
{
	const char *coded = log->coded.at;
	const char *end = at + log->decoded_bytes;
	while (at < end) {
		const char *coded_end = log->coded.at + log->coded.len;
		at = decode_literal(at, end, phrase_get_literal(&coded), coded_end);
		at = decode_copy(at, end, phrase_get_copy(&coded));
	}
}

/* A cursor keeps the bytes that later copies may refer to in a ring: the byte at position p of the
 * answer is at p modulo the ring's size. */
enum { RING = PHRASE_WINDOW };

struct event_cursor {
	const char *coded; /* the next phrase */
	/* the unread rest of the current phrase */
	struct slice literal;
	struct copy copy;
	size_t unread; /* bytes of the answer */
	size_t at;     /* index of the next byte in the ring */
	char ring[RING];
};

struct event_cursor *event_cursor_create(const struct event_log *log)
{
	struct event_cursor *c = malloc(sizeof *c);
	if (!c)
		return NULL;
	c->coded = log->coded.at;
	c->literal = slice_make(NULL, 0);
	c->copy = (struct copy){0};
	c->unread = log->decoded_bytes;
	c->at = 0;
	return c;
}

void event_cursor_destroy(struct event_cursor **cursor)
{
	free(take(cursor));
}

/* The number of bytes, at most `most`, that can be copied from index `from` to the next byte before
 * either reaches the end of the ring. */
static size_t contiguous(const struct event_cursor *c, size_t from, size_t most)
{
	size_t left = RING - (c->at > from ? c->at : from);
	return most < left ? most : left;
}

/* Reads the next bytes of the current copy, at most `most`, into the ring. Returns how many. */
static size_t read_copy(struct event_cursor *c, size_t most)
{
	size_t from = (c->at + RING - c->copy.distance) % RING;
	size_t n = contiguous(c, from, c->copy.len < most ? c->copy.len : most);
	if (from < c->at)
		phrase_copy(c->ring + c->at, (struct copy){n, c->at - from});
	else if (from > c->at)
		/* The destination is lower, so no byte is overwritten before it is read. */
		memmove(c->ring + c->at, c->ring + from, n);
	c->copy.len -= n;
	return n;
}

/* Likewise for the current literal. */
static size_t read_literal(struct event_cursor *c, size_t most)
{
	size_t n = contiguous(c, c->at, c->literal.len < most ? c->literal.len : most);
	memcpy(c->ring + c->at, c->literal.at, n);
	c->literal = slice_after(c->literal, n);
	return n;
}

size_t event_cursor_read(struct event_cursor *c, char *at, size_t room)
{
	size_t done = 0;
	while (done < room && c->unread) {
		if (c->literal.len == 0 && c->copy.len == 0) {
			c->literal = phrase_get_literal(&c->coded);
			c->copy = phrase_get_copy(&c->coded);
		}
		size_t n =
		    c->literal.len ? read_literal(c, room - done) : read_copy(c, room - done);
		memcpy(at + done, c->ring + c->at, n);
		c->at = (c->at + n) % RING;
		c->unread -= n;
		done += n;
	}
	return done;
}
