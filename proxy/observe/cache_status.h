/* How the cache took part in a request: for X-Cache, the access log and the metrics. Any thread. */
#pragma once

enum cache_part {
	PART_NONE, /* it never got that far */
	PART_HIT,
	PART_MISS,
	PART_JOIN,
	PART_BYPASS,
};
enum { CACHE_PARTS = PART_BYPASS + 1 };

/* As X-Cache says it; "-" for NONE. */
static inline const char *cache_part_name(enum cache_part part)
{
	static const char *const names[CACHE_PARTS] = {
	    [PART_NONE] = "-",	  [PART_HIT] = "HIT",	    [PART_MISS] = "MISS",
	    [PART_JOIN] = "JOIN", [PART_BYPASS] = "BYPASS",
	};
	return names[part];
}
