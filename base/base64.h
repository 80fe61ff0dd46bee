/* Base64 (RFC 4648 §4): the alphabet with '+' and '/', padded, without line breaks. Any thread. */
#pragma once

#include "base/buf.h"

/* How long the text of so many bytes is. */
static inline size_t base64_length(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

/* Appends the text of the bytes. False: *out is full, and as it was. */
MUST_CHECK bool base64_encode(struct slice bytes, struct buf *out);

/* Appends the bytes of a text. Strict: false for any other character, for padding that is missing
 * or stands elsewhere than at the end, for bits under the padding that are not zero (§3.5), and
 * when *out is full; *out is then as it was. */
MUST_CHECK bool base64_decode(struct slice text, struct buf *out);
