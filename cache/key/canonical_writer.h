/* Writes the pieces of a canonical form. For canonical.c, and for callers that write canonical
 * forms of request bodies that are not JSON.
 *
 *     value  = "n" | "t" | "f"           null, true, false
 *            | "s" bytes                 string, decoded
 *            | "d" bytes                 number by its value (decimal.h)
 *            | "#" bytes                 number by its spelling
 *            | "[" *value "]"
 *            | "{" *member "}"           in document order
 *            | "<" *member ">"           in the order of the keys
 *     member = "k" bytes value
 *     bytes  = length (LEB128, shortest) and as many bytes
 *
 * Why different requests never have the same form: the first byte of a piece distinguishes it from
 * all others that can occur in its position, and arbitrary bytes are preceded by their length. So a
 * form can be decoded in one way only. Decoding it yields the document except for white space, the
 * order of members between < and >, the escapes in strings, the spelling of numbers after d, and
 * the members that were left out. None of these makes two requests different, and the form contains
 * everything else. Sorted and ordered objects have different brackets, so this holds for the bytes
 * alone, whatever table of steps produced them. A number after # at the top has an exponent that no
 * number after d has.
 *
 * All functions return false, and leave *out as it was, when *out is full. Threads: one at a time
 * per buf. */
#pragma once

#include "base/buf.h"

enum {
	CANONICAL_NULL = 'n',
	CANONICAL_TRUE = 't',
	CANONICAL_FALSE = 'f',
	CANONICAL_STRING = 's',
	CANONICAL_VALUE = 'd',
	CANONICAL_SPELLING = '#',
	CANONICAL_ARRAY_OPEN = '[',
	CANONICAL_ARRAY_CLOSE = ']',
	CANONICAL_ORDERED_OPEN = '{',
	CANONICAL_ORDERED_CLOSE = '}',
	CANONICAL_SORTED_OPEN = '<',
	CANONICAL_SORTED_CLOSE = '>',
	CANONICAL_KEY = 'k',
};

/* Appends tag, length and bytes. */
MUST_CHECK bool canonical_writer_put(struct buf *out, char tag, struct slice bytes);

/* As canonical_writer_put, with the decoded contents of a scanned string. `text` is what stands
 * between its quotes. *ret_decoded is the decoded string in *out, valid until *out changes. */
MUST_CHECK bool canonical_writer_put_escaped(struct buf *out, char tag, struct slice text,
					     struct slice *ret_decoded);

/* Appends a scanned number by its exact value, or by its spelling if decimal_normal fails. */
MUST_CHECK bool canonical_writer_put_value(struct buf *out, struct slice spelling);
