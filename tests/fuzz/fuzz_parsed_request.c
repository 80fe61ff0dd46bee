/* Any bytes as the body of a request; the first byte chooses the endpoint, the second the policy.
 * What is named has a form, and asked for its usage it is the same request in the fuller form. */
#include "proxy/openai/parse/parsed_request.h"

#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 28 };

static const char *const ignored[] = {"ignored", "metadata"};

static struct parsed_request_options policy_of(uint8_t byte)
{
	return (struct parsed_request_options){
	    .ignore = ignored,
	    .ignore_count = byte & 1 ? 2 : 0,
	    .remote_images = byte & 2,
	    .cache_member = byte & 4,
	};
}

static struct parsed_request read_ask(const struct endpoint *endpoint,
				      const struct parsed_request_options *policy,
				      struct slice body, struct buf *form)
{
	struct canonical *canonical = canonical_create();
	struct parsed_request parsed;
	parsed_request_read(endpoint, canonical, body, policy, form, &parsed);
	canonical_destroy(&canonical);
	return parsed;
}

/* What an edit makes of the body is called what the body was called. */
static struct parsed_request check_edit(const struct endpoint *endpoint,
					const struct parsed_request_options *policy,
					const struct parsed_request_edit *edit, struct buf *body,
					const struct parsed_request *before, struct slice form)
{
	struct buf again = buf_make(LIMIT);
	size_t len = body->len;
	ensure(edit->at + edit->len <= len);
	ensure(parsed_request_edit(edit, body));
	ensure(body->len <= len + PARSED_REQUEST_EDIT_MOST && json_valid(buf_slice(body)));
	struct parsed_request after = read_ask(endpoint, policy, buf_slice(body), &again);
	ensure(after.verdict == before->verdict);
	ensure(after.expects.length_limit == before->expects.length_limit);
	ensure(after.expects.choices == before->expects.choices);
	ensure(after.expects.one_form == before->expects.one_form);
	ensure(slice_equal(buf_slice(&again), form));
	buf_finish(&again);
	return after;
}

/* In the order in which they are made. */
static void check_edits(const struct endpoint *endpoint,
			const struct parsed_request_options *policy, struct slice text,
			const struct parsed_request *parsed, struct slice form)
{
	struct buf body = buf_make(LIMIT);
	struct parsed_request after;
	ensure(buf_append_slice(&body, text));
	/* A duplicate inside what is cut goes with it. */
	if (parsed->cut.text && parsed->verdict != VERDICT_DUPLICATE_MEMBER) {
		after = check_edit(endpoint, policy, &parsed->cut, &body, parsed, form);
		ensure(!after.cut.text);
	}
	if (parsed->tell_usage.text) {
		ensure(parsed->form == WIRE_STREAM && endpoint->tells_usage);
		after = check_edit(endpoint, policy, &parsed->tell_usage, &body, parsed, form);
		ensure(after.form == WIRE_STREAM_USAGE && !after.tell_usage.text);
	}
	buf_finish(&body);
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
	struct parsed_request_options policy = policy_of(at[1]);
	struct slice body = slice_make(at + 2, len - 2);
	ensure(endpoint);
	struct buf form = buf_make(LIMIT);
	struct parsed_request parsed = read_ask(endpoint, &policy, body, &form);
	ensure((parsed.verdict == VERDICT_FINE) == (form.len > 0));
	ensure(parsed.verdict != VERDICT_FINE || json_valid(body));
	ensure(parsed.form == WIRE_PLAIN || endpoint->streams);
	ensure(parsed.model_len <= PARSED_REQUEST_MODEL &&
	       parsed.says.space_len <= CACHE_MEMBER_SPACE);
	check_edits(endpoint, &policy, body, &parsed, buf_slice(&form));
	buf_finish(&form);
	return 0;
}
