/* The pieces of a canonical form. For canonical.c, and for those who write forms
 * of bodies that are no JSON.
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
 * Why no two requests share a form. The first byte of a piece tells it from every other that may
 * stand there, and lengths stand in front of free bytes: so a form can be read back in one way
 * only. What is read back is the document, less its blanks, the order of members between < and >,
 * how its strings were escaped, how the numbers behind d were spelled, and the members left out.
 * Nothing of that tells two requests apart, and all else is there. Sorted and ordered objects have
 * brackets of their own, so that this holds for the bytes alone, whatever table of steps led to
 * them. A number behind # at the top has an exponent that no number behind d has.
 *
 * Fails: false, with *out as it was, when *out is full. Threads: one at a time per buf. */
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
MUST_CHECK bool canonical_put(struct buf *out, char tag, struct slice bytes);

/* As form_put, of what stands between the quotes of a scanned string, decoded; *ret_decoded is that
 * in *out, until *out changes. */
MUST_CHECK bool canonical_put_escaped(struct buf *out, char tag, struct slice text,
				      struct slice *ret_decoded);

/* A scanned number by its exact value, or by its spelling where decimal.h knows no value. */
MUST_CHECK bool canonical_put_value(struct buf *out, struct slice spelling);
