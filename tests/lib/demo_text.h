/* Words of the demo model server: the same seed gives the same text, everywhere and always.
 * Threads: any; nothing is shared. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

/* A 64-bit hash of some bytes (FNV-1a), to be chained through `seed`. */
uint64_t demo_hash(struct slice bytes, uint64_t seed);

/* The next number of a sequence (splitmix64) whose state is *dice. */
uint64_t demo_roll(uint64_t *dice);

/* A text in tokens: token i ends at ends[i]. The owner calls demo_text_finish. */
struct demo_text {
	struct buf bytes;
	size_t *ends;
	size_t count;
};

/* English-looking sentences of `count` tokens, a word a token. */
struct demo_text demo_text_sentences(uint64_t seed, size_t count);

/* Foreign bytes cut into tokens of a few bytes each; ASCII only. */
struct demo_text demo_text_cut(struct slice bytes);

void demo_text_finish(struct demo_text *text);

/* Token i, valid as long as the text. */
struct slice demo_text_token(const struct demo_text *text, size_t i);

/* About as many tokens as a model would count: one for each four bytes, and at least one. */
unsigned demo_count_tokens(struct slice bytes);
