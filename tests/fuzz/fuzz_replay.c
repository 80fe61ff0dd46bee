/* Any bytes as an answer that is given again. The first byte chooses the wire form and what is
 * changed. Where nothing is, nothing is; JSON stays JSON of as many tokens; and who replays a
 * replay gets it. */
#include "proxy/openai/wire/replay.h"

#include "base/ensure.h"
#include "cache/key/json_scan.h"
#include "proxy/openai/wire/sse.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 26 };

static size_t tokens_of(struct slice text)
{
	struct json_scan scan = json_scan_start(text);
	struct json_token t;
	size_t count = 0;
	while (json_scan_next(&scan, &t))
		count++;
	return scan.fault ? 0 : count;
}

/* Frame by frame. */
static void check_streams(struct slice before, struct slice after)
{
	struct sse a = sse_make(LIMIT), b = sse_make(LIMIT);
	struct sse_frame x, y;
	ensure(sse_feed(&a, before) && sse_feed(&b, after));
	sse_end(&a);
	sse_end(&b);
	while (sse_next(&a, &x)) {
		ensure(sse_next(&b, &y));
		ensure(x.bare == y.bare && x.has_data == y.has_data);
		ensure(slice_equal(x.event, y.event));
		ensure(tokens_of(x.data) == tokens_of(y.data));
	}
	ensure(!sse_next(&b, &y) && !sse_torn(&b));
	sse_finish(&a);
	sse_finish(&b);
}

static void check(enum wire_form form, const struct replay_options *options, struct slice answer)
{
	struct buf once = buf_make(LIMIT), twice = buf_make(LIMIT);
	if (replay(form, answer, options, &once)) {
		if (!options->zero_usage && !options->fresh_id)
			ensure(slice_equal(buf_slice(&once), answer));
		if (form == WIRE_PLAIN)
			ensure(tokens_of(buf_slice(&once)) == tokens_of(answer));
		else
			check_streams(answer, buf_slice(&once));
		ensure(replay(form, buf_slice(&once), options, &twice));
		ensure(slice_equal(buf_slice(&once), buf_slice(&twice)));
	} else {
		ensure(form != WIRE_PLAIN);
	}
	buf_finish(&once);
	buf_finish(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (len < 1)
		return 0;
	const struct replay_options options = {
	    .zero_usage = at[0] & 2,
	    .fresh_id = at[0] & 4,
	    .id = slice_of("0123456789abcdef"),
	    .created = 1700000000,
	};
	check(at[0] & 1 ? WIRE_STREAM : WIRE_PLAIN, &options, slice_make(at + 1, len - 1));
	return 0;
}
