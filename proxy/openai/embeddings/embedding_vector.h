/* Embedding vector: the numbers of one embedding as float32, four bytes each, little-endian. This
 * is how base64 responses carry them and how models compute them.
 *
 * A list of decimals survives conversion to float32 if every number reads as a double that equals a
 * float32 (llama.cpp and OpenAI print those), or is the shortest decimal of a float32. Such a list
 * is written again from the float32 in shortest decimals: read as doubles those may differ from the
 * original ones, read as float32 they are the same.
 *
 * Pure. Threads: any. */
#pragma once

#include "base/buf.h"

enum { EMBEDDING_VECTOR_NUMBER = 4 }; /* bytes of one number */

/* Reads a JSON list of numbers and appends them to *out. `text` begins after the opening bracket.
 * Returns the number of bytes before the closing bracket. -1: the text is anything else than finite
 * numbers of fewer than 64 characters separated by commas (RFC 8259 §6), has no number at all, or
 * *out is full; *out is then unchanged. *ret_survives: whether the list can be written again from
 * the float32. */
MUST_CHECK long embedding_vector_read_list(struct slice text, struct buf *out, bool *ret_survives);

/* Reads base64 of float32 and appends the numbers to *out. False: the text is invalid or empty, has
 * a number that is not finite, or *out is full; *out is then unchanged. */
MUST_CHECK bool embedding_vector_read_base64(struct slice text, struct buf *out);

/* Appends the numbers, all of which must be finite, as a JSON list. Each has the fewest digits that
 * read back to the same float32, directly or through a double, and always a point or an exponent,
 * so that no reader takes it for an integer. False: *out is full and unchanged. */
MUST_CHECK bool embedding_vector_write_list(struct slice numbers, struct buf *out);

/* Appends the numbers as a JSON string of base64. False: *out is full and unchanged. */
MUST_CHECK bool embedding_vector_write_base64(struct slice numbers, struct buf *out);
