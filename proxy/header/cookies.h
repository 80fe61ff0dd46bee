/* The cookies of a request that count, i.e. may change the response: all but load balancers'
 * affinity cookies and those that cache.ignore_cookies names. Any thread. */
#pragma once

#include "base/slice.h"
#include "config/config.h"

/* An iterator over the value of a Cookie field. Start with {.rest = value, .ignored = …}. */
struct cookie_walk {
	struct slice rest;
	const struct config_list *ignored; /* cache.ignore_cookies: names and globs */
	bool quoted;			   /* inside a quoted string that contains a semicolon */
};

struct cookie {
	struct slice name; /* empty: the cookie has none */
	struct slice text; /* "name=value", without blanks around it */
};

/* Returns the next cookie that counts. False: there is none. Names are compared with case (RFC 6265
 * §5.4). Some servers end a cookie at a semicolon in quotes and others do not, so cookies in such
 * quotes always count. */
bool cookies_next(struct cookie_walk *walk, struct cookie *ret_cookie);
