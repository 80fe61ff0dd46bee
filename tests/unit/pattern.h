/* A pattern of bytes that differs at every position: lines of 16 bytes that count from 0. The same
 * as `bytes SIZE` in scenarios (tests/lib/values.py). */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PATTERN_LINE = 16 };

static inline void pattern_next_line(char *line)
{
	char *digit = line + PATTERN_LINE - 2;
	for (; *digit == '9'; digit--)
		*digit = '0';
	++*digit;
}

/* Writes len bytes of the pattern, from `position` on. */
static inline void pattern_write(char *at, size_t len, size_t position)
{
	char line[32];
	snprintf(line, sizeof line, "%015zu\n", position / PATTERN_LINE);
	size_t skip = position % PATTERN_LINE;
	for (size_t done = 0, n; done < len; done += n, skip = 0) {
		n = PATTERN_LINE - skip < len - done ? PATTERN_LINE - skip : len - done;
		memcpy(at + done, line + skip, n);
		pattern_next_line(line);
	}
}

/* Returns the offset at which the bytes first differ from the pattern, or their length. */
static inline size_t pattern_differs(struct slice bytes)
{
	char line[] = "000000000000000\n";
	for (size_t i = 0; i < bytes.len; i++) {
		if (i && i % PATTERN_LINE == 0)
			pattern_next_line(line);
		if (bytes.at[i] != line[i % PATTERN_LINE])
			return i;
	}
	return bytes.len;
}
