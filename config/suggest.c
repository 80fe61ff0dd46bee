#include "config/suggest.h"

#include "config/nearest.h"
#include "config/value.h"

#include <ctype.h>
#include <stdio.h>

/* ## Amounts with units as other programs write them */

struct word {
	const char *name; /* in lower case */
	uint64_t factor;
};

static const struct word sizes[] = {
    {"b", 1},
    {"byte", 1},
    {"bytes", 1},
    {"k", 1ULL << 10},
    {"ki", 1ULL << 10},
    {"kib", 1ULL << 10},
    {"m", 1ULL << 20},
    {"mi", 1ULL << 20},
    {"mib", 1ULL << 20},
    {"g", 1ULL << 30},
    {"gi", 1ULL << 30},
    {"gib", 1ULL << 30},
    {"t", 1ULL << 40},
    {"ti", 1ULL << 40},
    {"tib", 1ULL << 40},
    {"kb", 1000},
    {"mb", 1000000},
    {"gb", 1000000000},
    {"tb", 1000000000000},
};

static const struct word durations[] = {
    {"ms", 1},		{"msec", 1},	    {"milliseconds", 1}, {"s", 1000},
    {"sec", 1000},	{"secs", 1000},	    {"second", 1000},	 {"seconds", 1000},
    {"m", 60000},	{"min", 60000},	    {"mins", 60000},	 {"minute", 60000},
    {"minutes", 60000}, {"h", 3600000},	    {"hr", 3600000},	 {"hrs", 3600000},
    {"hour", 3600000},	{"hours", 3600000}, {"d", 86400000},	 {"day", 86400000},
    {"days", 86400000}, {"w", 604800000},   {"week", 604800000}, {"weeks", 604800000},
};

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])

struct words {
	const struct word *at;
	size_t count;
};

static void skip_blanks(struct slice *text)
{
	while (text->len && (text->at[0] == ' ' || text->at[0] == '\t'))
		*text = slice_after(*text, 1);
}

/* Reads the digits at the front of *text, skipping underscores. *ret_scale is 10 to the number of
 * digits. Returns false if there are none or too many. */
static bool take_digits(struct slice *text, uint64_t *ret, uint64_t *ret_scale)
{
	unsigned digits = 0;
	*ret = 0;
	*ret_scale = 1;
	for (; text->len && (isdigit((unsigned char)text->at[0]) || text->at[0] == '_');
	     *text = slice_after(*text, 1)) {
		if (text->at[0] == '_')
			continue;
		*ret = *ret * 10 + (uint64_t)(text->at[0] - '0');
		*ret_scale *= 10;
		if (++digits > 15)
			return false;
	}
	return digits > 0;
}

static uint64_t take_unit(struct slice *text, const struct words *words)
{
	size_t len = 0;
	while (len < text->len && isalpha((unsigned char)text->at[len]))
		len++;
	struct slice name = slice_make(text->at, len);
	*text = slice_after(*text, len);
	for (size_t i = 0; i < words->count; i++)
		if (slice_is_nocase(name, words->at[i].name))
			return words->at[i].factor;
	return 0;
}

/* Reads one number and its unit. */
static bool take_amount(struct slice *text, const struct words *words, uint64_t *ret)
{
	uint64_t whole, part = 0, scale, part_scale = 1, product;
	if (!take_digits(text, &whole, &scale))
		return false;
	if (text->len && text->at[0] == '.') {
		*text = slice_after(*text, 1);
		if (!take_digits(text, &part, &part_scale) || part_scale > 1000)
			return false;
	}
	skip_blanks(text);
	uint64_t factor = take_unit(text, words);
	skip_blanks(text);
	if (factor == 0 || __builtin_mul_overflow(whole, factor, &whole) ||
	    __builtin_mul_overflow(part, factor, &product))
		return false;
	return !__builtin_add_overflow(whole, product / part_scale, ret);
}

/* Returns the sum of all amounts in the text, or 0 if one is invalid. */
static uint64_t sum_amounts(struct slice text, const struct words *words)
{
	uint64_t sum = 0;
	for (skip_blanks(&text); text.len;) {
		uint64_t amount;
		if (!take_amount(&text, words, &amount) ||
		    __builtin_add_overflow(sum, amount, &sum) || sum > INT64_MAX)
			return 0;
	}
	return sum;
}

