#include "proxy/request/replay_stream.h"

#include "base/ensure.h"
#include "cache/store/event_log.h"
#include "proxy/http/response.h"

#include <stdint.h>

enum { PORTION = 16 << 10 };

bool replay_stream_begin(struct replay_stream *s, const struct entry *entry,
			 const struct replay_options *options)
{
	ensure(options->id.len == REPLAY_STREAM_ID);
	*s = (struct replay_stream){
	    .cursor = event_cursor_create(entry->log),
	    .options = *options,
	    /* The entry's size is bounded, which bounds these two. */
	    .sse = sse_make(SIZE_MAX / 2),
	    .out = buf_make(SIZE_MAX / 2),
	};
	memcpy(s->id, options->id.at, REPLAY_STREAM_ID);
	s->options.id = slice_make(s->id, REPLAY_STREAM_ID);
	return s->cursor != NULL;
}

void replay_stream_finish(struct replay_stream *s)
{
	event_cursor_destroy(&s->cursor);
	sse_finish(&s->sse);
	buf_finish(&s->out);
}

static bool rewrite_frames(struct replay_stream *s)
{
	struct sse_frame frame;
	while (sse_next(&s->sse, &frame))
		if (!replay_frame(&s->options, &frame, &s->out))
			return false;
	return !s->read_all || !sse_torn(&s->sse);
}

static bool rewrite_portion(struct replay_stream *s)
{
	char portion[PORTION];
	size_t got = event_cursor_read(s->cursor, portion, sizeof portion);
	s->read_all = got == 0;
	if (s->read_all)
		sse_end(&s->sse);
	else if (!sse_feed(&s->sse, slice_make(portion, got)))
		return false;
	return rewrite_frames(s);
}

long replay_stream_pull(struct replay_stream *s, char *at, size_t room)
{
	if (s->sent == s->out.len) {
		buf_clear(&s->out);
		s->sent = 0;
	}
	while (s->out.len == 0 && !s->read_all)
		if (!rewrite_portion(s))
			return PULL_TORN;
	size_t left = s->out.len - s->sent;
	size_t got = left < room ? left : room;
	if (got == 0)
		return PULL_END;
	memcpy(at, s->out.at + s->sent, got);
	s->sent += got;
	return (long)got;
}
