/* Controls: what a request's Cache-Control says to this cache (RFC 9111 §5.2.1). Any thread. */
#pragma once

#include "proxy/headers.h"

struct controls {
	bool no_cache; /* a fresh answer, please: neither look up nor join; and none may join it */
	bool no_store; /* as no_cache, and nothing of it is kept */
	bool only_if_cached;
	int64_t max_age_ms; /* -1: any age */
};

/* Unknown directives are ignored, as RFC 9111 §5.2.3 wants; a max-age that is no number counts as
 * 0, as §4.2.1 allows: when in doubt, fresh. Without Cache-Control, `Pragma: no-cache` counts
 * (§5.4). */
struct controls controls_read(const struct fields *fields);
