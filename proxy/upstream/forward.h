/* Forwarding: builds the header lines of a request to the upstream.
 *
 * Threads: any. */
#pragma once

#include "proxy/header/cors_fields.h"
#include "proxy/header/header_table.h"

struct forward_options {
	const char *api_key; /* replaces the client's credential; NULL: add no credential */
	/* Drop the client's credential: we have our own, or auth.keys is set. */
	bool own_credential;
	/* The client's key of auth.keys, which must not reach the upstream; empty: none. */
	struct slice key;
	const char *peer;     /* the client's address for X-Forwarded-For; NULL: a unix socket */
	bool encrypted;	      /* the client used TLS */
	struct slice version; /* of the client's request, "HTTP/1.1" */
	bool plain_coding;    /* ask for identity, since we have to read the response */
	/* Of a preflight: the fields that are for Reprise and not for the upstream. NULL: none. */
	const struct cors_own *preflight;
	bool edited;	/* the body was edited: drop its digests and its coding */
	bool forwarded; /* upstream.forwarded: add Via and X-Forwarded-* */
};

/* Appends lines "Name: value", each terminated by NUL, as CURLOPT_HTTPHEADER takes them: "Name;" is
 * an empty field, "Name:" keeps libcurl from adding its own. Drops the fields that are marked
 * HEADER_STAYS or HEADER_HOP. With `forwarded` writes Via and X-Forwarded-For, -Proto and -Host
 * anew (RFC 9110 §7.6.3). False: *lines is full. */
MUST_CHECK bool forward_lines(const struct forward_options *options, const struct fields *fields,
			      const struct header_marks *marks, struct buf *lines);
