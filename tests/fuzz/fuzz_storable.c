/* Any bytes as an answer. The first byte chooses the endpoint, the second how the bytes are cut.
 * The verdict does not depend on the cuts; what is to be stored is good when judged again, and is
 * then stored as it is. */
#include "proxy/openai/storable/storable.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 16 };

static bool keep(void *context, struct slice event)
{
	return buf_append_slice(context, event);
}

static enum verdict storable(struct storable_options options, struct slice body, size_t portion,
			     struct buf *kept)
{
	options.limit_bytes = LIMIT;
	options.on_event = keep;
	options.context = kept;
	buf_clear(kept);
	struct storable *j = storable_create(&options);
	storable_head(
	    j, 200,
	    slice_of(options.form == WIRE_STREAM ? "text/event-stream" : "application/json"),
	    slice_make(NULL, 0));
	while (body.len) {
		size_t n = portion < body.len ? portion : body.len;
		storable_feed(j, slice_make(body.at, n));
		body = slice_after(body, n);
	}
	enum verdict verdict = storable_finish(j);
	storable_destroy(&j);
	return verdict;
}

/* A byte order mark counts only at the start. One in the middle of a stream would come to stand
 * there once the keep-alives before it are dropped. */
static bool is_marked(struct slice text)
{
	static const struct slice mark = SLICE("\xef\xbb\xbf");
	return slice_starts(text, mark);
}

static void check(struct storable_options options, struct slice body, size_t portion)
{
	struct buf kept = buf_make(LIMIT);
	struct buf again = buf_make(LIMIT);
	enum verdict verdict = storable(options, body, LIMIT, &kept);
	/* Too large a frame is seen sooner or later, depending on the cuts. */
	enum verdict cut = storable(options, body, portion, &again);
	ensure(cut == verdict || body.len > LIMIT);
	if (verdict == VERDICT_FINE) {
		ensure(kept.len > 0);
		ensure(slice_equal(buf_slice(&kept), buf_slice(&again)));
		ensure(options.form == WIRE_STREAM || slice_equal(buf_slice(&kept), body));
	}
	if (verdict == VERDICT_FINE && !is_marked(buf_slice(&kept))) {
		ensure(storable(options, buf_slice(&kept), LIMIT, &again) == VERDICT_FINE);
		ensure(slice_equal(buf_slice(&kept), buf_slice(&again)));
	}
	buf_finish(&kept);
	buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *const paths[] = {
	    "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages",
	    "/v1/embeddings",	    "/v1/rerank",      "/tokenize",
	};
	if (len < 2)
		return 0;
	const char *path = paths[at[0] % (sizeof(paths) / sizeof(paths[0]))];
	const struct expectation expects = {.choices = at[1] >> 6, .length_limit = at[1] >> 1 & 15};
	struct storable_options options = {
	    .endpoint = endpoint_find(slice_of("POST"), slice_of(path)),
	    .expects = &expects,
	    .store_empty = at[1] & 1,
	};
	struct slice body = slice_make(at + 2, len - 2);
	options.form = WIRE_PLAIN;
	check(options, body, 1 + at[1]);
	options.form = WIRE_STREAM;
	check(options, body, 1 + at[1]);
	return 0;
}
