/* Forwarding: the header lines that a request has when it goes on to the upstream.
 * Any thread. */
#pragma once

#include "proxy/headers.h"

struct forward_options {
	const char *api_key; /* replaces the client's credential; NULL: none of ours in a field */
	bool own_credential; /* we have one of our own, or keys: the client's stays here */
	struct slice key;    /* of ours, which no field takes along that tells who asks; or empty */
	const char *peer;    /* the client's address for X-Forwarded-For; NULL: a unix socket's */
	bool encrypted;	     /* it came with TLS */
	struct slice version; /* of the client's request, "HTTP/1.1" */
	bool plain_coding;    /* ask for identity: the answer has to be readable to us */
	bool compat;	      /* headers for other caches stay here, as ours do (aliases.h) */
	bool edited; /* the body is not the client's any more, nor is its digest or coding */
};

/* Appends lines "Name: value", each with a NUL behind it, in libcurl's spelling: "Name;" is an
 * empty field, "Name:" keeps libcurl from adding one of its own. Hop-by-hop fields, Host and the
 * framing are left out; Via and X-Forwarded-* are added (RFC 9110 §7.6.3). False: *lines is full.
 */
MUST_CHECK bool forward_lines(const struct forward_options *options, const struct fields *fields,
			      struct buf *lines);
