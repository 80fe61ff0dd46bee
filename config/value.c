#include "config/value_internal.h"

#include "config/suggest.h"

#include <stdio.h>

/* Quotes a value, cut to a length that keeps the error readable. */
#define SHOWN "\"%.*s\""
#define SHOW(text) (text).len > 80 ? 80 : (int)(text).len, (text).at

/* Cuts the digits off the front of *text. Returns false if there are none, or if they overflow a
 * uint64_t (then *ret_huge is true). */
static bool take_digits(struct slice *text, uint64_t *ret, bool *ret_huge)
{
	uint64_t n = 0;
	size_t len = 0;
	*ret_huge = false;
	for (; len < text->len && text->at[len] >= '0' && text->at[len] <= '9'; len++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(text->at[len] - '0'), &n))
			*ret_huge = true;
	}
	*text = slice_after(*text, len);
	*ret = n;
	return len > 0 && !*ret_huge;
}

static bool too_large(struct slice text, struct error_text *why)
{
	return error_text_set(why, SHOWN " is too large", SHOW(text));
}

/* Refuses what other programs would read as an octal number: sets *why and returns true. */
static bool has_leading_zero(struct slice text, struct error_text *why)
{
	size_t zeros = 0;
	while (zeros < text.len && text.at[zeros] == '0')
		zeros++;
	if (zeros == 0 || zeros == text.len || text.at[zeros] < '1' || text.at[zeros] > '9')
		return false;
	error_text_set(why, SHOWN " begins with a zero, as octal numbers do: write " SHOWN,
		       SHOW(text), SHOW(slice_after(text, zeros)));
	return true;
}

bool value_count(struct slice text, uint64_t *ret, struct error_text *why)
{
	struct slice rest = text;
	uint64_t n;
	bool huge;
	char meant[SUGGESTION];
	bool digits = take_digits(&rest, &n, &huge);
	if (rest.len > 0 || (!digits && !huge))
		return error_text_set(why, SHOWN " is not a whole number%s", SHOW(text),
				      suggest_count(text, meant));
	if (has_leading_zero(text, why))
		return false;
	if (huge)
		return too_large(text, why);
	*ret = n;
	return true;
}

static const struct unit *find_unit(const struct unit *units, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++) {
		if (units[i].name && slice_is(name, units[i].name))
			return &units[i];
	}
	return NULL;
}

bool value_size(struct slice text, uint64_t *ret_bytes, struct error_text *why)
{
	struct slice name = text;
	uint64_t n;
	bool huge;
	bool digits = take_digits(&name, &n, &huge);
	const struct unit *unit = find_unit(value_sizes, VALUE_SIZES, name);
	char meant[SUGGESTION];
	if ((!digits && !huge) || (name.len > 0 && !unit))
		return error_text_set(why,
				      SHOWN
				      " is not a size: bytes, or a whole number with KiB, MiB, "
				      "GiB, TiB, KB, MB, GB or TB, like 512MiB%s",
				      SHOW(text), suggest_size(text, meant));
	if (has_leading_zero(text, why))
		return false;
	if (huge || __builtin_mul_overflow(n, unit ? unit->factor : 1, &n))
		return too_large(text, why);
	*ret_bytes = n;
	return true;
}

bool value_duration(struct slice text, uint64_t *ret_ms, struct error_text *why)
{
	struct slice name = text;
	uint64_t n;
	bool huge;
	bool digits = take_digits(&name, &n, &huge);
	const struct unit *unit = find_unit(value_durations, VALUE_DURATIONS, name);
	char meant[SUGGESTION];
	if (digits && name.len == 0 && n == 0)
		unit = &value_durations[0];
	else if ((digits || huge) && name.len == 0)
		return error_text_set(why, SHOWN " has no unit: ms, s, m, h or d, like %.*ss",
				      SHOW(text), SHOW(text));
	if ((!digits && !huge) || !unit)
		return error_text_set(why,
				      SHOWN
				      " is not a duration: a whole number with ms, s, m, h or d, "
				      "like 500ms, 30s or 24h%s",
				      SHOW(text), suggest_duration(text, meant));
	if (has_leading_zero(text, why))
		return false;
	if (huge || __builtin_mul_overflow(n, unit->factor, &n) || n > INT64_MAX)
		return too_large(text, why);
	*ret_ms = n;
	return true;
}

/* Reads up to two digits behind a decimal point, if there is one. */
static bool take_hundredths(struct slice *text, uint64_t *ret)
{
	if (text->len == 0 || text->at[0] != '.') {
		*ret = 0;
		return true;
	}
	*text = slice_after(*text, 1);
	size_t before = text->len;
	bool huge;
	if (!take_digits(text, ret, &huge) || before - text->len > 2)
		return false;
	if (before - text->len == 1)
		*ret *= 10;
	return true;
}

bool value_percentage(struct slice text, uint64_t *ret_hundredths, struct error_text *why)
{
	struct slice rest = text;
	char meant[SUGGESTION];
	uint64_t whole, part;
	bool huge;
	if (slice_is(text, "0")) {
		*ret_hundredths = 0;
		return true;
	}
	if (!take_digits(&rest, &whole, &huge) || !take_hundredths(&rest, &part) ||
	    !slice_is(rest, "%"))
		return error_text_set(why, SHOWN " is not a percentage: like 10%% or 2.5%%%s",
				      SHOW(text), suggest_percentage(text, meant));
	if (__builtin_mul_overflow(whole, 100, &whole) ||
	    __builtin_add_overflow(whole, part, &whole))
		return too_large(text, why);
	*ret_hundredths = whole;
	return true;
}

bool value_switch(struct slice text, bool *ret, struct error_text *why)
{
	char meant[SUGGESTION];
	if (!slice_is(text, "true") && !slice_is(text, "false"))
		return error_text_set(why, SHOWN " is neither true nor false%s", SHOW(text),
				      suggest_choice(text, "true|false", meant));
	*ret = slice_is(text, "true");
	return true;
}

unsigned value_choices(const char *choices)
{
	unsigned count = 1;
	for (; *choices; choices++)
		count += *choices == '|';
	return count;
}

/* Returns choice n, which must be less than value_choices. */
static struct slice nth_choice(const char *choices, unsigned n)
{
	for (; n > 0; n--)
		choices = strchr(choices, '|') + 1;
	return slice_make(choices, strcspn(choices, "|"));
}

bool value_choice(struct slice text, const char *choices, unsigned *ret, struct error_text *why)
{
	for (unsigned i = 0; i < value_choices(choices); i++) {
		if (slice_equal(text, nth_choice(choices, i))) {
			*ret = i;
			return true;
		}
	}
	char meant[SUGGESTION];
	return error_text_set(why, SHOWN " is not one of %s%s", SHOW(text), choices,
			      suggest_choice(text, choices, meant));
}

bool value_print_choice(struct buf *to, const char *choices, unsigned choice)
{
	return buf_append_slice(to, nth_choice(choices, choice));
}
