/* LEB128: a length in as few bytes as it needs, seven bits in each, the lowest first; the top bit
 * says that more bytes follow. Threads: any. */
#pragma once

#include <stddef.h>

enum { LEB128_BYTES = 10 }; /* the longest encoding of 64 bits */

/* The number of bytes that the encoded length takes. */
static inline size_t leb128_size(size_t length)
{
	size_t size = 1;
	for (; length >= 0x80; length >>= 7)
		size++;
	return size;
}

/* Writes leb128_size(length) bytes to `at`. Returns the end of them. */
static inline char *leb128_put(char *at, size_t length)
{
	for (; length >= 0x80; length >>= 7)
		*at++ = (char)(0x80 | (length & 0x7f));
	*at++ = (char)length;
	return at;
}

/* Reads what leb128_put wrote, and moves *at past it. Does not check bounds, so it must not be used
 * on untrusted bytes. */
static inline size_t leb128_get(const char **at)
{
	size_t length = 0;
	unsigned char byte;
	unsigned shift = 0;
	do {
		byte = (unsigned char)*(*at)++;
		length |= (size_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return length;
}
