/* Error bodies in the format of the API. Pure. */
#pragma once

#include "base/buf.h"
#include "proxy/openai/endpoint.h"

/* Appends the JSON body of an error, with `message` escaped. type and code are the proxy's own,
 * such as "upstream_error" and "upstream_unreachable". Anthropic's shape has no code, and its type
 * is the one that Anthropic's documentation gives for the status. False: *out is full. */
MUST_CHECK bool error_body(enum error_shape shape, unsigned status, const char *type,
			   const char *code, const char *message, struct buf *out);
