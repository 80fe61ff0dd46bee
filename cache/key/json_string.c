/* A chat request consists almost entirely of strings, so plain bytes are skipped sixteen at a time.
 */
#include "cache/key/json_string.h"

#include "base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Plain bytes are ASCII characters that stand for themselves. */
static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static const char *skip_plain(const char *at, const char *end)
{
#ifdef __SSE2__
	while (end - at >= 16) {
		__m128i bytes = _mm_loadu_si128((const void *)at);
		/* The comparison is signed, so bytes outside ASCII are below the space, too. */
		__m128i special = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
		special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
		special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
		unsigned mask = (unsigned)_mm_movemask_epi8(special);
		if (mask)
			return at + __builtin_ctz(mask);
		at += 16;
	}
#endif
	while (at < end && is_plain((unsigned char)*at))
		at++;
	return at;
}

/* Moves past one character of two bytes or more. */
static bool scan_utf8(struct json_scan *s)
{
	const unsigned char *at = (const unsigned char *)s->at;
	struct utf8_lead lead = utf8_lead(at[0]);
	if (lead.length == 0)
		return json_fail(s, JSON_ENCODING);
	for (int i = 1; i < lead.length; i++) {
		if (s->at + i == s->end)
			return json_fail(s, JSON_CUT);
		if (at[i] < lead.low || at[i] > lead.high)
			return json_fail(s, JSON_ENCODING);
		lead.low = 0x80;
		lead.high = 0xbf;
	}
	s->at += lead.length;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The value of the four hex digits after \u. */
static unsigned hex_unit(const char *at)
{
	unsigned unit = 0;
	for (int i = 0; i < 4; i++)
		unit = unit << 4 | (unsigned)hex_digit(at[i]);
	return unit;
}

static bool is_high_half(unsigned unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_half(unsigned unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Moves past the four digits of a \u escape. */
static bool scan_unit(struct json_scan *s, unsigned *ret_unit)
{
	for (int i = 0; i < 4; i++, s->at++)
		if (s->at == s->end || hex_digit(*s->at) < 0)
			return json_fail_here(s);
	*ret_unit = hex_unit(s->at - 4);
	return true;
}

/* Moves past the escape of the low surrogate that must follow a high one. */
static bool scan_low_half(struct json_scan *s)
{
	const char *escape = s->at;
	for (const char *mark = "\\u"; *mark; mark++, s->at++) {
		if (s->at == s->end)
			return json_fail(s, JSON_CUT);
		if (*s->at != *mark)
			return json_fail(s, JSON_SURROGATE);
	}
	unsigned unit;
	if (!scan_unit(s, &unit))
		return false;
	if (is_low_half(unit))
		return true;
	s->at = escape;
	return json_fail(s, JSON_SURROGATE);
}

/* Moves past one escape, which starts with a backslash. */
static bool scan_escape(struct json_scan *s)
{
	const char *escape = s->at++;
	if (s->at == s->end || *s->at == '\0' || !strchr("\"\\/bfnrtu", *s->at))
		return json_fail_here(s);
	if (*s->at++ != 'u')
		return true;
	unsigned unit;
	if (!scan_unit(s, &unit))
		return false;
	if (is_high_half(unit))
		return scan_low_half(s);
	if (!is_low_half(unit))
		return true;
	s->at = escape;
	return json_fail(s, JSON_SURROGATE);
}

bool json_scan_string(struct json_scan *s, struct json_token *t)
{
	const char *first = ++s->at;
	for (;;) {
		s->at = skip_plain(s->at, s->end);
		if (s->at == s->end)
			return json_fail(s, JSON_CUT);
		if (*s->at == '"')
			break;
		if (*s->at == '\\') {
			t->escaped = true;
			if (!scan_escape(s))
				return false;
			continue;
		}
		if ((unsigned char)*s->at < 0x20)
			return json_fail(s, JSON_SYNTAX);
		/* Characters outside ASCII usually come in runs. */
		while (s->at < s->end && (unsigned char)*s->at >= 0x80)
			if (!scan_utf8(s))
				return false;
	}
	t->text = slice_make(first, (size_t)(s->at - first));
	s->at++;
	return true;
}

/* ## Decoding */

static size_t put_utf8(unsigned point, char *at)
{
	if (point < 0x80) {
		at[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		at[0] = (char)(0xc0 | point >> 6);
		at[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		at[0] = (char)(0xe0 | point >> 12);
		at[1] = (char)(0x80 | (point >> 6 & 0x3f));
		at[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	at[0] = (char)(0xf0 | point >> 18);
	at[1] = (char)(0x80 | (point >> 12 & 0x3f));
	at[2] = (char)(0x80 | (point >> 6 & 0x3f));
	at[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

/* Decodes the escape at *from, which points after the backslash, to `at`, and moves *from past it.
 * Returns the number of bytes written. */
static size_t decode_escape(const char **from, char *at)
{
	char c = *(*from)++;
	switch (c) {
	case 'b':
		*at = '\b';
		return 1;
	case 'f':
		*at = '\f';
		return 1;
	case 'n':
		*at = '\n';
		return 1;
	case 'r':
		*at = '\r';
		return 1;
	case 't':
		*at = '\t';
		return 1;
	case 'u':
		break;
	default:
		*at = c;
		return 1;
	}
	unsigned point = hex_unit(*from);
	*from += 4;
	if (is_high_half(point)) {
		point = 0x10000 + ((point - 0xd800) << 10) + (hex_unit(*from + 2) - 0xdc00);
		*from += 6;
	}
	return put_utf8(point, at);
}

size_t json_decode(struct slice text, char *at)
{
	const char *from = text.at;
	const char *end = text.at + text.len;
	char *to = at;
	while (from < end) {
		const char *escape = memchr(from, '\\', (size_t)(end - from));
		size_t plain = (size_t)((escape ? escape : end) - from);
		memcpy(to, from, plain);
		to += plain;
		if (!escape)
			break;
		from = escape + 1;
		to += decode_escape(&from, to);
	}
	return (size_t)(to - at);
}
