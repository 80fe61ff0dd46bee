#include "cache/event_log.h"

#include "base/memory.h"
#include "cache/phrase.h"
#include "cache/phrase_writer.h"

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

/* How much a cursor decodes between two moves of its window. */
enum { PORTION = 16 << 10 };

struct event_cursor {
	const char *coded; /* the next phrase */
	/* what is unread of the one in hand */
	struct slice literal;
	struct copy copy;
	size_t unread; /* bytes of the answer */
	size_t len;
	char recent[PHRASE_WINDOW + PORTION]; /* decoded, the newest last */
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
	c->len = 0;
	return c;
}

void event_cursor_destroy(struct event_cursor **cursor)
{
	free(take(cursor));
}

/* Decodes a part of the phrase in hand, of at most `most` bytes. Returns it. */
static struct slice cursor_step(struct event_cursor *c, size_t most)
{
	if (c->len == sizeof c->recent) {
		memmove(c->recent, c->recent + PORTION, PHRASE_WINDOW);
		c->len = PHRASE_WINDOW;
	}
	char *at = c->recent + c->len;
	bool literal = c->literal.len > 0;
	size_t n = literal ? c->literal.len : c->copy.len;
	n = n < most ? n : most;
	n = n < sizeof c->recent - c->len ? n : sizeof c->recent - c->len;
	if (literal) {
		memcpy(at, c->literal.at, n);
		c->literal = slice_after(c->literal, n);
	} else {
		phrase_copy(at, (struct copy){n, c->copy.distance});
		c->copy.len -= n;
	}
	c->len += n;
	c->unread -= n;
	return slice_make(at, n);
}

size_t event_cursor_read(struct event_cursor *c, char *at, size_t room)
{
	size_t done = 0;
	while (done < room && c->unread) {
		if (c->literal.len == 0 && c->copy.len == 0) {
			c->literal = phrase_get_literal(&c->coded);
			c->copy = phrase_get_copy(&c->coded);
		}
		struct slice part = cursor_step(c, room - done);
		memcpy(at + done, part.at, part.len);
		done += part.len;
	}
	return done;
}
