/* Strict UTF-8: Table 3-7 of the Unicode Standard and RFC 3629 §4. Overlong forms, surrogates and
 * code points above U+10FFFF are invalid. Threads: any. */
#pragma once

#include "base/slice.h"

/* What the first byte of a character determines: its length and the bounds of its second byte. All
 * further bytes are 0x80 to 0xbf. */
struct utf8_lead {
	unsigned char length; /* 0: not a valid first byte */
	unsigned char low, high;
};

static inline struct utf8_lead utf8_lead(unsigned char byte)
{
	if (byte < 0x80)
		return (struct utf8_lead){.length = 1};
	if (byte < 0xc2 || byte > 0xf4)
		return (struct utf8_lead){.length = 0};
	if (byte < 0xe0)
		return (struct utf8_lead){2, 0x80, 0xbf};
	if (byte < 0xf0)
		return (struct utf8_lead){3, byte == 0xe0 ? 0xa0 : 0x80,
					  byte == 0xed ? 0x9f : 0xbf};
	return (struct utf8_lead){4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
}

/* The length in bytes of the character at the front of s; 0 if it is invalid, incomplete or s is
 * empty. */
static inline size_t utf8_length(struct slice s)
{
	struct utf8_lead lead = s.len ? utf8_lead((unsigned char)s.at[0]) : (struct utf8_lead){0};
	if (s.len < lead.length)
		return 0;
	for (size_t i = 1; i < lead.length; i++) {
		unsigned char byte = (unsigned char)s.at[i];
		if (byte < lead.low || byte > lead.high)
			return 0;
		lead.low = 0x80;
		lead.high = 0xbf;
	}
	return lead.length;
}

/* Whether s shows nothing: it is empty, or consists of white space (Unicode's property
 * White_Space), controls, the blank Braille pattern, and characters without width
 * (Default_Ignorable_Code_Point and Hangul fillers). False if s is not valid UTF-8. */
bool utf8_is_blank(struct slice s);
