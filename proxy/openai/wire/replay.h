/* Replay: what an answer from the cache says of itself that it need not have said the first time:
 * its id, when it was made, what it cost. Everything else stays byte for byte.
 *
 * The three stand at the top of an object or event, or in its member `response` or `message`, which
 * are whole objects themselves. Ids of tool calls, items and messages inside of it are part of the
 * answer: a conversation goes on with them, so they never change. Pure. */
#pragma once

#include "base/buf.h"
#include "cache/store/entry.h"
#include "proxy/openai/wire/sse.h"

struct replay_options {
	bool zero_usage; /* numbers in `usage` become 0 */
	bool fresh_id;	 /* `id`, `created`, `created_at` and `completed_at` are new: */
	struct slice id; /* what follows the old id's prefix ("chatcmpl-"); letters and digits */
	int64_t created; /* seconds since 1970 */
};

/* Appends the answer as it is replayed. Where it is no JSON it is left as it is. False: *out is
 * full; it may hold a part then. */
MUST_CHECK bool replay(enum wire_form form, struct slice answer,
		       const struct replay_options *options, struct buf *out);

/* As replay, one frame of a stream: who does not want to hold all of it replays it so. */
MUST_CHECK bool replay_frame(const struct replay_options *options, const struct sse_frame *frame,
			     struct buf *out);
