/* Content codings of request bodies (RFC 9110 §8.4.1): gzip, deflate, zstd and br, decoded in
 * runs so that other clients of the worker do not have to wait. The decoded body is only read:
 * the upstream gets the client's own bytes.
 *
 * A body must be unambiguous, or another server might read a different request from it. So it must
 * be exactly one member, stream or frame, with nothing after it, no second one and no dictionary,
 * and it must not begin like JSON or a form. Windows are limited as in HTTP (8 MiB for zstd: RFC
 * 9659).
 *
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "proxy/header/header_table.h"

enum content_coding {
	CONTENT_IDENTITY,
	CONTENT_GZIP,	 /* and x-gzip */
	CONTENT_DEFLATE, /* with zlib's wrapper, as in RFC 9110, or raw, as some clients send it */
	CONTENT_ZSTD,
	CONTENT_BROTLI,
	CONTENT_UNKNOWN, /* another coding, or several applied in turn */
};

/* The coding named by all Content-Encoding fields together; identity does not count. marks: of
 * these fields. */
enum content_coding content_coding_of(const struct fields *fields,
				      const struct header_marks *marks);

/* The ratio does not matter for bodies that decode to at most this many bytes. */
enum { CONTENT_SMALL = 1 << 20 };

enum content_state {
	CONTENT_MORE, /* call content_decoder_run again */
	CONTENT_DONE,
	CONTENT_BROKEN,	   /* not valid in this coding, or ambiguous */
	CONTENT_TOO_LARGE, /* decodes to more than the limits permit */
	CONTENT_NO_MEMORY,
};

struct content_decoder;

struct content_decoder_options {
	enum content_coding coding; /* neither identity nor unknown */
	struct slice body;	    /* must outlive the decoder */
	size_t limit;		    /* maximum number of decoded bytes */
	size_t ratio;		    /* maximum decoded bytes per byte of body, past CONTENT_SMALL */
};

/* NULL: no memory. */
struct content_decoder *content_decoder_create(const struct content_decoder_options *options);
void content_decoder_destroy(struct content_decoder **d);

/* Decodes for a while, which takes a few milliseconds. Must not be called again after a state other
 * than MORE. */
MUST_CHECK enum content_state content_decoder_run(struct content_decoder *d);

/* Memory held by the decoded bytes; it grows only in content_decoder_run. */
size_t content_decoder_bytes(const struct content_decoder *d);

/* Memory held by the library: for zstd and br up to a window and a little more. */
size_t content_decoder_state_bytes(const struct content_decoder *d);

/* After DONE: moves the decoded bytes to the caller, which frees them (buf_finish). */
struct buf content_decoder_take(struct content_decoder *d);
