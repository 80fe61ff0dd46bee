/* Canonical form of a multipart/form-data body (RFC 7578). Equal forms have the same canonical
 * form, whatever boundary the client has chosen.
 *
 * "M" { type parameter: "t" name "v" value } { part: "P" { "h" name "v" value } "b" content } "E"
 *
 * Names, values and contents are preceded by their lengths. Everything in a part counts, and so
 * does the order of parts: headers with their values as sent, names in lower case, and the content
 * byte for byte. The boundary and the blanks around header values are left out.
 *
 * Two different forms cannot have the same canonical form: free bytes are preceded by their length
 * and tags tell what follows, so it can be parsed in one way only. A body also has only one
 * reading: it is accepted only if it follows RFC 2046 §5.1.1 to the letter and the delimiter occurs
 * nowhere but between parts. There may be no preamble, epilogue, folded headers, bare line ends in
 * headers, or blanks after a boundary; each part has one Content-Disposition: form-data with one
 * name.
 *
 * Pure; one pass. Threads: any. */
#pragma once

#include "base/buf.h"

struct multipart_part {
	struct slice name;    /* of the field, as spelled */
	struct slice content; /* points into the body */
	bool file;	      /* the part has a file name */
};

struct multipart_rules {
	/* Called for every part, in order. Returns whether the part belongs to the canonical
	 * form. */
	bool (*on_part)(void *context, const struct multipart_part *part);
	void *context;
};

enum multipart_result {
	MULTIPART_FINE,
	MULTIPART_INVALID,   /* not multipart/form-data, or malformed */
	MULTIPART_NO_MEMORY, /* *out is full */
};

/* Reads a body that has this Content-Type and appends its canonical form to *out. If the result is
 * not MULTIPART_FINE, *out is unchanged, although on_part may have been called. */
MUST_CHECK enum multipart_result multipart_form(struct slice content_type, struct slice body,
						const struct multipart_rules *rules,
						struct buf *out);
