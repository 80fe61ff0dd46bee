/* A request's cache status: for X-Cache, the access log and the metrics. Any thread. */
#pragma once

enum cache_status {
	CACHE_STATUS_REFUSED, /* by us, with an error: the cache took no part, or not yet */
	CACHE_STATUS_HIT,
	CACHE_STATUS_MISS,
	CACHE_STATUS_JOIN,
	CACHE_STATUS_BYPASS,
};
enum { CACHE_STATUSES = CACHE_STATUS_BYPASS + 1 };

/* The name as in X-Cache and the access log. */
static inline const char *cache_status_name(enum cache_status status)
{
	static const char *const names[CACHE_STATUSES] = {
	    [CACHE_STATUS_REFUSED] = "REFUSED", [CACHE_STATUS_HIT] = "HIT",
	    [CACHE_STATUS_MISS] = "MISS",	[CACHE_STATUS_JOIN] = "JOIN",
	    [CACHE_STATUS_BYPASS] = "BYPASS",
	};
	return names[status];
}
