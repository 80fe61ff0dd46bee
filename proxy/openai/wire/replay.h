/* Replay: rewrites the data about the response itself in a response from the cache: its id, its
 * time and its usage. Everything else stays byte for byte.
 *
 * These members are at the top level of an object or event, or in its member `response` or
 * `message`, which are whole objects themselves. Ids of tool calls, items and messages inside never
 * change: they are part of the response, and later requests of the conversation use them. Pure. */
#pragma once

#include "base/buf.h"
#include "cache/store/entry.h"
#include "proxy/openai/wire/sse.h"

struct replay_options {
	bool zero_usage; /* set the numbers in `usage` to 0 */
	bool fresh_id;	 /* replace `id`, `created`, `created_at` and `completed_at` */
	struct slice id; /* follows the old id's prefix ("chatcmpl-"); letters and digits */
	int64_t created; /* seconds since 1970 */
};

/* Appends the rewritten response. Text that is not JSON is left as it is. False: *out is full and
 * may have a part of it. */
MUST_CHECK bool replay(enum wire_form form, struct slice answer,
		       const struct replay_options *options, struct buf *out);

/* As replay, for one frame of a stream, so that the caller need not buffer the whole stream. */
MUST_CHECK bool replay_frame(const struct replay_options *options, const struct sse_frame *frame,
			     struct buf *out);
