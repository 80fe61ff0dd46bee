/* A strict scanner of JSON texts: RFC 8259 to the letter, UTF-8 included.
 *
 * It hands out tokens that point into the text, so that nothing is lost: numbers keep their
 * spelling, strings their escapes. One pass, no allocation, bounded depth. It is ours because no
 * library keeps what matters here.
 *
 *     struct json_scan scan = json_scan_start(text);
 *     struct json_token t;
 *     while (json_scan_next(&scan, &t)) ...
 *     if (scan.fault) ...                         // scan.at says where
 *
 * Refused: anything RFC 8259 refuses, a byte order mark, bytes behind the value, invalid UTF-8
 * (overlong forms, surrogates, above U+10FFFF), lone surrogates in escapes, nesting deeper than
 * JSON_DEPTH, more than JSON_NODES values. Duplicate members are the caller's to find.
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
	JSON_SURROGATE, /* an escape that is half a pair */
	JSON_TOO_DEEP,
	JSON_TOO_MANY,
	JSON_TRAILING, /* bytes behind the value */
	JSON_CUT,      /* the text ends too early */
};

struct json_token {
	enum json_kind kind;
	struct slice text; /* the spelling; of keys and strings, what stands between the quotes */
	bool escaped;	   /* keys and strings: text contains a backslash */
	unsigned depth;	   /* containers around it: 0 for the outermost value, its braces too */
};

struct json_scan {
	const char *start;
	const char *at; /* on a fault: where it is */
	const char *end;
	enum json_fault fault;
	/* private */
	uint64_t objects; /* bit n: the container at depth n is an object */
	unsigned depth;
	unsigned nodes;
	unsigned char expects;
};

struct json_scan json_scan_start(struct slice text);

/* The next token; false at the end of the text and on a fault. */
bool json_scan_next(struct json_scan *scan, struct json_token *ret_token);

/* Decodes what stands between the quotes of a key or string that was scanned. `at` has room for
 * text.len bytes, and decoding never makes a string longer. Returns the length; NUL bytes may be
 * among them. */
size_t json_decode(struct slice text, char *at);

/* True for one valid text. */
bool json_valid(struct slice text);
