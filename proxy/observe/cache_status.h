/* How the cache took part in a request: for X-Cache, the access log and the metrics. Any thread. */
#pragma once

enum cache_status {
	CACHE_STATUS_REFUSED, /* by us, before the cache was asked */
	CACHE_STATUS_HIT,
	CACHE_STATUS_MISS,
	CACHE_STATUS_JOIN,
	CACHE_STATUS_BYPASS,
};
enum { CACHE_STATUSES = CACHE_STATUS_BYPASS + 1 };

/* As X-Cache and the access log say it. */
static inline const char *cache_status_name(enum cache_status part)
{
	static const char *const names[CACHE_STATUSES] = {
	    [CACHE_STATUS_REFUSED] = "REFUSED", [CACHE_STATUS_HIT] = "HIT",
	    [CACHE_STATUS_MISS] = "MISS",	[CACHE_STATUS_JOIN] = "JOIN",
	    [CACHE_STATUS_BYPASS] = "BYPASS",
	};
	return names[part];
}
