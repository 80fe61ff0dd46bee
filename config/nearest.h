/* Finds the known word nearest to a misspelt one, by edit distance: insertions, deletions,
 * substitutions and swapped neighbours, ignoring case. Words that differ too much are not
 * suggested.
 *
 *         struct nearest n = nearest_to("memroy");
 *         nearest_offer(&n, "memory", "cache.memory");
 *         nearest_question(&n, at, room)  ->  " (did you mean cache.memory?)"
 *
 * Owns nothing. Threads: one at a time. */
#pragma once

#include <stddef.h>

enum { NEAREST_WORD = 64 }; /* longer words match nothing */

struct nearest {
	const char *word;
	const char *shown; /* the suggestion; NULL: none yet */
	size_t distance;   /* of the suggestion; a candidate must have less */
};

struct nearest nearest_to(const char *word);

/* Compares the word with a candidate. If it is the nearest so far, `shown` becomes the suggestion.
 * Both texts must outlive n. */
void nearest_offer(struct nearest *n, const char *candidate, const char *shown);

/* Writes " (did you mean X?)", or an empty text if there is no suggestion, to `at`; cuts it to
 * `room` bytes. Returns at. */
const char *nearest_question(const struct nearest *n, char *at, size_t room);
