/* The bytes of a piece are written after a gap for the tag and the longest length that they may
 * need. Then tag and length are written, and the bytes are moved down if the length is shorter. */
#include "cache/key/canonical_writer.h"

#include "cache/key/decimal.h"
#include "cache/key/json_scan.h"
#include "cache/store/leb128.h"

/* Returns where to write the bytes of a piece, at most `most`. NULL if *out is full. */
static char *begin_piece(struct buf *out, size_t most)
{
	size_t front = 1 + leb128_size(most);
	return buf_reserve(out, front + most) ? out->at + out->len + front : NULL;
}

/* Writes the tag and the length of the `len` bytes at `made`. Returns the bytes in *out. */
static struct slice end_piece(struct buf *out, char tag, const char *made, size_t len)
{
	char *at = out->at + out->len;
	*at++ = tag;
	at = leb128_put(at, len);
	if (at != made)
		memmove(at, made, len);
	out->len = (size_t)(at - out->at) + len;
	return slice_make(at, len);
}

bool canonical_writer_put(struct buf *out, char tag, struct slice bytes)
{
	char *made = begin_piece(out, bytes.len);
	if (!made)
		return false;
	memcpy(made, bytes.at, bytes.len);
	end_piece(out, tag, made, bytes.len);
	return true;
}

bool canonical_writer_put_escaped(struct buf *out, char tag, struct slice text,
				  struct slice *ret_decoded)
{
	char *made = begin_piece(out, text.len);
	if (!made)
		return false;
	*ret_decoded = end_piece(out, tag, made, json_decode(text, made));
	return true;
}

bool canonical_writer_put_value(struct buf *out, struct slice spelling)
{
	char *made = begin_piece(out, spelling.len + DECIMAL_EXTRA);
	if (!made)
		return false;
	size_t len = decimal_normal(spelling, made);
	if (len == 0)
		return canonical_writer_put(out, CANONICAL_SPELLING, spelling);
	end_piece(out, CANONICAL_VALUE, made, len);
	return true;
}
