/* Aliases: headers by which clients steer a cache, besides Cache-Control: our own two, and those of
 * other caches. One table. Any thread. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>

enum compat_header_meaning {
	COMPAT_HEADER_NOTHING,	/* the default, said aloud */
	COMPAT_HEADER_NO_CACHE, /* as Cache-Control: no-cache */
	COMPAT_HEADER_NO_STORE, /* as Cache-Control: no-store */
	COMPAT_HEADER_TTL,	/* the value is how long the answer is to live, in seconds */
	COMPAT_HEADER_SPACE,	/* the value is a namespace */
	COMPAT_HEADER_UNCLEAR,	/* such a header, and a value that we do not know */
};

/* Whether a header of this name is for us, and not for the upstream. compat: those of other caches
 * are, too. */
bool compat_header_is(struct slice name, bool compat);

/* The same, and what it means to us with this value, which has no blanks around it. */
bool compat_header_read(struct slice name, struct slice value, bool compat,
			enum compat_header_meaning *ret_meaning);
