/* Controls: what a request says to this cache: by Cache-Control (RFC 9111 §5.2.1), by the headers
 * of aliases.h, and by the member `cache` of its body. Where they disagree, the stricter one
 * counts. Any thread. */
#pragma once

#include "config/config.h"
#include "proxy/header/header_fields.h"
#include "proxy/openai/parse/cache_member.h"

struct cache_control {
	bool no_cache; /* a fresh answer, please: neither look up nor join; and none may join it */
	bool no_store; /* as no_cache, and nothing of it is kept */
	bool only_if_cached;
	bool unclear;			/* it wants something that we do not understand */
	int64_t max_age_ms;		/* -1: any age */
	int64_t ttl_ms;			/* how long the answer is to live; -1: not said */
	size_t space_len;		/* 0: not said */
	char space[CACHE_MEMBER_SPACE]; /* a namespace within ours */
};

/* Unknown directives of Cache-Control are ignored, as RFC 9111 §5.2.3 wants; a max-age that is no
 * number counts as 0, as §4.2.1 allows: when in doubt, fresh. Without Cache-Control, `Pragma:
 * no-cache` counts (§5.4). compat: as alias_is. */
struct cache_control cache_control_read(const struct fields *fields, bool compat);

/* Adds what the body says. */
void cache_control_add(struct cache_control *c, const struct cache_member *member);

/* Takes out what cache.client_control does not let clients say. Of RESTRICT: that they want a fresh
 * answer, or a young one. Longer lives are request_ttl_ms's matter. */
void cache_control_bound(struct cache_control *c, enum config_client_control mode);

static inline struct slice cache_control_space(const struct cache_control *c)
{
	return slice_make(c->space, c->space_len);
}
