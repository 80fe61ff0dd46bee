/* The key scope: the part of a cache key that does not come from the body: namespace, credential or
 * tenant, upstream, path, query and header fields.
 *
 * Threads: one at a time per hasher. */
#pragma once

#include "base/buf.h"
#include "cache/key/fingerprint.h"
#include "proxy/header/header_table.h"

struct key_scope_options {
	const char *space;	  /* cache.namespace */
	struct slice asked_space; /* the namespace that the request names, within that; or empty */
	bool everyone; /* cache.share: everyone; otherwise each credential has its own scope */
	const char *upstream;
	/* The tenant of the client's key (auth.keys), used in place of the key; empty: the
	 * credential is used. Other identifying fields that are forwarded (cookies, OpenAI's
	 * organization) are used in both cases. */
	struct slice tenant;
	bool forwarded; /* upstream.forwarded: the host is forwarded, so it is part of the scope */
	const struct config_list *ignored_cookies; /* cache.ignore_cookies */
};

struct key_scope_route {
	struct slice path;  /* as in the request line, not decoded */
	struct slice query; /* without the question mark; at == NULL: none */
	const struct fields *fields;
	const struct header_marks *marks; /* of these fields */
	bool form; /* the body is a form: leave Content-Type to its canonical form */
};

/* Appends the scope, each part preceded by its length. It contains the header fields that count
 * (header_mark_counts), with names in lower case: fields of the same name in their original order,
 * which is part of their meaning (RFC 9110 §5.3), those of different names in alphabetical order.
 * Fields that identify the client are contained only as a keyed hash. False: *out is full, or no
 * memory. */
MUST_CHECK bool key_scope_append(const struct key_scope_options *options,
				 const struct key_scope_route *route, struct hasher *hasher,
				 struct buf *out);
