/* The scope: whose cache this is and which question of its route. The part of a name that does not
 * come from the body.
 *
 * Threads: one at a time per namer. */
#pragma once

#include "base/buf.h"
#include "cache/fingerprint.h"
#include "proxy/headers.h"

struct scope_options {
	const char *space;	  /* cache.namespace */
	struct slice asked_space; /* the request's own, within that; empty: none */
	bool everyone; /* cache.share: everyone; else each credential has its own scope */
	const char *upstream;
	/* Who asks, by a key of ours, in place of the key; empty: the credential itself counts.
	 * What else goes on to the upstream and says who asks (cookies, OpenAI's organization)
	 * counts in both cases. */
	struct slice tenant;
};

struct scope_route {
	struct slice path;  /* as it stood in the request line, not decoded */
	struct slice query; /* without the question mark; at == NULL: none */
	const struct fields *fields;
	bool form; /* the body is a form, whose canonical form has what counts of Content-Type */
};

/* Whether a field of this name tells who asks: a credential, a login, an account. */
bool scope_tells_who(struct slice name);

/* Whether a field of the request is a part of scopes; that who asks does not count for everyone is
 * a decision. */
bool scope_counts(struct slice name);

/* Appends the scope, every part with its length in front. Credentials are in it as keyed hashes
 * only. False: *out is full, or no memory. */
MUST_CHECK bool scope_append(const struct scope_options *options, const struct scope_route *route,
			     struct namer *namer, struct buf *out);
