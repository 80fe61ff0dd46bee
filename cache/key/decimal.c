#include "cache/key/decimal.h"

#include <endian.h>
#include <stdint.h>

/* An exponent of 18 digits plus the length of any text in memory fits into an int64_t. */
enum { EXPONENT_DIGITS = 18 };

/* Reads the exponent after the e. False: too many digits. */
static bool read_exponent(const char *at, const char *end, int64_t *ret_exponent)
{
	bool negative = *at == '-';
	if (*at == '-' || *at == '+')
		at++;
	while (at < end && *at == '0')
		at++;
	if (end - at > EXPONENT_DIGITS)
		return false;
	int64_t exponent = 0;
	for (; at < end; at++)
		exponent = exponent * 10 + (*at - '0');
	*ret_exponent = negative ? -exponent : exponent;
	return true;
}

/* Copies the digits before the exponent, without leading zeros and without the point. Returns where
 * it stopped. Decreases *exponent by the number of digits after the point. */
static const char *copy_digits(struct slice number, char *to, size_t *count, int64_t *exponent)
{
	const char *at = number.at;
	const char *end = number.at + number.len;
	bool fraction = false;
	for (; at < end && *at != 'e' && *at != 'E'; at++) {
		if (*at == '.') {
			fraction = true;
			continue;
		}
		*exponent -= fraction;
		if (*count > 0 || *at != '0')
			to[(*count)++] = *at;
	}
	return at;
}

/* Whether the number, the digits times 10^exponent, is at least 2^53. The digits have no zeros at
 * either end. */
static bool is_beyond_doubles(const char *digits, size_t count, int64_t exponent)
{
	static const char limit[] = "9007199254740992";
	enum { LIMIT_DIGITS = sizeof(limit) - 1 };
	if (count == 0)
		return false;
	int64_t whole = (int64_t)count + exponent; /* digits before the point */
	if (whole != LIMIT_DIGITS)
		return whole > LIMIT_DIGITS;
	size_t compared = count < LIMIT_DIGITS ? count : LIMIT_DIGITS;
	int order = memcmp(digits, limit, compared);
	return order > 0 || (order == 0 && count >= LIMIT_DIGITS);
}

static bool is_fraction(struct slice number)
{
	for (size_t i = 0; i < number.len; i++)
		if (number.at[i] == '.' || number.at[i] == 'e' || number.at[i] == 'E')
			return true;
	return false;
}

size_t decimal_normal(struct slice spelling, char *at)
{
	bool negative = spelling.len > 0 && spelling.at[0] == '-';
	struct slice number = negative ? slice_after(spelling, 1) : spelling;
	char *digits = at + DECIMAL_EXTRA;
	size_t count = 0;
	int64_t exponent = 0;
	const char *rest = copy_digits(number, digits, &count, &exponent);
	const char *end = number.at + number.len;
	int64_t shift = 0;
	if (count == 0)
		exponent = 0; /* zero, whatever its exponent */
	else if (rest < end && !read_exponent(rest + 1, end, &shift))
		return 0;
	while (count > 0 && digits[count - 1] == '0') {
		count--;
		exponent++;
	}
	uint64_t bytes = htole64((uint64_t)(exponent + shift));
	bool inexact = is_beyond_doubles(digits, count, exponent + shift) && is_fraction(number);
	at[0] = inexact ? (negative ? '<' : '>') : (negative ? '-' : '+');
	memcpy(at + 1, &bytes, sizeof(bytes));
	return DECIMAL_EXTRA + count;
}
