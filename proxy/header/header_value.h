/* How much of a header field's value is part of the cache key. Any thread.
 *
 * - Content-Type: all; application/json with charset=utf-8 is application/json, since JSON is UTF-8
 *   and has no such parameter (RFC 8259 §8.1, §11).
 * - Accept: nothing, if it is one of those that SDKs and browsers send: media types that they all
 *   name, of which the answer's own (JSON, events, or any) is one. Else all of it.
 * - Accept-Language: nothing, if it is "*" (Node's fetch), which is the same as none (RFC 9110
 *   §12.5.4). Accept-Charset: nothing, if it permits UTF-8 as it stands.
 * - Forwarded (RFC 7239): the hosts, which say where to; not who forwarded for whom. All of it, if
 * it is not plainly to be read.
 * - Cookie: the cookies that count (cookies.h). */
#pragma once

#include "base/buf.h"
#include "config/config.h"
#include "proxy/header/header_table.h"

/* Appends what counts of the value, which is never more than a byte longer than the value. Two
 * values of one filter that append the same are the same for the key. *ret_counts: whether anything
 * does; if not, the field is as if it were absent. False: *out is full. */
MUST_CHECK bool header_value_append(enum header_filter filter, struct slice value,
				    const struct config_list *ignored_cookies, struct buf *out,
				    bool *ret_counts);
