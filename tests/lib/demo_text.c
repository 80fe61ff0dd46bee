#include "tests/lib/demo_text.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>

enum {
	TEXT_LIMIT = 1 << 20,
	CUT_BYTES = 5,
};

static const char *const words[] = {
    "a",      "about",	 "after",   "again",   "air",	  "all",     "always", "and",	 "answer",
    "as",     "at",	 "away",    "bell",    "below",	  "bridge",  "by",     "calm",	 "carry",
    "clear",  "cold",	 "corner",  "day",     "door",	  "down",    "early",  "east",	 "enough",
    "every",  "far",	 "field",   "find",    "first",	  "for",     "from",   "garden", "gate",
    "give",   "glass",	 "green",   "half",    "harbour", "hear",    "here",   "hill",	 "hold",
    "house",  "in",	 "into",    "island",  "keep",	  "kitchen", "lamp",   "late",	 "leaf",
    "letter", "light",	 "line",    "listen",  "long",	  "many",    "map",    "meadow", "mill",
    "month",  "morning", "near",    "never",   "night",	  "north",   "of",     "old",	 "on",
    "once",   "open",	 "orchard", "over",    "paper",	  "path",    "plain",  "quiet",	 "rain",
    "ready",  "reed",	 "river",   "road",    "roof",	  "rope",    "salt",   "sand",	 "second",
    "shore",  "silver",	 "slow",    "small",   "snow",	  "some",    "south",  "spring", "stone",
    "story",  "street",	 "summer",  "table",   "the",	  "their",   "then",   "third",	 "tide",
    "to",     "tower",	 "tree",    "under",   "until",	  "valley",  "wait",   "walk",	 "wall",
    "warm",   "water",	 "we",	    "weather", "west",	  "wheat",   "when",   "where",	 "white",
    "wide",   "wind",	 "winter",  "with",    "wood",	  "year",
};

uint64_t demo_hash(struct slice bytes, uint64_t seed)
{
	uint64_t h = seed ^ 0xcbf29ce484222325u;
	for (size_t i = 0; i < bytes.len; i++)
		h = (h ^ (unsigned char)bytes.at[i]) * 0x100000001b3u;
	return h;
}

uint64_t demo_roll(uint64_t *dice)
{
	uint64_t z = *dice += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static struct demo_text make(size_t count)
{
	struct demo_text text = {.bytes = buf_make(TEXT_LIMIT)};
	text.ends = memory_zeroed(count * sizeof *text.ends);
	return text;
}

static void append(struct demo_text *text, struct slice bytes)
{
	ensure(buf_append_slice(&text->bytes, bytes));
}

static void append_word(struct demo_text *text, const char *word, bool first)
{
	size_t at = text->bytes.len;
	append(text, slice_of(word));
	if (first)
		text->bytes.at[at] = (char)toupper((unsigned char)word[0]);
}

struct demo_text demo_text_sentences(uint64_t seed, size_t count)
{
	struct demo_text text = make(count);
	size_t left = 0; /* words before the full stop */
	for (size_t i = 0; i < count; i++) {
		bool first = left == 0;
		if (first)
			left = 5 + demo_roll(&seed) % 9;
		if (i > 0)
			append(&text, slice_of(" "));
		append_word(&text, words[demo_roll(&seed) % (sizeof words / sizeof *words)], first);
		if (--left == 0 || i + 1 == count)
			append(&text, slice_of("."));
		text.ends[text.count++] = text.bytes.len;
	}
	return text;
}

struct demo_text demo_text_cut(struct slice bytes)
{
	struct demo_text text = make(bytes.len / CUT_BYTES + 1);
	append(&text, bytes);
	for (size_t end = 0; end < bytes.len;) {
		end = bytes.len - end > CUT_BYTES ? end + CUT_BYTES : bytes.len;
		text.ends[text.count++] = end;
	}
	return text;
}

void demo_text_finish(struct demo_text *text)
{
	buf_finish(&text->bytes);
	free(text->ends);
	*text = (struct demo_text){0};
}

struct slice demo_text_token(const struct demo_text *text, size_t i)
{
	size_t begin = i ? text->ends[i - 1] : 0;
	return slice_make(text->bytes.at + begin, text->ends[i] - begin);
}

unsigned demo_count_tokens(struct slice bytes)
{
	return bytes.len < 4 ? 1 : (unsigned)(bytes.len / 4);
}
