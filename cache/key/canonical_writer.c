/* The bytes of a piece are made in place, behind the longest tag and length they may need; then tag
 * and length are written, and the bytes move up if these turned out shorter. */
#include "cache/key/canonical_writer.h"

#include "cache/key/decimal.h"
#include "cache/key/json_scan.h"
#include "cache/store/leb128.h"

/* Where to make the bytes of a piece, at most so many. NULL: full. */
static char *piece_begins(struct buf *out, size_t most)
{
	size_t front = 1 + leb128_size(most);
	return buf_reserve(out, front + most) ? out->at + out->len + front : NULL;
}

/* Returns where its bytes lie. */
static struct slice piece_ends(struct buf *out, char tag, const char *made, size_t len)
{
	char *at = out->at + out->len;
	*at++ = tag;
	at = leb128_put(at, len);
	if (at != made)
		memmove(at, made, len);
	out->len = (size_t)(at - out->at) + len;
	return slice_make(at, len);
}

bool canonical_put(struct buf *out, char tag, struct slice bytes)
{
	char *made = piece_begins(out, bytes.len);
	if (!made)
		return false;
	memcpy(made, bytes.at, bytes.len);
	piece_ends(out, tag, made, bytes.len);
	return true;
}

bool canonical_put_escaped(struct buf *out, char tag, struct slice text, struct slice *ret_decoded)
{
	char *made = piece_begins(out, text.len);
	if (!made)
		return false;
	*ret_decoded = piece_ends(out, tag, made, json_decode(text, made));
	return true;
}

bool canonical_put_value(struct buf *out, struct slice spelling)
{
	char *made = piece_begins(out, spelling.len + DECIMAL_EXTRA);
	if (!made)
		return false;
	size_t len = decimal_normal(spelling, made);
	if (len == 0)
		return canonical_put(out, CANONICAL_SPELLING, spelling);
	piece_ends(out, CANONICAL_VALUE, made, len);
	return true;
}
