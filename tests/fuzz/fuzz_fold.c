/* Any bytes as a stream and as an object. The first byte chooses the family and which of both, the
 * second the size of the pieces. What is derived is well-formed; and what was unfolded is folded
 * into what it was. */
#include "proxy/openai/wire/fold.h"
#include "proxy/openai/wire/sse.h"
#include "proxy/openai/wire/unfold.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/json_equal.h"

enum { LIMIT = 1 << 28 };

static bool keep(void *context, struct slice event)
{
	ensure(buf_append_slice(context, event));
	return true;
}

static bool try_unfold(enum endpoint_family family, struct slice object, bool usage, size_t piece,
		       struct buf *stream)
{
	const struct unfold_options options = {usage, piece, keep, stream};
	return unfold(family, object, &options);
}

/* One event each, of valid JSON or [DONE], and nothing else. */
static void check_frames(struct slice stream)
{
	struct sse sse = sse_make(LIMIT);
	struct sse_frame frame;
	ensure(sse_feed(&sse, stream));
	sse_end(&sse);
	while (sse_next(&sse, &frame))
		ensure(frame.has_data &&
		       (json_valid(frame.data) || slice_is(frame.data, "[DONE]")));
	ensure(!sse_torn(&sse));
	sse_finish(&sse);
}

static void check_object(enum endpoint_family family, struct slice object, size_t piece)
{
	struct buf stream = buf_make(LIMIT), again = buf_make(LIMIT);
	try_unfold(family, object, false, piece, &stream);
	check_frames(buf_slice(&stream));
	buf_clear(&stream);
	bool fine = try_unfold(family, object, true, piece, &stream);
	check_frames(buf_slice(&stream));
	if (fine) {
		ensure(fold(family, buf_slice(&stream), &again));
		ensure(json_equal(buf_slice(&again), object));
	}
	buf_finish(&stream);
	buf_finish(&again);
}

static void check_stream(enum endpoint_family family, struct slice stream, size_t piece)
{
	struct buf object = buf_make(LIMIT);
	if (fold(family, stream, &object)) {
		ensure(json_valid(buf_slice(&object)));
		check_object(family, buf_slice(&object), piece);
	} else {
		ensure(object.len == 0);
	}
	buf_finish(&object);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const enum endpoint_family families[] = {FAMILY_CHAT, FAMILY_COMPLETIONS,
							FAMILY_RESPONSES, FAMILY_MESSAGES};
	enum { FAMILIES = sizeof(families) / sizeof(families[0]) };
	if (len < 2)
		return 0;
	enum endpoint_family family = families[at[0] / 2 % FAMILIES];
	struct slice text = slice_make(at + 2, len - 2);
	if (at[0] % 2)
		check_stream(family, text, at[1] % 64);
	else
		check_object(family, text, at[1] % 64);
	return 0;
}
