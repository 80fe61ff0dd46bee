/* Any bytes as the body of a request; the first byte chooses the endpoint, the second the policy.
 * What is named has a form, and asked for its usage it is the same request in the fuller form. */
#include "proxy/openai/ask.h"

#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 28 };

static const char *const ignored[] = {"ignored", "metadata"};

static struct ask_options policy_of(uint8_t byte)
{
	return (struct ask_options){
	    .ignore = ignored,
	    .ignore_count = byte & 1 ? 2 : 0,
	    .remote_images = byte & 2,
	    .no_sampled = byte & 4,
	};
}

static struct ask read_ask(const struct endpoint *endpoint, const struct ask_options *policy,
			   struct slice body, struct buf *form)
{
	struct canonical *canonical = canonical_create();
	struct ask ask;
	ask_read(endpoint, canonical, body, policy, form, &ask);
	canonical_destroy(&canonical);
	return ask;
}

/* The edit changes what is asked of the upstream, and nothing of what the request is called. */
static void check_edit(const struct endpoint *endpoint, const struct ask_options *policy,
		       struct slice body, const struct ask *ask, struct slice form)
{
	struct buf edited = buf_make(LIMIT), again = buf_make(LIMIT);
	ensure(buf_append_slice(&edited, body));
	ensure(ask_edit(&ask->tell_usage, &edited));
	ensure(edited.len <= body.len + ASK_EDIT_MOST);
	struct ask second = read_ask(endpoint, policy, buf_slice(&edited), &again);
	ensure(second.verdict == VERDICT_FINE && second.form == WIRE_STREAM_USAGE);
	ensure(second.length_limited == ask->length_limited);
	ensure(slice_equal(buf_slice(&again), form));
	buf_finish(&edited);
	buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *const paths[] = {
	    "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages",
	    "/v1/embeddings",	    "/v1/rerank",      "/tokenize",	"/completion",
	};
	if (len < 2)
		return 0;
	const char *path = paths[at[0] % (sizeof paths / sizeof *paths)];
	const struct endpoint *endpoint = endpoint_find(slice_of("POST"), slice_of(path));
	struct ask_options policy = policy_of(at[1]);
	struct slice body = slice_make(at + 2, len - 2);
	ensure(endpoint);
	struct buf form = buf_make(LIMIT);
	struct ask ask = read_ask(endpoint, &policy, body, &form);
	ensure((ask.verdict == VERDICT_FINE) == (form.len > 0));
	ensure(ask.verdict != VERDICT_FINE || json_valid(body));
	ensure(ask.form == WIRE_PLAIN || endpoint->streams);
	if (ask.tell_usage.text) {
		ensure(ask.form == WIRE_STREAM && endpoint->tells_usage);
		check_edit(endpoint, &policy, body, &ask, buf_slice(&form));
	}
	buf_finish(&form);
	return 0;
}
