/* Any bytes as an event stream: frames do not depend on how the bytes are cut, and lose none. The
 * first byte says how they are cut. */
#include "proxy/openai/wire/sse.h"

#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 20 };

/* All frames, written one behind the other with what was read in them. */
struct outcome {
	struct buf bytes;
	struct buf seen;
	bool torn;
};

static bool is_inside(struct slice part, struct slice whole)
{
	return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static void collect(struct sse *sse, struct outcome *o)
{
	struct sse_frame frame;
	while (sse_next(sse, &frame)) {
		char last = frame.bytes.at[frame.bytes.len - 1];
		ensure(last == '\n' || last == '\r');
		ensure(is_inside(frame.event, frame.bytes));
		ensure(frame.has_data || frame.data.len == 0);
		ensure(!frame.bare || (!frame.has_data && frame.event.len == 0));
		ensure(buf_append_slice(&o->bytes, frame.bytes));
		ensure(buf_printf(&o->seen, "%zu %zu %zu %d\n", frame.bytes.len, frame.event.len,
				  frame.data.len, frame.bare));
		ensure(buf_append_slice(&o->seen, frame.data));
	}
}

static struct outcome split(struct slice text, size_t portion)
{
	struct outcome o = {.bytes = buf_make(LIMIT), .seen = buf_make(32 * LIMIT)};
	struct sse sse = sse_make(LIMIT);
	while (text.len) {
		size_t n = portion < text.len ? portion : text.len;
		ensure(sse_feed(&sse, slice_make(text.at, n)));
		collect(&sse, &o);
		text = slice_after(text, n);
	}
	sse_end(&sse);
	collect(&sse, &o);
	o.torn = sse_torn(&sse);
	sse_finish(&sse);
	return o;
}

static void outcome_finish(struct outcome *o)
{
	buf_finish(&o->bytes);
	buf_finish(&o->seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (len == 0 || len > LIMIT)
		return 0;
	struct slice text = slice_make(at + 1, len - 1);
	struct outcome whole = split(text, LIMIT);
	struct outcome cut = split(text, 1 + at[0]);
	ensure(slice_starts(text, buf_slice(&whole.bytes)));
	ensure(whole.torn == (whole.bytes.len < text.len));
	ensure(slice_equal(buf_slice(&whole.bytes), buf_slice(&cut.bytes)));
	ensure(slice_equal(buf_slice(&whole.seen), buf_slice(&cut.seen)));
	outcome_finish(&whole);
	outcome_finish(&cut);
	return 0;
}
