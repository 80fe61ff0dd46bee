/* A replay stream: sends a large cached stream with a different id, time or token usage than it was
 * stored with. It rewrites event by event as the client reads, so that it needs neither the memory
 * nor the time for all of it at once.
 *
 * Threads: the worker's. */
#pragma once

#include "cache/store/entry.h"
#include "proxy/openai/wire/replay.h"

enum { REPLAY_STREAM_ID = 32 }; /* length of a fresh id: random characters */

/* Memory that a replay stream needs if no event is larger than a portion. */
enum { REPLAY_STREAM_BYTES = EVENT_CURSOR_BYTES + (48 << 10) };

struct replay_stream {
	struct event_cursor *cursor; /* NULL: not begun */
	struct replay_options options;
	char id[REPLAY_STREAM_ID]; /* options.id points here */
	struct sse sse;
	struct buf out; /* rewritten events */
	size_t sent;	/* bytes of out that were pulled */
	bool read_all;	/* the cursor is at its end */
};

/* The entry must be a stream and outlive s, and s must not move. options->id has REPLAY_STREAM_ID
 * characters and is copied. False: no memory. */
MUST_CHECK bool replay_stream_begin(struct replay_stream *s, const struct entry *entry,
				    const struct replay_options *options);
void replay_stream_finish(struct replay_stream *s); /* begun or zeroed */

/* Copies the next bytes, at most `room`, and returns how many; or PULL_END or PULL_TORN
 * (proxy/http/response.h). */
long replay_stream_pull(struct replay_stream *s, char *at, size_t room);
