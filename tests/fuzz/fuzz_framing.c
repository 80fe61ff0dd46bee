/* Any bytes as what a client sends: the verdict does not depend on how they are cut, and what is
 * approved is whole requests. The first byte says how they are
 * cut, the second how large a head may be. */
#include "proxy/http/framing.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 20 };

struct outcome {
	struct framing framing;
	struct buf passed;
};

static struct outcome feed(struct slice bytes, size_t head_limit, size_t portion)
{
	struct outcome o = {.framing = framing_make(head_limit), .passed = buf_make(LIMIT)};
	struct buf held = buf_make(LIMIT);
	while (bytes.len > 0 && o.framing.failure == FAILURE_NONE) {
		portion = bytes.len < portion ? bytes.len : portion;
		ensure(buf_append(&held, bytes.at, portion));
		bytes = slice_after(bytes, portion);
		size_t n = framing_read(&o.framing, held.at, &held.len);
		ensure(n <= held.len);
		ensure(buf_append(&o.passed, held.at, n));
		buf_drop_front(&held, n);
		if (o.framing.failure == FAILURE_NONE)
			ensure(held.len <= (head_limit > 1024 ? head_limit : 1024));
	}
	buf_finish(&held);
	return o;
}

/* Who reads what was approved, and the end of a body behind a refusal, finds the same requests, all
 * of them fine and whole. */
static void check_again(const struct outcome *o, size_t head_limit)
{
	bool refused = o->framing.failure != FAILURE_NONE;
	bool in_head = refused && o->framing.refused_at == FRAMING_HEAD;
	struct buf seen = buf_make(LIMIT + 64);
	ensure(buf_append(&seen, o->passed.at, o->passed.len - (in_head ? o->framing.line : 0)));
	if (refused && !in_head)
		ensure(buf_append_slice(&seen, framing_ending(&o->framing)));
	struct framing again = framing_make(head_limit);
	size_t len = seen.len;
	ensure(framing_read(&again, seen.at, &len) == seen.len && len == seen.len);
	ensure(again.failure == FAILURE_NONE);
	ensure(again.requests == o->framing.requests - in_head);
	ensure(again.place == (refused ? FRAMING_HEAD : o->framing.place));
	buf_finish(&seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (len < 2 || len > LIMIT)
		return 0;
	size_t head_limit = (size_t)(1 + at[1]) << 5;
	struct slice bytes = slice_make(at + 2, len - 2);
	struct outcome whole = feed(bytes, head_limit, LIMIT);
	struct outcome cut = feed(bytes, head_limit, 1 + at[0]);
	ensure(whole.framing.failure == cut.framing.failure);
	ensure(whole.framing.why == cut.framing.why);
	ensure(whole.framing.requests == cut.framing.requests);
	ensure(whole.framing.place == cut.framing.place);
	ensure(slice_equal(buf_slice(&whole.passed), buf_slice(&cut.passed)));
	check_again(&whole, head_limit);
	buf_finish(&whole.passed);
	buf_finish(&cut.passed);
	return 0;
}
