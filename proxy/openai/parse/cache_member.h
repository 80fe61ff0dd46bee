/* The member `cache` of a body: what a client says to a cache on the way, in LiteLLM's words or in
 * orq.ai's. The upstream must not see it: servers refuse what they do not know, or warn of it.
 *
 *     {"ttl": 600, "s-maxage": 60, "no-cache": true, "no-store": true,
 *      "namespace": "a", "use-cache": false}
 *     {"type": "exact_match", "ttl": 600}
 *
 * Times are in seconds, a fraction is cut off. null says nothing, anywhere; true and false alone
 * are a use-cache. Whatever else there is was meant to say something that we do not understand:
 * then `unclear` is set, so that nobody gets a cached answer by accident.
 *
 * Pure. Any thread. */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/* A longer namespace is unclear. */
enum { CACHE_MEMBER_SPACE = 128 };

struct cache_member {
	/* What to cut out of the body, for all that is left to stay valid: the member with one
	 * comma beside it, if there is one. len 0: there is no such member. */
	size_t at;
	size_t len;
	bool unclear;
	bool no_cache;
	bool no_store;	    /* also of "use-cache": false */
	int64_t ttl_ms;	    /* how long the answer is to live; -1: not said */
	int64_t max_age_ms; /* older answers do not count; -1: not said */
	size_t space_len;   /* 0: not said */
	char space[CACHE_MEMBER_SPACE];
};

/* Reads it from a body, which is one valid JSON object. Of two such members the first counts. */
void cache_member_read(struct slice body, struct cache_member *ret_member);

/* Digits that tell seconds, in ms; more than can be told are very many. -1: that is not what they
 * are. */
int64_t cache_member_seconds(struct slice text);
