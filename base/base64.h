/* Base64 (RFC 4648 §4): the alphabet with '+' and '/', padded, without line breaks. Any thread. */
#pragma once

#include "base/buf.h"

/* The length of the base64 text for this many bytes. */
static inline size_t base64_length(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

/* Appends the base64 text of `bytes`. False, and leaves *out as it was, when *out is full. */
MUST_CHECK bool base64_encode(struct slice bytes, struct buf *out);

/* Appends the bytes that `text` decodes to. Strict: returns false, and leaves *out as it was, for
 * characters outside the alphabet, padding that is missing or not at the end, padding bits that are
 * not zero (§3.5), and when *out is full. */
MUST_CHECK bool base64_decode(struct slice text, struct buf *out);
