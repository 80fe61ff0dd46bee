#include "base/utf8.h"

#include <stdint.h>

/* The code point of the character at the front of s, which is `length` bytes long. */
static uint32_t decode(struct slice s, size_t length)
{
	uint32_t code = (unsigned char)s.at[0];
	if (length > 1)
		code &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++)
		code = code << 6 | ((unsigned char)s.at[i] & 0x3f);
	return code;
}

/* The ranges of blank characters, sorted; `last` is inclusive. */
static const struct {
	uint32_t first, last;
} blanks[] = {
    {0x0000, 0x0020},	/* C0 controls and the space */
    {0x007f, 0x00a0},	/* C1 controls and the no-break space */
    {0x00ad, 0x00ad},	/* soft hyphen */
    {0x034f, 0x034f},	/* combining grapheme joiner */
    {0x061c, 0x061c},	/* Arabic letter mark */
    {0x115f, 0x1160},	/* Hangul fillers */
    {0x1680, 0x1680},	/* Ogham space mark */
    {0x17b4, 0x17b5},	/* Khmer inherent vowels */
    {0x180b, 0x180f},	/* Mongolian variation selectors and vowel separator */
    {0x2000, 0x200f},	/* spaces, zero width, direction */
    {0x2028, 0x202f},	/* separators, direction, narrow no-break space */
    {0x205f, 0x206f},	/* mathematical space, word joiner, invisible operators */
    {0x2800, 0x2800},	/* Braille without dots */
    {0x3000, 0x3000},	/* ideographic space */
    {0x3164, 0x3164},	/* Hangul filler */
    {0xfe00, 0xfe0f},	/* variation selectors */
    {0xfeff, 0xfeff},	/* zero width no-break space */
    {0xffa0, 0xffa0},	/* half width Hangul filler */
    {0xfff0, 0xfff8},	/* not assigned */
    {0x1bca0, 0x1bca3}, /* shorthand format controls */
    {0x1d173, 0x1d17a}, /* musical format controls */
    {0xe0000, 0xe0fff}, /* tags, variation selectors */
};

static bool is_blank(uint32_t code)
{
	size_t low = 0;
	size_t high = sizeof blanks / sizeof *blanks;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (code > blanks[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sizeof blanks / sizeof *blanks && code >= blanks[low].first;
}

bool utf8_is_blank(struct slice s)
{
	while (s.len) {
		size_t length = utf8_length(s);
		if (length == 0 || !is_blank(decode(s, length)))
			return false;
		s = slice_after(s, length);
	}
	return true;
}
