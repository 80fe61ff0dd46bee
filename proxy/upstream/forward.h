/* Forwarding: the header lines that a request has when it goes on to the upstream.
 * Any thread. */
#pragma once

#include "proxy/header/cors_fields.h"
#include "proxy/header/header_table.h"

struct forward_options {
	const char *api_key; /* replaces the client's credential; NULL: none of ours in a field */
	bool own_credential; /* we have one of our own, or keys: the client's stays here */
	struct slice key;    /* of ours, which no field takes along that tells who asks; or empty */
	const char *peer;    /* the client's address for X-Forwarded-For; NULL: a unix socket's */
	bool encrypted;	     /* it came with TLS */
	struct slice version; /* of the client's request, "HTTP/1.1" */
	bool plain_coding;    /* ask for identity: the answer has to be readable to us */
	/* Of a preflight: what it asks about that is for us. NULL: it is none. */
	const struct cors_own *preflight;
	bool edited;	/* the body is not the client's any more, nor is its digest or coding */
	bool forwarded; /* upstream.forwarded: say who forwarded for whom */
};

/* Appends lines "Name: value", each with a NUL behind it, in libcurl's spelling: "Name;" is an
 * empty field, "Name:" keeps libcurl from adding one of its own. What is marked to stay here is
 * left out; with `forwarded` Via and X-Forwarded-For, -Proto and -Host are written anew (RFC 9110
 * §7.6.3). False: *lines is full. */
MUST_CHECK bool forward_lines(const struct forward_options *options, const struct fields *fields,
			      const struct header_marks *marks, struct buf *lines);
