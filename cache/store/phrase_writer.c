#include "cache/store/phrase_writer.h"

#include "base/memory.h"
#include "cache/store/phrase.h"

#include <assert.h>
#include <stdlib.h>

/* The shortest copies: within an event, and up to its end, since the latter continue in the next
 * event. A phrase takes four bytes in addition to its literal. A minimum of 5 within events as well
 * would make logs 1 % smaller and decoding up to 30 % slower. */
enum { SHORTEST = 8, SHORTEST_TO_END = 5 };

/* The table has 2^TABLE_BITS buckets of PLACES positions in the answer, each reduced to its low
 * bits. It takes 16 KiB while a stream is written. With half of that, a text of 20 KB that is
 * repeated at the end of its stream would no longer be found. */
enum { TABLE_BITS = 11, PLACES = 4, PLACE_BITS = 64 / PLACES };
static_assert(PHRASE_WINDOW <= UINT16_MAX && PLACE_BITS == 16, "16 bits hold any distance");

struct phrase_writer {
	struct buf recent;
	size_t dropped; /* bytes of the answer that were before recent */
	size_t indexed; /* bytes of recent whose positions are in the table */
	/* The copy at the end of the phrases, to be continued; empty if they end with a literal. */
	struct copy last;
	uint64_t table[1 << TABLE_BITS]; /* a bucket's newest position is in its lowest bits */
};

struct phrase_writer *phrase_writer_create(struct slice before, size_t limit_bytes)
{
	size_t drop = before.len > PHRASE_WINDOW ? before.len - PHRASE_WINDOW : 0;
	scoped(phrase_writer_destroy) struct phrase_writer *w = memory_new(struct phrase_writer);
	w->recent = buf_make(PHRASE_WINDOW + limit_bytes);
	w->dropped = drop;
	return buf_append_slice(&w->recent, slice_after(before, drop)) ? take(&w) : NULL;
}

void phrase_writer_destroy(struct phrase_writer **writer)
{
	struct phrase_writer *w = take(writer);
	if (!w)
		return;
	buf_finish(&w->recent);
	free(w);
}

size_t phrase_writer_memory_bytes(const struct phrase_writer *w)
{
	return w ? memory_occupied(w) + memory_occupied(w->recent.at) : 0;
}

/* ## Finding: `here` is an index into recent */

/* The bucket for the next SHORTEST_TO_END bytes, by their hash. */
static uint64_t *bucket_of(struct phrase_writer *w, size_t here)
{
	const char *at = w->recent.at + here;
	uint32_t four;
	memcpy(&four, at, sizeof four);
	uint64_t bytes = (uint64_t)(unsigned char)at[4] << 32 | four;
	/* Multiplicative hashing by 2^64 over the golden ratio (Knuth, volume 3, 6.4). */
	return &w->table[bytes * 0x9e3779b97f4a7c15u >> (64 - TABLE_BITS)];
}

static void index_until(struct phrase_writer *w, size_t here)
{
	for (; w->indexed < here; w->indexed++) {
		uint64_t *bucket = bucket_of(w, w->indexed);
		*bucket = *bucket << PLACE_BITS | (uint16_t)(w->dropped + w->indexed);
	}
}

/* The number of bytes from here on that equal those `distance` before. Compares by words first,
 * since events have long runs in common. */
static size_t same_bytes(const struct phrase_writer *w, size_t here, size_t distance)
{
	const char *b = w->recent.at + here, *a = b - distance;
	size_t n = 0, most = w->recent.len - here;
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

/* The longest copy, and the nearest of those of equal length. A position in the table may belong to
 * other bytes with the same hash or be outdated, so the bytes themselves are compared. */
static struct copy find_copy(struct phrase_writer *w, size_t here)
{
	index_until(w, here);
	struct copy best = {0};
	uint64_t bucket = *bucket_of(w, here);
	for (int i = 0; i < PLACES; i++, bucket >>= PLACE_BITS) {
		size_t distance = (uint16_t)(w->dropped + here - bucket);
		if (distance == 0 || distance > here || distance > PHRASE_WINDOW)
			continue;
		size_t len = same_bytes(w, here, distance);
		bool to_end = here + len == w->recent.len;
		if (len > best.len && len >= (to_end ? SHORTEST_TO_END : SHORTEST))
			best = (struct copy){len, distance};
	}
	return best;
}

/* ## Coding */

static bool put_copy(struct phrase_writer *w, struct copy copy, struct buf *coded)
{
	char at[PHRASE_COPY_BYTES];
	w->last = copy;
	return buf_append(coded, at, (size_t)(phrase_put_copy(at, copy) - at));
}

static bool put_phrase(struct phrase_writer *w, size_t literal, size_t end, struct copy copy,
		       struct buf *coded)
{
	char at[PHRASE_LENGTH_BYTES];
	size_t len = end - literal;
	return buf_append(coded, at, (size_t)(phrase_put_length(at, len) - at)) &&
	       buf_append(coded, w->recent.at + literal, len) && put_copy(w, copy, coded);
}

/* The position of the last copy in the phrases. */
static char *last_copy(const struct phrase_writer *w, const struct buf *coded)
{
	char at[PHRASE_COPY_BYTES];
	return coded->at + coded->len - (phrase_put_copy(at, w->last) - at);
}

/* Extends the last copy as far as it matches the event. */
static bool lengthen(struct phrase_writer *w, size_t *here, struct buf *coded)
{
	size_t more = w->last.len ? same_bytes(w, *here, w->last.distance) : 0;
	if (more == 0)
		return true;
	*here += more;
	coded->len = (size_t)(last_copy(w, coded) - coded->at);
	return put_copy(w, (struct copy){w->last.len + more, w->last.distance}, coded);
}

static bool code_from(struct phrase_writer *w, size_t here, struct buf *coded)
{
	size_t end = w->recent.len;
	if (!lengthen(w, &here, coded))
		return false;
	size_t literal = here;
	while (here + SHORTEST_TO_END <= end) {
		struct copy copy = find_copy(w, here);
		if (copy.len == 0) {
			here++;
			continue;
		}
		if (!put_phrase(w, literal, here, copy, coded))
			return false;
		here += copy.len;
		literal = here;
	}
	return literal == end || put_phrase(w, literal, end, (struct copy){0}, coded);
}

/* ## Events */

/* Makes room for an event after the window. Bytes before the window are dropped only when room is
 * needed, so that bytes are rarely moved. */
static bool make_room(struct phrase_writer *w, size_t event_len)
{
	if (event_len > w->recent.cap - w->recent.len && w->recent.len > PHRASE_WINDOW) {
		size_t drop = w->recent.len - PHRASE_WINDOW;
		buf_drop_front(&w->recent, drop);
		w->dropped += drop;
		w->indexed -= w->indexed < drop ? w->indexed : drop;
	}
	return buf_reserve(&w->recent, event_len);
}

bool phrase_writer_append(struct phrase_writer *w, struct slice event, struct buf *coded)
{
	if (!make_room(w, event.len) || !buf_append_slice(&w->recent, event))
		return false;
	size_t here = w->recent.len - event.len;
	size_t coded_len = coded->len;
	struct copy last = w->last;
	if (code_from(w, here, coded))
		return true;
	w->recent.len = here;
	w->indexed = w->indexed < here ? w->indexed : here;
	w->last = last;
	coded->len = coded_len;
	if (last.len)
		phrase_put_copy(last_copy(w, coded), last);
	return false;
}
