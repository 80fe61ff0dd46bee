/* A phrase: new bytes, then a copy of bytes that stand before them (Ziv and Lempel, "A Universal
 * Algorithm for Sequential Data Compression", 1977).
 *
 *     literal length | literal | copy length | distance
 *
 * A copy begins `distance` bytes before the place it goes to, PHRASE_WINDOW at most, and may reach
 * into what it writes itself. A length below PHRASE_LONG is one byte; of others this byte is
 * PHRASE_LONG, and what they have more follows as LEB128: most copies are about as long as an
 * event. A distance is two bytes in the machine's order, there only if anything is copied.
 *
 * Phrases stay in memory and are read by who wrote them: nothing here looks for bounds. Any
 * thread. */
#pragma once

#include "base/slice.h"
#include "cache/store/leb128.h"

#include <stdint.h>

/* With 4, 16 and 32 KiB, a recorded stream of 4000 events gets 27, 30 and 32 times smaller. */
enum { PHRASE_WINDOW = 32 << 10 };

enum { PHRASE_LONG = 255 };

/* What a length and a copy take at most. */
enum { PHRASE_LENGTH_BYTES = 1 + LEB128_BYTES };
enum { PHRASE_COPY_BYTES = PHRASE_LENGTH_BYTES + sizeof(uint16_t) };

struct copy {
	size_t len;
	size_t distance; /* 0 if len is */
};

/* ## Writing: each returns the place behind */

static inline char *phrase_put_length(char *at, size_t len)
{
	*at++ = (char)(len < PHRASE_LONG ? len : PHRASE_LONG);
	return len < PHRASE_LONG ? at : leb128_put(at, len - PHRASE_LONG);
}

static inline char *phrase_put_copy(char *at, struct copy copy)
{
	uint16_t distance = (uint16_t)copy.distance;
	at = phrase_put_length(at, copy.len);
	if (copy.len == 0)
		return at;
	memcpy(at, &distance, sizeof distance);
	return at + sizeof distance;
}

/* ## Reading */

static inline size_t phrase_get_length(const char **at)
{
	size_t len = (unsigned char)*(*at)++;
	return len < PHRASE_LONG ? len : len + leb128_get(at);
}

/* A phrase's two halves, where *at is; it moves behind. The literal lies in place. */
static inline struct slice phrase_get_literal(const char **at)
{
	size_t len = phrase_get_length(at);
	struct slice literal = slice_make(*at, len);
	*at += len;
	return literal;
}

static inline struct copy phrase_get_copy(const char **at)
{
	struct copy copy = {.len = phrase_get_length(at)};
	if (copy.len == 0)
		return copy;
	uint16_t distance;
	memcpy(&distance, *at, sizeof distance);
	*at += sizeof distance;
	copy.distance = distance;
	return copy;
}

/* Copies within what is decoded already. Returns the place behind. */
static inline char *phrase_copy(char *at, struct copy copy)
{
	const char *from = at - copy.distance;
	/* What reaches into itself repeats: each round doubles what there is to copy from. */
	for (size_t there = copy.distance; there < copy.len; there *= 2) {
		memcpy(at, from, there);
		at += there;
		copy.len -= there;
	}
	memcpy(at, from, copy.len);
	return at + copy.len;
}
