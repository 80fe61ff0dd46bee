/* The request body's member `cache`: cache control by the client, as LiteLLM and orq.ai define it.
 * It must not reach the upstream: servers reject members they do not know, or warn about them.
 *
 *     {"ttl": 600, "s-maxage": 60, "no-cache": true, "no-store": true,
 *      "namespace": "a", "use-cache": false}
 *     {"type": "exact_match", "ttl": 600}
 *
 * Times are in seconds; a fraction is cut off. null has no effect anywhere; a bare true or false in
 * place of the object is a use-cache. Any other content sets `unclear`, because it may ask for
 * something that we do not understand; the caller must then bypass the cache.
 *
 * Pure. Any thread. */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/* A longer namespace is unclear. */
enum { CACHE_MEMBER_SPACE = 128 };

struct cache_member {
	/* The bytes to cut out of the body so that the rest stays valid JSON: the member with one
	 * adjacent comma, if there is one. len 0: the body has no such member. */
	size_t at;
	size_t len;
	bool unclear;
	bool no_cache;
	bool no_store;	    /* also set by "use-cache": false */
	int64_t ttl_ms;	    /* lifetime of the response; -1: not given */
	int64_t max_age_ms; /* older entries must not be used; -1: not given */
	size_t space_len;   /* 0: not given */
	char space[CACHE_MEMBER_SPACE];
};

/* Reads the member from a body, which must be one valid JSON object. If there are two such members,
 * the first counts. */
void cache_member_read(struct slice body, struct cache_member *ret_member);

/* Converts decimal digits, a time in seconds, to milliseconds. Values that do not fit become very
 * large. -1: the text is not all digits, or empty. */
int64_t cache_member_seconds(struct slice text);
