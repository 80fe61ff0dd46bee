/* Conversion between decimals and float32, by plain arithmetic where a double is exact: integers
 * below 2^53 and powers of ten up to 10^22 are exact as doubles, so one division or multiplication
 * of them rounds once, just as reading the decimal does. Everything else is left to libc. */
#include "proxy/openai/embeddings/embedding_vector.h"

#include "base/base64.h"

#include <endian.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const double tens[] = {1e0,  1e1,  1e2,	1e3,  1e4,  1e5,  1e6,	1e7,
			      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
			      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

enum {
	EXACT_POWER = 22, /* the largest power of ten that is exact */
	NUMBER_TEXT = 32, /* room for any float32 as written here */
	PARSED_MOST = 64, /* longer numbers are not accepted */
};

static float number_at(const char *at)
{
	uint32_t bits;
	memcpy(&bits, at, sizeof bits);
	bits = le32toh(bits);
	float number;
	memcpy(&number, &bits, sizeof number);
	return number;
}

static void put_number(char *at, float number)
{
	uint32_t bits;
	memcpy(&bits, &number, sizeof bits);
	bits = htole32(bits);
	memcpy(at, &bits, sizeof bits);
}

/* ## float32 to decimals */

/* The value of a decimal: digits * 10^-scale. */
struct decimal {
	uint32_t digits;
	int scale;
};

static double decimal_value(struct decimal d)
{
	return d.scale >= 0 ? (double)d.digits / tens[d.scale] : (double)d.digits * tens[-d.scale];
}

/* Whether the decimal reads back as the number, directly or through a double. A double exactly
 * halfway between two float32 is rejected: it may stand for decimals on either side, which a reader
 * of float32 would tell apart. A whole number is exact as a double, so it is accepted. */
static bool reads_as(struct decimal d, float number)
{
	double value = decimal_value(d);
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	bool halfway = (bits & 0x1fffffff) == 0x10000000;
	return (float)value == number && (!halfway || d.scale <= 0);
}

/* Returns the exponent of the largest power of ten not above a number between 1e-14 and 1e15. */
static int magnitude(double number)
{
	int binary;
	frexp(number, &binary);
	int ten = (binary - 1) * 1233 >> 12; /* 1233 / 4096 is nearly log10(2) */
	double below = ten >= 0 ? tens[ten] : 1 / tens[-ten];
	if (number < below)
		return ten - 1;
	/* no finding: the table has one more power on each side than these bounds */
	double above = ten + 1 >= 0 ? tens[ten + 1] : 1 / tens[-ten - 1];
	return number >= above ? ten + 1 : ten;
}

static struct decimal rounded(double number, int ten, int digits)
{
	int scale = digits - 1 - ten;
	double scaled = scale >= 0 ? number * tens[scale] : number / tens[-scale];
	return (struct decimal){(uint32_t)(scaled + 0.5), scale};
}

/* Finds the shortest decimal of a positive number. Six digits always survive conversion to float32,
 * and nine always distinguish two float32. False: the number is out of range. */
static bool shortest(float number, struct decimal *ret)
{
	if (!(number >= 1e-14f && number < 1e15f))
		return false;
	int ten = magnitude(number);
	struct decimal best = rounded(number, ten, 8);
	if (!reads_as(best, number)) {
		*ret = rounded(number, ten, 9);
		return reads_as(*ret, number);
	}
	for (int digits = 7; digits >= 6; digits--) {
		struct decimal shorter = rounded(number, ten, digits);
		if (!reads_as(shorter, number))
			break;
		best = shorter;
	}
	for (; best.digits % 10 == 0; best.scale--)
		best.digits /= 10;
	*ret = best;
	return true;
}

static size_t put_digits(char *at, uint32_t digits)
{
	char reversed[10];
	size_t count = 0;
	for (; digits; digits /= 10)
		reversed[count++] = (char)('0' + digits % 10);
	for (size_t i = 0; i < count; i++)
		at[i] = reversed[count - 1 - i];
	return count;
}

static char *put_zeros(char *at, int count)
{
	for (; count > 0; count--)
		*at++ = '0';
	return at;
}

/* Returns the end of the text written. */
static char *put_decimal(char *at, struct decimal d)
{
	char digits[10];
	int count = (int)put_digits(digits, d.digits);
	int whole = count - d.scale; /* digits before the point; may be 0 or negative */
	if (whole > 0) {
		int first = whole < count ? whole : count;
		memcpy(at, digits, (size_t)first);
		at = put_zeros(at + first, whole - count);
		*at++ = '.';
		if (first == count)
			*at++ = '0';
		memcpy(at, digits + first, (size_t)(count - first));
		return at + (count - first);
	}
	*at++ = '0';
	*at++ = '.';
	at = put_zeros(at, -whole);
	memcpy(at, digits, (size_t)count);
	return at + count;
}

/* Writes a very large or very small number with libc, in up to nine digits. */
static char *put_with_libc(char *at, float number)
{
	int count = 0;
	for (int digits = 1; digits <= 9; digits++) {
		count = snprintf(at, NUMBER_TEXT, "%.*e", digits - 1, (double)number);
		if (strtof(at, NULL) == number && (float)strtod(at, NULL) == number)
			break;
	}
	return at + count;
}

/* Writes at most NUMBER_TEXT bytes and returns their end. */
static char *put_text(char *at, float number)
{
	if (signbit(number)) {
		*at++ = '-';
		number = -number;
	}
	if (number == 0) {
		memcpy(at, "0.0", 3);
		return at + 3;
	}
	struct decimal d;
	return shortest(number, &d) ? put_decimal(at, d) : put_with_libc(at, number);
}

