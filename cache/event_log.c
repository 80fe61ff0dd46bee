#include "cache/event_log.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "cache/leb128.h"

#include <stdint.h>
#include <stdlib.h>

struct event_log {
	struct buf coded;
	struct buf last; /* the newest event, decoded; empty once sealed */
	size_t events;
	size_t decoded_bytes;
	size_t longest; /* event, decoded */
};

/* One event as it is coded; all but the middle's bytes are in the event before it. */
struct difference {
	size_t prefix;
	size_t suffix;
	struct slice middle;
};

struct event_log *event_log_create(size_t limit_bytes)
{
	struct event_log *log = memory_new(struct event_log);
	log->coded = buf_make(limit_bytes);
	log->last = buf_make(limit_bytes);
	return log;
}

void event_log_destroy(struct event_log **log)
{
	struct event_log *l = take(log);
	if (!l)
		return;
	buf_finish(&l->coded);
	buf_finish(&l->last);
	free(l);
}

/* ## Writing */

/* Both go word by word until something differs, and byte by byte from there: streams have long
 * runs in common. */
static size_t common_prefix(const char *a, const char *b, size_t most)
{
	size_t n = 0;
	uint64_t x, y;
	for (; most - n >= sizeof x; n += sizeof x) {
		memcpy(&x, a + n, sizeof x);
		memcpy(&y, b + n, sizeof y);
		if (x != y)
			break;
	}
	while (n < most && a[n] == b[n])
		n++;
	return n;
}

static size_t common_suffix(const char *a_end, const char *b_end, size_t most)
{
	size_t n = 0;
	uint64_t x, y;
	for (; most - n >= sizeof x; n += sizeof x) {
		memcpy(&x, a_end - n - sizeof x, sizeof x);
		memcpy(&y, b_end - n - sizeof y, sizeof y);
		if (x != y)
			break;
	}
	while (n < most && a_end[-1 - (ptrdiff_t)n] == b_end[-1 - (ptrdiff_t)n])
		n++;
	return n;
}

static struct difference difference_of(struct slice last, struct slice event)
{
	size_t most = last.len < event.len ? last.len : event.len;
	if (most == 0)
		return (struct difference){.middle = event};
	struct difference d;
	d.prefix = common_prefix(last.at, event.at, most);
	/* In neither event may the suffix reach back into the prefix. */
	d.suffix = common_suffix(last.at + last.len, event.at + event.len, most - d.prefix);
	d.middle = slice_make(event.at + d.prefix, event.len - d.prefix - d.suffix);
	return d;
}

bool event_log_append(struct event_log *log, struct slice event)
{
	struct difference d = difference_of(buf_slice(&log->last), event);
	char lengths[3 * LEB128_BYTES];
	char *end = leb128_put(lengths, d.prefix);
	end = leb128_put(end, d.suffix);
	end = leb128_put(end, d.middle.len);
	size_t n = (size_t)(end - lengths);

	size_t more = event.len > log->last.len ? event.len - log->last.len : 0;
	if (!buf_reserve(&log->last, more) || !buf_reserve(&log->coded, n + d.middle.len))
		return false;
	/* There is room in both: from here nothing fails. */
	buf_clear(&log->last);
	bool fits = buf_append(&log->coded, lengths, n) &&
		    buf_append_slice(&log->coded, d.middle) && buf_append_slice(&log->last, event);
	ensure(fits);
	log->events++;
	log->decoded_bytes += event.len;
	if (event.len > log->longest)
		log->longest = event.len;
	return true;
}

void event_log_seal(struct event_log *log)
{
	buf_finish(&log->last);
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

size_t event_log_events(const struct event_log *log)
{
	return log->events;
}

size_t event_log_decoded_bytes(const struct event_log *log)
{
	return log->decoded_bytes;
}

size_t event_log_memory_bytes(const struct event_log *log)
{
	return memory_occupied(log) + memory_occupied(log->coded.at) +
	       memory_occupied(log->last.at);
}

/* ## Reading */

/* The event at *at, which moves to the next one. */
static struct difference difference_get(const char **at)
{
	struct difference d;
	d.prefix = leb128_get(at);
	d.suffix = leb128_get(at);
	d.middle.len = leb128_get(at);
	d.middle.at = *at;
	*at += d.middle.len;
	return d;
}

bool event_log_whole(const struct event_log *log, struct slice *ret_whole)
{
	if (log->events > 1)
		return false;
	const char *at = log->coded.at;
	*ret_whole = log->events ? difference_get(&at).middle : slice_make("", 0);
	return true;
}

void event_log_decode(const struct event_log *log, char *at)
{
	const char *coded = log->coded.at;
	const char *last_end = at;
	size_t last_len = 0;
	for (size_t i = 0; i < log->events; i++) {
		struct difference d = difference_get(&coded);
		memcpy(at, last_end - last_len, d.prefix);
		memcpy(at + d.prefix, d.middle.at, d.middle.len);
		memcpy(at + d.prefix + d.middle.len, last_end - d.suffix, d.suffix);
		last_len = d.prefix + d.middle.len + d.suffix;
		at += last_len;
		last_end = at;
	}
}

struct event_cursor {
	const struct event_log *log;
	const char *coded; /* of the next event */
	size_t events;	   /* decoded so far */
	size_t len;	   /* of the event in hand */
	size_t read;	   /* of it */
	char event[];
};

struct event_cursor *event_cursor_create(const struct event_log *log)
{
	struct event_cursor *cursor = malloc(sizeof *cursor + log->longest);
	if (cursor)
		*cursor = (struct event_cursor){.log = log, .coded = log->coded.at};
	return cursor;
}

void event_cursor_destroy(struct event_cursor **cursor)
{
	free(take(cursor));
}

/* Turns the event in hand into the next one where it stands. */
static void cursor_step(struct event_cursor *c)
{
	struct difference d = difference_get(&c->coded);
	/* The suffix first: the middle may lie over its old place, and neither lies over the
	 * prefix. */
	memmove(c->event + d.prefix + d.middle.len, c->event + c->len - d.suffix, d.suffix);
	memcpy(c->event + d.prefix, d.middle.at, d.middle.len);
	c->len = d.prefix + d.middle.len + d.suffix;
	c->read = 0;
	c->events++;
}

size_t event_cursor_read(struct event_cursor *c, char *at, size_t room)
{
	size_t done = 0;
	while (done < room) {
		if (c->read == c->len) {
			if (c->events == c->log->events)
				break;
			cursor_step(c);
			continue;
		}
		size_t n = c->len - c->read < room - done ? c->len - c->read : room - done;
		memcpy(at + done, c->event + c->read, n);
		c->read += n;
		done += n;
	}
	return done;
}
