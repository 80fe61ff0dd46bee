#include "cache/store/event_log.h"

#include "base/memory.h"
#include "cache/store/phrase.h"
#include "cache/store/phrase_writer.h"

#include <stdlib.h>

struct event_log {
	struct buf coded;
	size_t decoded_bytes;
	struct phrase_writer *writer; /* NULL: of one event or none, or sealed */
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

/* A phrase that is one literal. */
static bool append_first(struct event_log *log, struct slice event)
{
	char before[PHRASE_LENGTH_BYTES], behind[PHRASE_COPY_BYTES];
	size_t before_len = (size_t)(phrase_put_length(before, event.len) - before);
	size_t behind_len = (size_t)(phrase_put_copy(behind, (struct copy){0}) - behind);
	return buf_reserve(&log->coded, before_len + event.len + behind_len) &&
	       buf_append(&log->coded, before, before_len) &&
	       buf_append_slice(&log->coded, event) && buf_append(&log->coded, behind, behind_len);
}

/* Plain answers never come here, and so have no writer. */
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
	if (fits)
		log->decoded_bytes += event.len;
	return fits;
}

void event_log_seal(struct event_log *log)
{
	phrase_writer_destroy(&log->writer);
	if (log->coded.len == log->coded.cap)
		return;
	/* A copy, and not a block cut short by realloc: what is cut off would lie between entries
	 * for as long as they live, too small for the next one. Without memory for it the larger
	 * one serves as well. */
	struct buf exact = buf_make(log->coded.len);
	if (!buf_reserve(&exact, log->coded.len) ||
	    !buf_append_slice(&exact, buf_slice(&log->coded)))
		return;
	buf_finish(&log->coded);
	log->coded = exact;
}

/* ## What it is */

size_t event_log_decoded_bytes(const struct event_log *log)
{
	return log->decoded_bytes;
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

/* Most literals and copies are as short as words or as long as events. Bytes of a fixed number are
 * copied faster than those that have to be counted, and what is too much is written over by what
 * follows. */
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

/* A cursor keeps the bytes that copies may still begin at, in a ring: the one at position p of the
 * answer lies at p modulo the ring's size. */
enum { RING = PHRASE_WINDOW };

struct event_cursor {
	const char *coded; /* the next phrase */
	/* what is unread of the one in hand */
	struct slice literal;
	struct copy copy;
	size_t unread; /* bytes of the answer */
	size_t at;     /* in the ring, of the next byte */
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

/* How far one can go from here, in both directions of a copy, without coming to the ring's end. */
static size_t straight(const struct event_cursor *c, size_t from, size_t most)
{
	size_t left = RING - (c->at > from ? c->at : from);
	return most < left ? most : left;
}

/* The next bytes of the copy in hand, at most `most`, to where they belong in the ring. Returns how
 * many. */
static size_t copy_some(struct event_cursor *c, size_t most)
{
	size_t from = (c->at + RING - c->copy.distance) % RING;
	size_t n = straight(c, from, c->copy.len < most ? c->copy.len : most);
	if (from < c->at)
		phrase_copy(c->ring + c->at, (struct copy){n, c->at - from});
	else if (from > c->at)
		/* It goes to lower addresses, so that nothing is read after it was written. */
		memmove(c->ring + c->at, c->ring + from, n);
	c->copy.len -= n;
	return n;
}

/* Likewise of the literal. */
static size_t literal_some(struct event_cursor *c, size_t most)
{
	size_t n = straight(c, c->at, c->literal.len < most ? c->literal.len : most);
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
		    c->literal.len ? literal_some(c, room - done) : copy_some(c, room - done);
		memcpy(at + done, c->ring + c->at, n);
		c->at = (c->at + n) % RING;
		c->unread -= n;
		done += n;
	}
	return done;
}
