/* A strict scanner of JSON texts: exactly RFC 8259, UTF-8 included.
 *
 * It returns tokens that point into the text, so that numbers keep their spelling and strings their
 * escapes; JSON libraries lose these. One pass, no allocation, bounded depth.
 *
 *     struct json_scan scan = json_scan_start(text);
 *     struct json_token t;
 *     while (json_scan_next(&scan, &t)) ...
 *     if (scan.fault) ...                         // scan.at says where
 *
 * It rejects anything RFC 8259 does not allow, a byte order mark, bytes after the value, invalid
 * UTF-8 (overlong forms, surrogates, above U+10FFFF), lone surrogates in escapes, nesting deeper
 * than JSON_DEPTH and more than JSON_NODES values. It does not detect duplicate members.
 *
 * Threads: one at a time per scan. */
#pragma once

#include "base/own.h"
#include "base/slice.h"

#include <stdint.h>

enum { JSON_DEPTH = 64, JSON_NODES = 1 << 20 };

enum json_kind {
	JSON_OBJECT_OPEN,
	JSON_OBJECT_CLOSE,
	JSON_ARRAY_OPEN,
	JSON_ARRAY_CLOSE,
	JSON_KEY, /* a member's name */
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

enum json_fault {
	JSON_FINE,
	JSON_SYNTAX,
	JSON_ENCODING,	/* invalid UTF-8 */
	JSON_SURROGATE, /* an escape of a lone surrogate */
	JSON_TOO_DEEP,
	JSON_TOO_MANY,
	JSON_TRAILING, /* bytes after the value */
	JSON_CUT,      /* the text ends too early */
};

struct json_token {
	enum json_kind kind;
	struct slice text; /* as spelled; of keys and strings, without the quotes */
	bool escaped;	   /* keys and strings: text contains a backslash */
	unsigned depth;	   /* number of enclosing containers; 0: the outermost value or its end */
};

struct json_scan {
	const char *start;
	const char *at; /* on a fault: its location */
	const char *end;
	enum json_fault fault;
	/* private */
	uint64_t objects; /* bit n: the container at depth n is an object */
	unsigned depth;
	unsigned nodes;
	unsigned char expects;
};

/* The text must outlive the scan. */
struct json_scan json_scan_start(struct slice text);

/* Reads the next token. False at the end of the text and on a fault (scan->fault). */
bool json_scan_next(struct json_scan *scan, struct json_token *ret_token);

/* Decodes the text of a scanned key or string to `at`, which has room for text.len bytes: decoding
 * never makes a string longer. Returns the length. The result may contain NUL bytes. */
size_t json_decode(struct slice text, char *at);

/* Whether the text is valid JSON, within the limits above. */
bool json_valid(struct slice text);
