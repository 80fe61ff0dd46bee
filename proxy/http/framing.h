/* The framing of a connection's requests: where each begins, where its head ends, how long its body
 * is (RFC 9112). Strict, so that whoever reads the same bytes behind us reads the same requests: in
 * doubt a request is refused.
 *
 * It keeps no bytes, and changes none but for chunk extensions, which it cuts out: a recipient
 * ignores those it does not know (RFC 9112 §7.1.1), and parsers differ about them. (libmicrohttpd
 * 1.0.1 takes the line end behind an extension for the first byte of the chunk, and so finds other
 * requests than we; 0.9.75 does not.) What it approves, it approves by whole elements: a head, the
 * line of a chunk's size, the line end behind a chunk, a trailer section; only the bytes of bodies
 * are approved as they come. So nobody behind it ever sees a part of an element that turns out to
 * be wrong.
 *
 *      HEAD -> SIZED -> HEAD ...                          Content-Length, or no body
 *        +---> CHUNK_SIZE -> CHUNK -> CHUNK_END -> CHUNK_SIZE ... -> TRAILER -> HEAD
 *      any but SIZED and CHUNK -> REFUSED, for good
 *
 * Refused: line ends but CRLF; control bytes in a head; a request line that is not method, target
 * and HTTP/1.0 or 1.1 with one space between; CONNECT; targets that are neither a path nor an
 * http(s) address without a user; fields whose name is no token (a space before the colon, too) or
 * whose line begins with a blank (obs-fold); a Host that is missing, doubled or odd (an empty one
 * is fine); lengths that are doubled, malformed or beside Transfer-Encoding, or a Transfer-Encoding
 * that is not exactly "chunked" and HTTP/1.1, or either with an underscore for the hyphen; chunks
 * with odd sizes, ends or long extensions; heads above a size and with FIELDS_MAX fields. One empty
 * line in front of a request is fine, as some clients send one behind a body (RFC 9112 §2.2); a
 * second is not.
 *
 * Threads: one at a time. */
#pragma once

#include "base/own.h"
#include "base/slice.h"
#include "proxy/failure.h"

#include <stdint.h>

enum framing_place {
	FRAMING_HEAD,
	FRAMING_SIZED,
	FRAMING_CHUNK_SIZE,
	FRAMING_CHUNK,
	FRAMING_CHUNK_END,
	FRAMING_TRAILER,
	FRAMING_REFUSED,
};

struct framing {
	/* for everybody to read */
	uint64_t requests;    /* how many heads were approved, a refused one included */
	enum failure failure; /* why the last of these is refused; NONE: it is not */
	const char *why;      /* more words, static; NULL: none */
	/* private */
	size_t head_limit;
	enum framing_place place;
	enum framing_place refused_at;
	uint64_t left;	  /* bytes of the body or chunk still to come */
	size_t seen;	  /* bytes of the element in hand that were looked at: whole lines */
	size_t line;	  /* of these, the request line; 0: not there yet */
	size_t cost;	  /* of the head in hand, see framing_make */
	unsigned fields;  /* of the head or trailer section in hand */
	unsigned hosts;	  /* Host fields of the head in hand */
	bool version_1_1; /* of the head in hand */
	bool sized;	  /* it has a Content-Length */
	bool chunked;	  /* it has a Transfer-Encoding */
	bool skipped;	  /* an empty line stood in front of it */
	size_t extension; /* of the chunk size line just approved: its length, to be cut out */
};

/* Of a new connection. A head may cost head_limit: its bytes, and for each field, argument of the
 * query and cookie some more, for what it takes to keep them (as in RFC 9113 §6.5.2). */
struct framing framing_make(size_t head_limit);

/* Looks at the *len bytes that have come: `at` begins with what was not approved last time. Returns
 * how many bytes are approved, possibly none; the rest is part of an element that has not come
 * whole, and is at most about head_limit long. Chunk extensions are cut out, which moves the bytes
 * behind them forward and makes *len smaller. Once a request is refused nothing more is approved.
 */
size_t framing_read(struct framing *f, char *at, size_t *len);

/* After a refusal: what a parser that has seen the approved bytes and nothing else has to see now
 * to find a whole request, the refused one. Its request line is its own if that was valid, else "-
 * - HTTP/1.1", and it has a Host field, without which libmicrohttpd 1.0 answers with an HTML page
 * of its own. Static. */
struct slice framing_ending(const struct framing *f);
