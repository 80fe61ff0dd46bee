/* Any bytes as what a client sends: the verdict does not depend on how they are cut, what is
 * what is approved is whole requests. The first byte says how they are
 * cut, the second how large a head may be. */
#include "proxy/framing.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 20 };

struct outcome {
	struct framing framing;
	size_t approved;
};

static struct outcome feed(struct slice bytes, size_t head_limit, size_t portion)
{
	struct outcome o = {.framing = framing_make(head_limit)};
	for (size_t come = 0; come < bytes.len && o.framing.failure == FAILURE_NONE;) {
		come = bytes.len - come < portion ? bytes.len : come + portion;
		struct slice rest = slice_make(bytes.at + o.approved, come - o.approved);
		size_t n = framing_read(&o.framing, rest);
		ensure(n <= rest.len);
		o.approved += n;
		if (o.framing.failure == FAILURE_NONE)
			ensure(rest.len - n <= (head_limit > 1024 ? head_limit : 1024));
	}
	return o;
}

/* Who reads what was approved, and the end of a body behind a refusal, finds the same requests, all
 * of them fine and whole. */
static void check_again(struct slice bytes, const struct outcome *o, size_t head_limit)
{
	bool refused = o->framing.failure != FAILURE_NONE;
	bool in_head = refused && o->framing.refused_at == FRAMING_HEAD;
	struct buf seen = buf_make(LIMIT + 64);
	ensure(buf_append(&seen, bytes.at, o->approved - (in_head ? o->framing.line : 0)));
	if (refused && !in_head)
		ensure(buf_append_slice(&seen, framing_ending(&o->framing)));
	struct framing again = framing_make(head_limit);
	ensure(framing_read(&again, buf_slice(&seen)) == seen.len);
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
	ensure(whole.approved == cut.approved);
	check_again(bytes, &whole, head_limit);
	return 0;
}
