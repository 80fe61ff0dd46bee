/* Content codings of request bodies (RFC 9110 §8.4.1): gzip, deflate, zstd and br, decoded in
 * slices so that no other client of the worker has to wait. What is decoded is only looked at: the
 * upstream gets the client's own bytes.
 *
 * A body has to have one reading, or another server might see another request in it. So it is one
 * member, stream or frame to its very end: nothing behind it, no second one, no dictionary; and it
 * does not begin as JSON or a form does. Windows
 * are at most those of HTTP (8 MiB for zstd: RFC 9659).
 *
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "proxy/header/header_table.h"

enum content_coding {
	CONTENT_IDENTITY,
	CONTENT_GZIP,	 /* and x-gzip */
	CONTENT_DEFLATE, /* in zlib's wrapper, as RFC 9110 wants, or raw, as some clients send it */
	CONTENT_ZSTD,
	CONTENT_BROTLI,
	CONTENT_UNKNOWN, /* another one, or several on top of each other */
};

/* What Content-Encoding says, over all its fields; identity does not count. `marks`: of the fields.
 */
enum content_coding content_coding_of(const struct fields *fields,
				      const struct header_marks *marks);

/* Bodies that decode to so much are fine whatever their ratio. */
enum { CONTENT_SMALL = 1 << 20 };

enum content_state {
	CONTENT_MORE, /* another slice is to be decoded */
	CONTENT_DONE,
	CONTENT_BROKEN,	   /* it is not in that coding, or not one thing to its end */
	CONTENT_TOO_LARGE, /* it decodes to more than is permitted */
	CONTENT_NO_MEMORY,
};

struct content_decoder;

struct content_decoder_options {
	enum content_coding coding; /* neither identity nor unknown */
	struct slice body;	    /* must outlive the decoder */
	size_t limit;		    /* of the decoded bytes */
	size_t ratio;		    /* decoded bytes for each one of the body, past CONTENT_SMALL */
};

/* NULL: there is no memory for its state. */
struct content_decoder *content_decoder_create(const struct content_decoder_options *options);
void content_decoder_destroy(struct content_decoder **d);

/* Decodes a slice, which takes a few milliseconds. Not to be called after another state than MORE.
 */
MUST_CHECK enum content_state content_decoder_run(struct content_decoder *d);

/* The memory of what was decoded so far; it grows in content_decoder_run only. */
size_t content_decoder_bytes(const struct content_decoder *d);

/* The library's own state, which comes on top: for zstd and br a window at most, and some. */
size_t content_decoder_state_bytes(const struct content_decoder *d);

/* Moves the decoded bytes out, once it is DONE. The caller finishes the buffer. */
struct buf content_decoder_take(struct content_decoder *d);
