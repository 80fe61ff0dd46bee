/* A vector: the numbers of one embedding, as float32 in four bytes each, the lowest first. So
 * base64 answers carry them, and so models compute them.
 *
 * A list of decimals says no more than float32 can hold when it survives: every number reads as a
 * double that is some float32 widened (llama.cpp and OpenAI print those), or is the shortest
 * decimal of one. Then the list is written again from the float32, in its shortest decimals: as
 * doubles those may differ from the ones that came, as float32 they are the same.
 *
 * Pure. Threads: any. */
#pragma once

#include "base/buf.h"

enum { EMBEDDING_VECTOR_NUMBER = 4 }; /* bytes of a number */

/* Reads a JSON list of numbers, whose opening bracket stands before `text`, and appends them to
 * *out. Stops at the closing bracket and returns how many bytes stand before it; -1 for anything
 * else than finite numbers of fewer than 64 characters with a comma between (RFC 8259 §6), for no
 * number at all, and when *out is full: *out is then as it was. *ret_survives: whether the list can
 * be written again from the float32. */
MUST_CHECK long embedding_vector_read_list(struct slice text, struct buf *out, bool *ret_survives);

/* Reads the base64 of float32 and appends them to *out. False: it is not that, has none or one that
 * is not finite, or *out is full; *out is then as it was. */
MUST_CHECK bool embedding_vector_read_base64(struct slice text, struct buf *out);

/* Appends the numbers as a JSON list: the fewest digits that read back to the same float32, be it
 * at once or by way of a double; always with a point or an exponent, so that nobody takes one for
 * an integer. All are finite. False: *out is full, and as it was. */
MUST_CHECK bool embedding_vector_write_list(struct slice numbers, struct buf *out);

/* Appends them as a JSON string of base64. False: *out is full, and as it was. */
MUST_CHECK bool embedding_vector_write_base64(struct slice numbers, struct buf *out);
