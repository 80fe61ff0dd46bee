/* The known word that somebody may have meant: by edit distance (insertions, deletions,
 * substitutions, and neighbours swapped; case does not count), and only when it is near enough to
 * be worth a question.
 *
 *         struct nearest n = nearest_to("memroy");
 *         nearest_offer(&n, "memory", "cache.memory");
 *         nearest_question(&n, at, room)  ->  " (did you mean cache.memory?)"
 *
 * Owns nothing. Threads: one at a time. */
#pragma once

#include <stddef.h>

enum { NEAREST_WORD = 64 }; /* longer words are near to nothing */

struct nearest {
	const char *word;
	const char *shown; /* what to suggest; NULL: nothing near yet */
	size_t distance;   /* of what is shown; only less is better */
};

struct nearest nearest_to(const char *word);

/* Compares with candidate; if that is the nearest so far, `shown` is what to suggest. Both must
 * outlive n. */
void nearest_offer(struct nearest *n, const char *candidate, const char *shown);

/* " (did you mean X?)" for the end of a sentence, or nothing; cut to room. Returns at. */
const char *nearest_question(const struct nearest *n, char *at, size_t room);
