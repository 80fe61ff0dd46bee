/* A retelling: how a large stream from the cache goes to a client with another id, time or cost
 * than it was stored with: event by event, as the client takes it, so that neither the bytes nor
 * the time of all of it are needed in one go.
 *
 * Threads: only the worker's. */
#pragma once

#include "cache/store/entry.h"
#include "proxy/openai/wire/replay.h"

enum { RETELLING_ID = 32 }; /* random characters of a fresh id */

/* What one takes as long as events are no larger than a portion. */
enum { RETELLING_BYTES = EVENT_CURSOR_BYTES + (48 << 10) };

struct replay_stream {
	struct event_cursor *cursor; /* NULL: it was not begun */
	struct replay_options options;
	char id[RETELLING_ID]; /* what options.id points to */
	struct sse sse;
	struct buf told;
	size_t taken; /* of it */
	bool over;    /* the cursor is at its end */
};

/* The entry is a stream and outlives this, which does not move. The options' id has RETELLING_ID
 * characters and is copied. False: memory. */
MUST_CHECK bool replay_stream_begin(struct replay_stream *t, const struct entry *entry,
				    const struct replay_options *options);
void replay_stream_finish(struct replay_stream *t); /* begun or zeroed */

/* The next bytes, at most `room`; or PULL_END or PULL_TORN (proxy/http/response.h). */
long replay_stream_pull(struct replay_stream *t, char *at, size_t room);
