/* The canonical form of a multipart/form-data body (RFC 7578): the one spelling that equal forms
 * have in common, whatever boundary their clients have drawn.
 *
 *     "M" { type parameter: "t" name "v" value } { part: "P" { "h" name "v" value } "b" content }
 * "E"
 *
 * with lengths in front of names, values and contents. All of a part counts and so does the order:
 * its headers with their values as they came, names in lower case, and its content byte for byte.
 * What is left out is the boundary, and the blanks around header values.
 *
 * Why no two forms meet: lengths stand in front of free bytes and tags tell what comes, so a form
 * can be read back in one way only. And a body has one reading: it is accepted only if it is
 * spelled to the letter (RFC 2046 §5.1.1) and the delimiter stands nowhere but between parts. No
 * preamble, no epilogue, no folded headers, no bare line ends in headers, no blanks behind a
 * boundary; each part has one Content-Disposition: form-data with one name.
 *
 * Pure; one pass. Threads: any. */
#pragma once

#include "base/buf.h"

struct multipart_part {
	struct slice name;    /* of the field, as it is spelled */
	struct slice content; /* in the body */
	bool file;	      /* it has a file name */
};

struct multipart_rules {
	/* Sees every part, in order. False: it stays out of the form. */
	bool (*on_part)(void *context, const struct multipart_part *part);
	void *context;
};

enum multipart_result {
	MULTIPART_FINE,
	MULTIPART_INVALID,   /* not multipart/form-data, or not to the letter */
	MULTIPART_NO_MEMORY, /* *out is full */
};

/* Reads a body whose Content-Type is this, and appends its form to *out. If the result is not FINE,
 * *out is as it was, although on_part may have been called. */
MUST_CHECK enum multipart_result multipart_form(struct slice content_type, struct slice body,
						const struct multipart_rules *rules,
						struct buf *out);
