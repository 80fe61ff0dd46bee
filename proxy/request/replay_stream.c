#include "proxy/request/replay_stream.h"

#include "base/ensure.h"
#include "cache/store/event_log.h"
#include "proxy/http/response.h"

#include <stdint.h>

enum { PORTION = 16 << 10 };

bool replay_stream_begin(struct replay_stream *t, const struct entry *entry,
			 const struct replay_options *options)
{
	ensure(options->id.len == RETELLING_ID);
	*t = (struct replay_stream){
	    .cursor = event_cursor_create(entry->log),
	    .options = *options,
	    /* What the entry holds is bounded, and what is told of it by that. */
	    .sse = sse_make(SIZE_MAX / 2),
	    .told = buf_make(SIZE_MAX / 2),
	};
	memcpy(t->id, options->id.at, RETELLING_ID);
	t->options.id = slice_make(t->id, RETELLING_ID);
	return t->cursor != NULL;
}

void replay_stream_finish(struct replay_stream *t)
{
	event_cursor_destroy(&t->cursor);
	sse_finish(&t->sse);
	buf_finish(&t->told);
}

static bool tell_frames(struct replay_stream *t)
{
	struct sse_frame frame;
	while (sse_next(&t->sse, &frame))
		if (!replay_frame(&t->options, &frame, &t->told))
			return false;
	return !t->over || !sse_torn(&t->sse);
}

static bool tell_portion(struct replay_stream *t)
{
	char portion[PORTION];
	size_t got = event_cursor_read(t->cursor, portion, sizeof portion);
	t->over = got == 0;
	if (t->over)
		sse_end(&t->sse);
	else if (!sse_feed(&t->sse, slice_make(portion, got)))
		return false;
	return tell_frames(t);
}

long replay_stream_pull(struct replay_stream *t, char *at, size_t room)
{
	if (t->taken == t->told.len) {
		buf_clear(&t->told);
		t->taken = 0;
	}
	while (t->told.len == 0 && !t->over)
		if (!tell_portion(t))
			return PULL_TORN;
	size_t left = t->told.len - t->taken;
	size_t got = left < room ? left : room;
	if (got == 0)
		return PULL_END;
	memcpy(at, t->told.at + t->taken, got);
	t->taken += got;
	return (long)got;
}
