/* Cookies of a request, but for those known not to change the answer: load balancers' stickiness
 * cookies, and what cache.ignore_cookies names. Any thread. */
#pragma once

#include "base/slice.h"
#include "config/config.h"

/* A walk over the value of a Cookie field. To be begun with {.rest = value, .ignored = …}. */
struct cookie_walk {
	struct slice rest;
	const struct config_list *ignored; /* cache.ignore_cookies: names and globs */
	bool quoted;			   /* inside a quoted string that goes over a semicolon */
};

struct cookie {
	struct slice name; /* empty: it has none */
	struct slice text; /* "name=value", without blanks around it */
};

/* The next cookie that counts. False: there is none. Names are compared by case (RFC 6265 §5.4). A
 * semicolon in quotes ends a cookie to some servers and not to others, so what stands in such
 * quotes always counts. */
bool cookies_next(struct cookie_walk *walk, struct cookie *ret_cookie);
