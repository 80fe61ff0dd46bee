#include "proxy/openai/parse/words.h"

static bool is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Bytes above ASCII belong to letters of other alphabets. */
static bool is_part(char c)
{
	return is_lower(c) || is_upper(c) || (unsigned char)c >= 0x80;
}

/* Whether a camel-case word begins at `at`, which must not be 0. */
static bool begins_in_camel(struct slice name, size_t at)
{
	char before = name.at[at - 1];
	if (!is_upper(name.at[at]))
		return false;
	bool lower_follows = at + 1 < name.len && is_lower(name.at[at + 1]);
	return is_lower(before) || (is_upper(before) && lower_follows);
}

struct words words_split(struct slice name, bool camel)
{
	struct words w;
	w.count = 0;
	size_t at = 0;
	while (w.count < WORDS_MOST) {
		while (at < name.len && !is_part(name.at[at]))
			at++;
		if (at == name.len)
			break;
		size_t start = at++;
		while (at < name.len && is_part(name.at[at]) &&
		       !(camel && begins_in_camel(name, at)))
			at++;
		w.at[w.count++] = slice_make(name.at + start, at - start);
	}
	return w;
}

bool words_have(const struct words *w, const char *word)
{
	for (size_t i = 0; i < w->count; i++)
		if (slice_is_nocase(w->at[i], word))
			return true;
	return false;
}

bool words_have_pair(const struct words *w, const char *first, const char *second)
{
	for (size_t i = 1; i < w->count; i++)
		if (slice_is_nocase(w->at[i - 1], first) && slice_is_nocase(w->at[i], second))
			return true;
	return false;
}

bool word_ends_with(struct slice word, const char *end)
{
	size_t len = strlen(end);
	return word.len >= len &&
	       slice_equal_nocase(slice_after(word, word.len - len), slice_of(end));
}

bool word_searches(struct slice word)
{
	return word_ends_with(word, "search") && !slice_is_nocase(word, "search");
}
