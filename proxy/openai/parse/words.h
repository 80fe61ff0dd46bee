/* The words of a name: vector_store_ids, vectorStoreIds and vector-store-ids are all the words
 * vector, store and ids. Rules about members and models go by words, so that they hold for every
 * product's spelling. Pure; any thread. */
#pragma once

#include "base/slice.h"

/* A name of more words is taken to be its first ones. */
enum { WORDS_MOST = 12 };

struct words {
	size_t count;
	struct slice at[WORDS_MOST]; /* of the name, in its order; their case is as spelled */
};

/* Cuts a name at everything that is no letter and no digit. `camel`: also before an upper-case
 * letter that follows a lower-case one or a digit, and before the last of several upper-case
 * letters that a lower-case one follows. The slices point into the name. */
struct words words_split(struct slice name, bool camel);

/* Whether one of the words is this one. ASCII case does not count. */
bool words_have(const struct words *w, const char *word);

/* Whether these two words stand side by side in this order. */
bool words_have_pair(const struct words *w, const char *first, const char *second);

/* Whether a word ends so. ASCII case does not count. */
bool word_ends_with(struct slice word, const char *end);

/* Whether a word has one for searching joined to its end: livesearch, deepsearch, research. */
bool word_searches(struct slice word);
