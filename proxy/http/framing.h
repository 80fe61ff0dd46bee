/* The framing of a connection's requests: where each begins, where its head ends, how long its body
 * is (RFC 9112). Strict, so that every parser behind us finds the same requests in the same bytes:
 * in doubt a request is refused.
 *
 * It stores no bytes and changes none, except that it cuts out chunk extensions: a recipient
 * ignores those it does not know (RFC 9112 §7.1.1), and parsers differ about them. (libmicrohttpd
 * 1.0.1 takes the line end behind an extension for the first byte of the chunk, and so finds other
 * requests than we do; 0.9.75 does not.) It approves whole elements only: a head, the line of a
 * chunk's size, the line end behind a chunk, a trailer section. Only the bytes of bodies are
 * approved as they come. So the parser behind it never sees a part of an element that turns out to
 * be malformed.
 *
 *      HEAD -> SIZED -> HEAD ...                          Content-Length, or no body
 *        +---> CHUNK_SIZE -> CHUNK -> CHUNK_END -> CHUNK_SIZE ... -> TRAILER -> HEAD
 *      any but SIZED and CHUNK -> REFUSED, which is final
 *
 * Refused: line ends other than CRLF; control bytes in a head; a request line that is not method,
 * target and HTTP/1.0 or 1.1 with one space between; CONNECT; targets that are neither a path nor
 * an http(s) URL without a user; field names that are not tokens (also a space before the colon)
 * and lines that begin with a blank (obs-fold); a Host that is missing, repeated or malformed (an
 * empty one is fine); a Content-Length that is repeated, malformed or given beside
 * Transfer-Encoding; a Transfer-Encoding that is not exactly "chunked", or not in HTTP/1.1; either
 * of the two spelled with an underscore for the hyphen; chunks with malformed sizes or ends, or
 * long extensions; heads above the size limit or with FIELDS_MAX fields. One empty line in front of
 * a request is accepted, as some clients send one behind a body (RFC 9112 §2.2); a second is not.
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
	/* public, read only */
	uint64_t requests;    /* heads approved, including a refused one */
	enum failure failure; /* why the last request is refused; NONE: it is not */
	const char *why;      /* particulars, static; NULL: none */
	/* private */
	size_t head_limit;
	enum framing_place place;
	enum framing_place refused_at;
	uint64_t left;	  /* bytes of the body or chunk still to come */
	size_t seen;	  /* bytes of the current element that were examined: whole lines */
	size_t line;	  /* length of the request line among these; 0: incomplete */
	size_t cost;	  /* of the current head, see framing_make */
	unsigned fields;  /* of the current head or trailer section */
	unsigned hosts;	  /* Host fields of the current head */
	bool version_1_1; /* of the current head */
	bool sized;	  /* the current head has a Content-Length */
	bool chunked;	  /* the current head has a Transfer-Encoding */
	bool skipped;	  /* an empty line in front of the request was skipped */
	/* length of the extension to cut out of the chunk size line just approved */
	size_t extension;
};

/* The state for a new connection. head_limit bounds the cost of a head: its bytes, plus a fixed
 * cost for each field, query argument and cookie, for the memory that its record takes (as in RFC
 * 9113 §6.5.2). */
struct framing framing_make(size_t head_limit);

/* Examines *len received bytes; `at` begins with the bytes not approved by the previous call.
 * Returns how many bytes are approved, possibly none; the rest is part of an incomplete element, at
 * most about head_limit bytes. Chunk extensions are cut out, which moves the bytes behind them
 * forward and makes *len smaller. After a refusal nothing more is approved. */
size_t framing_read(struct framing *f, char *at, size_t *len);

/* After a refusal: the bytes to hand to a parser that has seen the approved bytes only, so that it
 * finds a complete request, the refused one. The request line is the client's own if that was
 * valid, else "- - HTTP/1.1", and there is a Host field, without which libmicrohttpd 1.0 responds
 * with an HTML page of its own. Static. */
struct slice framing_ending(const struct framing *f);
