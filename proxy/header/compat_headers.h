/* Compat headers: headers other than Cache-Control by which clients control a cache: our own two,
 * and those of other caches. One table. Any thread. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>

enum compat_header_meaning {
	COMPAT_HEADER_NOTHING,	/* asks for the default behaviour */
	COMPAT_HEADER_NO_CACHE, /* as Cache-Control: no-cache */
	COMPAT_HEADER_NO_STORE, /* as Cache-Control: no-store */
	COMPAT_HEADER_TTL,	/* the value is the response's lifetime in seconds */
	COMPAT_HEADER_SPACE,	/* the value is a namespace */
	COMPAT_HEADER_UNCLEAR,	/* a known header with an unknown value */
};

/* Whether a header of this name is addressed to us and not to the upstream. compat: includes the
 * headers of other caches. */
bool compat_header_is(struct slice name, bool compat);

/* As compat_header_is; also returns the meaning of the value, which must have no blanks around
 * it. */
bool compat_header_read(struct slice name, struct slice value, bool compat,
			enum compat_header_meaning *ret_meaning);
