/* Cache control: what a request asks of this cache in Cache-Control (RFC 9111 §5.2.1), in the
 * headers of compat_headers.h and in the member `cache` of its body. Where they disagree, the
 * strictest applies.
 *
 * Threads: any. */
#pragma once

#include "config/config.h"
#include "proxy/header/header_fields.h"
#include "proxy/openai/parse/cache_member.h"

struct cache_control {
	bool no_cache; /* wants a fresh answer: no lookup, no joining, and nobody may join it */
	bool no_store; /* as no_cache, and the answer is not stored */
	bool only_if_cached;
	bool unclear;			/* asks for something that we do not understand */
	int64_t max_age_ms;		/* -1: any age */
	int64_t ttl_ms;			/* lifetime of the entry; -1: not set */
	size_t space_len;		/* 0: not set */
	char space[CACHE_MEMBER_SPACE]; /* a namespace within the configured one */
};

/* Ignores unknown directives of Cache-Control, as RFC 9111 §5.2.3 requires; takes a max-age that is
 * not a number for 0, as §4.2.1 permits. Without Cache-Control, `Pragma: no-cache` applies (§5.4).
 * compat: as in compat_header_read. */
struct cache_control cache_control_read(const struct fields *fields, bool compat);

/* Adds what the body asks for. */
void cache_control_add(struct cache_control *c, const struct cache_member *member);

/* Removes what cache.client_control does not permit. RESTRICT: requests for a fresh answer or one
 * of limited age; request_ttl_ms bounds the TTL. */
void cache_control_bound(struct cache_control *c, enum config_client_control mode);

static inline struct slice cache_control_space(const struct cache_control *c)
{
	return slice_make(c->space, c->space_len);
}
