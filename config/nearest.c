#include "config/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct nearest nearest_to(const char *word)
{
	/* One typo for three letters, and at least two. */
	size_t typos = strlen(word) / 3;
	return (struct nearest){.word = word, .distance = (typos > 2 ? typos : 2) + 1};
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Row i holds the distances of the first i letters of a to all prefixes of b. Three rows suffice;
 * the oldest is needed for swapped neighbours. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][NEAREST_WORD + 1];
	size_t a_len = strlen(a), b_len = strlen(b);
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *previous = rows[(i + 2) % 3],
		       *before = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(least(previous[j], row[j - 1]) + 1,
				       previous[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

void nearest_offer(struct nearest *n, const char *candidate, const char *shown)
{
	if (strlen(n->word) > NEAREST_WORD || strlen(candidate) > NEAREST_WORD)
		return;
	size_t d = distance(n->word, candidate);
	/* If more than a third of the word differs, it is another word: "save" is not "share". A
	 * word of three letters may have one typo. */
	if (d >= n->distance || 3 * d > strlen(candidate))
		return;
	n->distance = d;
	n->shown = shown;
}

const char *nearest_question(const struct nearest *n, char *at, size_t room)
{
	at[0] = 0;
	if (n->shown)
		snprintf(at, room, " (did you mean %s?)", n->shown);
	return at;
}
