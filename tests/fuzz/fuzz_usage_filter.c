/* Any bytes as a stream that is freed of its usage; the first byte says how they are cut. What
 * comes out does not depend on the cuts, and what speaks of no usage comes out as it went in. */
#include "proxy/openai/wire/usage_filter.h"

#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 12, OUT = 1 << 26 };

static void filter(struct slice text, size_t portion, struct buf *out)
{
	struct usage_filter *f = usage_filter_create(LIMIT);
	while (text.len) {
		size_t n = portion < text.len ? portion : text.len;
		ensure(usage_filter_feed(f, slice_make(text.at, n), out));
		text = slice_after(text, n);
	}
	ensure(usage_filter_end(f, out));
	usage_filter_destroy(&f);
}

/* Under any spelling: escaped, its name has a backslash. */
static bool may_speak_of_usage(struct slice text)
{
	return memmem(text.at, text.len, "usage", 5) || memchr(text.at, '\\', text.len);
}

/* Comments go before what is held, so they may change places with it. */
static bool has_bare_frames(struct slice text)
{
	return memchr(text.at, ':', text.len) && memmem(text.at, text.len, "finish_reason", 13);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (len < 1)
		return 0;
	struct slice text = slice_make(at + 1, len - 1);
	struct buf whole = buf_make(OUT), cut = buf_make(OUT);
	filter(text, text.len, &whole);
	filter(text, 1 + at[0], &cut);
	/* Too large a frame is seen sooner or later, depending on the cuts. */
	if (text.len <= LIMIT)
		ensure(slice_equal(buf_slice(&whole), buf_slice(&cut)));
	if (!may_speak_of_usage(text)) {
		ensure(whole.len == text.len && cut.len == text.len);
		if (!has_bare_frames(text))
			ensure(slice_equal(buf_slice(&whole), text));
	}
	buf_finish(&whole);
	buf_finish(&cut);
	return 0;
}