static const char *write_question(struct slice meant, char *at)
{
	at[0] = 0;
	if (meant.len)
		snprintf(at, SUGGESTION, " (did you mean %.*s?)", SLICE_FMT(meant));
	return at;
}

static const char *write_amount(uint64_t sum, bool (*print)(struct buf *, uint64_t), char *at)
{
	scoped(buf_finish) struct buf text = buf_make(64);
	bool fine = sum > 0 && print(&text, sum);
	return write_question(fine ? buf_slice(&text) : (struct slice){0}, at);
}

const char *suggest_size(struct slice text, char *at)
{
	uint64_t sum = sum_amounts(text, &(struct words){sizes, COUNT_OF(sizes)});
	return sum ? write_amount(sum, value_print_size, at) : suggest_count(text, at);
}

const char *suggest_duration(struct slice text, char *at)
{
	return write_amount(sum_amounts(text, &(struct words){durations, COUNT_OF(durations)}),
			    value_print_duration, at);
}

/* ## Numbers */

/* Applies an exponent as in "1e3" to *n, if there is one. Returns false if it is invalid. */
static bool take_exponent(struct slice *text, uint64_t *n)
{
	uint64_t zeros, scale;
	if (text->len == 0 || (text->at[0] != 'e' && text->at[0] != 'E'))
		return true;
	*text = slice_after(*text, 1);
	if (!take_digits(text, &zeros, &scale) || zeros > 12)
		return false;
	for (; zeros > 0; zeros--)
		if (__builtin_mul_overflow(*n, 10, n))
			return false;
	return true;
}

const char *suggest_count(struct slice text, char *at)
{
	char plain[64];
	size_t len = 0;
	for (size_t i = 0; i < text.len && len < sizeof plain; i++)
		if (!strchr(", '", text.at[i]))
			plain[len++] = text.at[i];
	struct slice rest = slice_make(plain, len);
	uint64_t n, scale;
	bool fine = take_digits(&rest, &n, &scale) && take_exponent(&rest, &n) && rest.len == 0;
	return write_amount(fine ? n : 0, value_print_count, at);
}

/* A number without a percent sign is a fraction up to 1, and a percentage above. */
const char *suggest_percentage(struct slice text, char *at)
{
	uint64_t whole, part = 0, scale, part_scale = 1;
	bool fine = take_digits(&text, &whole, &scale);
	if (fine && text.len && text.at[0] == '.') {
		text = slice_after(text, 1);
		fine = take_digits(&text, &part, &part_scale) && part_scale <= 10000;
	}
	skip_blanks(&text);
	bool percent = slice_is(text, "%");
	if (!fine || whole > 100 || (text.len && !percent))
		return write_question((struct slice){0}, at);
	uint64_t times = !percent && (whole == 0 || (whole == 1 && part == 0)) ? 10000 : 100;
	return write_amount(whole * times + part * times / part_scale, value_print_percentage, at);
}

/* ## Choices */

static bool begins_with(struct slice text, struct slice prefix)
{
	return text.len >= prefix.len &&
	       slice_equal_nocase(slice_make(text.at, prefix.len), prefix);
}

static bool is_among(struct slice text, const char *const *words)
{
	for (; *words; words++)
		if (slice_is_nocase(text, *words))
			return true;
	return false;
}

const char *suggest_choice(struct slice text, const char *choices, char *at)
{
	static const char *const yes[] = {"true", "yes", "on", "y", "1", "enabled", NULL};
	static const char *const no[] = {"false", "no", "off", "n", "0", "disabled", NULL};
	const char *const *synonyms = is_among(text, yes) ? yes : is_among(text, no) ? no : NULL;
	char word[NEAREST_WORD + 1];
	snprintf(word, sizeof word, "%.*s", text.len > NEAREST_WORD ? NEAREST_WORD : (int)text.len,
		 text.at);
	struct nearest n = nearest_to(word);
	struct slice best = {0};
	for (struct slice rest = slice_of(choices); rest.at;) {
		struct slice one = slice_cut(&rest, '|');
		char choice[NEAREST_WORD + 1];
		snprintf(choice, sizeof choice, "%.*s", SLICE_FMT(one));
		if (synonyms && is_among(one, synonyms))
			return write_question(one, at);
		/* "warning" suggests warn. */
		if (one.len > 2 && begins_with(text, one))
			return write_question(one, at);
		size_t before = n.distance;
		nearest_offer(&n, choice, "");
		if (n.distance < before)
			best = one;
	}
	return write_question(best, at);
}
