/* The guard: refuses requests whose framing two parsers could read differently, before anything
 * else looks at them (RFC 9112 §6.3, §11.2). libmicrohttpd 0.9.75 lets all of these through.
 * Any thread. */
#pragma once

#include "proxy/headers.h"

struct guarded {
	struct slice method;
	struct slice target; /* as it stood in the request line */
	struct slice version;
	const struct fields *fields;
};

/* NULL: fine. Else what is wrong, a sentence for the client; answer 400 and close. */
const char *guard_refusal(const struct guarded *request);
