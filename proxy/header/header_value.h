/* Which part of a header field's value is part of the cache key. Any thread.
 *
 * - Content-Type: all; but application/json with charset=utf-8 equals application/json, since JSON
 *   is UTF-8 and has no such parameter (RFC 8259 §8.1, §11).
 * - Accept: nothing, if it is one that SDKs and browsers send: media types that they all name,
 *   among which the response's own (JSON, events, or any). Otherwise all.
 * - Accept-Language: nothing, if it is "*" (Node's fetch), which equals no field (RFC 9110
 *   §12.5.4). Accept-Charset: nothing, if it permits UTF-8 without more.
 * - Forwarded (RFC 7239): the hosts, which say what was asked for, and not who forwarded for whom.
 *   All, if it is not plainly readable.
 * - Cookie: the cookies that count (cookies.h). */
#pragma once

#include "base/buf.h"
#include "config/config.h"
#include "proxy/header/header_table.h"

/* Appends the part of the value that counts, at most one byte more than the value. Two values with
 * the same filter that append the same bytes are equal for the key. *ret_counts: whether any part
 * counts; if not, the field is treated as absent. False: *out is full. */
MUST_CHECK bool header_value_append(enum header_filter filter, struct slice value,
				    const struct config_list *ignored_cookies, struct buf *out,
				    bool *ret_counts);
