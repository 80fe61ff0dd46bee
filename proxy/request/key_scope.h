/* The scope: whose cache this is and which question of its route. The part of a name that does not
 * come from the body.
 *
 * Threads: one at a time per namer. */
#pragma once

#include "base/buf.h"
#include "cache/key/fingerprint.h"
#include "proxy/header/header_table.h"

struct key_scope_options {
	const char *space;	  /* cache.namespace */
	struct slice asked_space; /* the request's own, within that; empty: none */
	bool everyone; /* cache.share: everyone; else each credential has its own scope */
	const char *upstream;
	/* Who asks, by a key of ours, in place of the key; empty: the credential itself counts.
	 * What else goes on to the upstream and says who asks (cookies, OpenAI's organization)
	 * counts in both cases. */
	struct slice tenant;
	bool forwarded; /* upstream.forwarded: the host that is asked for goes on, so it counts */
	const struct config_list *ignored_cookies; /* cache.ignore_cookies */
};

struct key_scope_route {
	struct slice path;  /* as it stood in the request line, not decoded */
	struct slice query; /* without the question mark; at == NULL: none */
	const struct fields *fields;
	const struct header_marks *marks; /* of these fields */
	bool form; /* the body is a form, whose canonical form has what counts of Content-Type */
};

/* Appends the scope, every part with its length in front. Of the header fields it has those that
 * count (header_mark_counts), each with its name in lower case; fields of one name in the order in
 * which they came, which is part of their meaning (RFC 9110 §5.3), those of different names in
 * alphabetical order. What tells who asks is in it as a keyed hash only. False: *out is full, or no
 * memory. */
MUST_CHECK bool key_scope_append(const struct key_scope_options *options,
				 const struct key_scope_route *route, struct namer *namer,
				 struct buf *out);