bool embedding_vector_write_list(struct slice numbers, struct buf *out)
{
	size_t before = out->len;
	if (!buf_append_byte(out, '['))
		return false;
	for (size_t i = 0; i < numbers.len; i += EMBEDDING_VECTOR_NUMBER) {
		if (!buf_reserve(out, NUMBER_TEXT + 2)) {
			out->len = before;
			return false;
		}
		char *at = out->at + out->len;
		if (i)
			*at++ = ',';
		out->len = (size_t)(put_text(at, number_at(numbers.at + i)) - out->at);
	}
	if (buf_append_byte(out, ']'))
		return true;
	out->len = before;
	return false;
}

/* ## Decimals to float32 */

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/* A number split into its parts. */
struct number_text {
	struct slice text;
	bool negative;
	uint64_t digits; /* without the point */
	int count;	 /* number of digits without leading zeros */
	int ten;	 /* power of ten; an exponent out of range counts as 9999 */
};

static const char *read_digits(const char *at, const char *end, struct number_text *s)
{
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		s->digits = s->digits * 10 + (uint64_t)(*at - '0');
		s->count += s->count || *at != '0';
	}
	return at;
}

/* NULL: the exponent has no digits. */
static const char *read_exponent(const char *at, const char *end, struct number_text *s)
{
	bool negative = at < end && *at == '-';
	at += at < end && (*at == '-' || *at == '+');
	const char *first = at;
	int exponent = 0;
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		exponent = exponent > 999 ? 9999 : exponent * 10 + (*at - '0');
	s->ten += negative ? -exponent : exponent;
	return at > first ? at : NULL;
}

static const char *read_fraction(const char *at, const char *end, struct number_text *s)
{
	const char *last = read_digits(at, end, s);
	s->ten -= (int)(last - at);
	return last > at ? last : NULL;
}

/* Parses a number (RFC 8259 §6) of fewer than PARSED_MOST bytes. NULL: it is none. */
static const char *parse_number(const char *at, const char *end, struct number_text *s)
{
	const char *start = at;
	if (end - at > PARSED_MOST)
		end = at + PARSED_MOST;
	*s = (struct number_text){.negative = at < end && *at == '-'};
	at += s->negative;
	const char *first = at;
	at = read_digits(at, end, s);
	if (at == first || (*first == '0' && at - first > 1))
		return NULL;
	if (at < end && *at == '.')
		at = read_fraction(at + 1, end, s);
	if (at && at < end && (*at == 'e' || *at == 'E'))
		at = read_exponent(at + 1, end, s);
	if (!at || at - start == PARSED_MOST)
		return NULL;
	s->text = slice_make(start, (size_t)(at - start));
	return at;
}

/* Returns the double that the number reads as. */
static double number_value(const struct number_text *s)
{
	if (s->count <= 19 && s->digits < 1ull << 53 && abs(s->ten) <= EXACT_POWER) {
		double digits = (double)s->digits;
		/* no finding: the condition keeps the index within the table */
		double value = s->ten < 0 ? digits / tens[-s->ten] : digits * tens[s->ten];
		return s->negative ? -value : value;
	}
	char text[PARSED_MOST + 1];
	memcpy(text, s->text.at, s->text.len);
	text[s->text.len] = 0;
	return strtod(text, NULL);
}

static bool survives(double value, float number)
{
	if (value == (double)number)
		return true;
	struct decimal d;
	if (shortest(fabsf(number), &d))
		return decimal_value(d) == fabs(value);
	char text[NUMBER_TEXT];
	*put_text(text, number) = 0;
	return strtod(text, NULL) == value;
}

/* Appends one number. NULL: there is no number that is finite as float32, or *out is full. */
static const char *read_number(const char *at, const char *end, struct buf *out, bool *survived)
{
	struct number_text s;
	at = parse_number(at, end, &s);
	if (!at)
		return NULL;
	double value = number_value(&s);
	float number = (float)value;
	if (!isfinite(number))
		return NULL;
	char bytes[EMBEDDING_VECTOR_NUMBER];
	put_number(bytes, number);
	*survived = *survived && survives(value, number);
	return buf_append(out, bytes, sizeof bytes) ? at : NULL;
}

long embedding_vector_read_list(struct slice text, struct buf *out, bool *ret_survives)
{
	const char *end = text.at + text.len;
	const char *at = skip_blanks(text.at, end);
	size_t before = out->len;
	bool survived = true;
	while ((at = read_number(at, end, out, &survived))) {
		at = skip_blanks(at, end);
		if (at == end || *at != ',')
			break;
		at = skip_blanks(at + 1, end);
	}
	if (at && at < end && *at == ']') {
		*ret_survives = survived;
		return at - text.at;
	}
	out->len = before;
	return -1;
}

/* ## Base64 */

static bool all_finite(struct slice numbers)
{
	for (size_t i = 0; i < numbers.len; i += EMBEDDING_VECTOR_NUMBER)
		if (!isfinite(number_at(numbers.at + i)))
			return false;
	return true;
}

bool embedding_vector_read_base64(struct slice text, struct buf *out)
{
	size_t before = out->len;
	if (text.len == 0 || !base64_decode(text, out))
		return false;
	struct slice numbers = slice_make(out->at + before, out->len - before);
	if (numbers.len % EMBEDDING_VECTOR_NUMBER == 0 && all_finite(numbers))
		return true;
	out->len = before;
	return false;
}

bool embedding_vector_write_base64(struct slice numbers, struct buf *out)
{
	size_t before = out->len;
	if (buf_append_byte(out, '"') && base64_encode(numbers, out) && buf_append_byte(out, '"'))
		return true;
	out->len = before;
	return false;
}
