#include "proxy/openai/wire/sse.h"

#include <stdint.h>

static const struct slice mark = SLICE("\xef\xbb\xbf");

struct sse sse_make(size_t limit_bytes)
{
	return (struct sse){
	    .held = buf_make(SIZE_MAX),
	    .joined = buf_make(SIZE_MAX), /* never more than a frame */
	    .limit = limit_bytes,
	};
}

void sse_finish(struct sse *s)
{
	if (!s)
		return;
	buf_finish(&s->held);
	buf_finish(&s->joined);
	*s = sse_make(s->limit);
}

bool sse_feed(struct sse *s, struct slice bytes)
{
	buf_drop_front(&s->held, s->start);
	s->line -= s->start;
	s->at -= s->start;
	s->start = 0;
	return s->held.len <= s->limit && buf_append_slice(&s->held, bytes);
}

void sse_end(struct sse *s)
{
	s->ended = true;
}

bool sse_torn(const struct sse *s)
{
	return s->cut || s->held.len > s->start;
}

/* Returns the offset after the line break at `at`; 0: the next byte is needed to decide. */
static size_t after_break(const struct sse *s, size_t at)
{
	if (s->held.at[at] == '\n')
		return at + 1;
	if (at + 1 == s->held.len)
		return s->ended ? at + 1 : 0;
	return at + (s->held.at[at + 1] == '\n' ? 2 : 1);
}

/* Skips a byte order mark, so that a blank line after it is recognized. False: more bytes are
 * needed to decide. */
static bool begin(struct sse *s)
{
	if (s->begun)
		return true;
	struct slice held = buf_slice(&s->held);
	if (!s->ended && held.len < mark.len && slice_starts(mark, held))
		return false;
	s->begun = true;
	if (slice_starts(held, mark))
		s->line = s->at = s->skip = mark.len;
	return true;
}

/* Returns the end of the current frame; 0: not received yet. */
static size_t find_end(struct sse *s)
{
	while (s->at < s->held.len) {
		char c = s->held.at[s->at];
		if (c != '\n' && c != '\r') {
			s->at++;
			continue;
		}
		size_t after = after_break(s, s->at);
		if (!after)
			return 0;
		bool blank = s->at == s->line && !s->inside;
		s->at = s->line = after;
		s->inside = false;
		if (blank)
			return after;
	}
	return 0;
}

static struct slice cut_line(struct slice *rest)
{
	size_t len = 0;
	while (len < rest->len && rest->at[len] != '\n' && rest->at[len] != '\r')
		len++;
	struct slice line = {rest->at, len};
	size_t end = len + (len < rest->len);
	if (end < rest->len && rest->at[len] == '\r' && rest->at[end] == '\n')
		end++;
	*rest = slice_after(*rest, end);
	return line;
}

/* False: no memory to join the lines. */
static bool add_data(struct sse *s, struct sse_frame *frame, struct slice value)
{
	if (!frame->has_data) {
		frame->has_data = true;
		frame->data = value;
		return true;
	}
	if (s->joined.len == 0 && !buf_append_slice(&s->joined, frame->data))
		return false;
	if (!buf_append_byte(&s->joined, '\n') || !buf_append_slice(&s->joined, value))
		return false;
	frame->data = buf_slice(&s->joined);
	return true;
}

static bool read_line(struct sse *s, struct sse_frame *frame, struct slice line)
{
	if (line.len == 0 || line.at[0] == ':')
		return true;
	frame->bare = false;
	const char *colon = memchr(line.at, ':', line.len);
	struct slice name = {line.at, colon ? (size_t)(colon - line.at) : line.len};
	struct slice value = slice_after(line, name.len + (colon != NULL));
	if (value.len && value.at[0] == ' ')
		value = slice_after(value, 1);
	if (slice_is(name, "data"))
		return add_data(s, frame, value);
	if (slice_is(name, "event"))
		frame->event = value;
	return true;
}

static bool read_frame(struct sse *s, struct sse_frame *frame)
{
	buf_clear(&s->joined);
	struct slice rest = slice_after(frame->bytes, s->skip);
	while (rest.len)
		if (!read_line(s, frame, cut_line(&rest)))
			return false;
	return true;
}

bool sse_next(struct sse *s, struct sse_frame *ret_frame)
{
	size_t end = begin(s) ? find_end(s) : 0;
	if (!end)
		return false;
	struct sse_frame frame = {
	    .bytes = {s->held.at + s->start, end - s->start},
	    .bare = !s->cut,
	    .cut = s->cut,
	};
	if (!s->cut && !read_frame(s, &frame))
		return false;
	s->start = end;
	s->skip = 0;
	s->cut = false;
	*ret_frame = frame;
	return true;
}

struct slice sse_cut(struct sse *s)
{
	struct slice taken = {s->held.at + s->start, s->at - s->start};
	s->cut = s->cut || taken.len;
	s->inside = s->inside || s->at > s->line;
	s->start = s->line = s->at;
	return taken;
}

void sse_tidy(struct sse *s)
{
	buf_drop_front(&s->held, s->start);
	s->line -= s->start;
	s->at -= s->start;
	s->start = 0;
	if (s->held.len == 0)
		buf_finish(&s->held);
	buf_finish(&s->joined);
}
