/* The words of a name: vector_store_ids, vectorStoreIds and vector-store-ids all consist of the
 * words vector, store and ids. Rules about members and models use words, so that they apply to the
 * spelling of every product. Pure; any thread. */
#pragma once

#include "base/slice.h"

/* Further words of a name are ignored. */
enum { WORDS_MOST = 12 };

struct words {
	size_t count;
	struct slice at[WORDS_MOST]; /* slices of the name, in order, in their original case */
};

/* Splits a name at every character that is neither a letter nor a digit. `camel`: also before an
 * upper-case letter that follows a lower-case one or a digit, and before the last of several
 * upper-case letters if a lower-case one follows. The slices point into the name. */
struct words words_split(struct slice name, bool camel);

/* Whether one of the words is this one. ASCII case does not count. */
bool words_have(const struct words *w, const char *word);

/* Whether these two words are adjacent, in this order. */
bool words_have_pair(const struct words *w, const char *first, const char *second);

/* Whether a word has this ending. ASCII case does not count. */
bool word_ends_with(struct slice word, const char *end);

/* Whether a word ends with "search" and is longer: livesearch, deepsearch, research. */
bool word_searches(struct slice word);
