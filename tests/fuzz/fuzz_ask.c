/* Any bytes as a chat request's body: what is read of it, and what is changed in it on its way.
 * What is cut out leaves the same request without that member; what is put in makes a stream tell
 * its usage. */
#include "proxy/openai/ask.h"

#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

static const struct ask_options options = {.cache_member = true};

static void read_ask(struct slice body, struct buf *form, struct ask *ret_ask)
{
	scoped(canonical_destroy) struct canonical *c = canonical_create();
	static const struct slice method = SLICE("POST"), path = SLICE("/v1/chat/completions");
	ask_read(endpoint_find(method, path), c, body, &options, form, ret_ask);
	ensure(ret_ask->model_len <= ASK_MODEL);
	ensure((ret_ask->verdict == VERDICT_FINE) == (form->len > 0));
}

/* The edit, and what is read then: the same verdict and form. */
static void check_edit(const struct ask_edit *edit, struct buf *body, const struct ask *before,
		       struct slice form_before, struct ask *ret_ask)
{
	scoped(buf_finish) struct buf form = buf_make(1 << 28);
	ensure(edit->at + edit->len <= body->len);
	ensure(ask_edit(edit, body));
	ensure(json_valid(buf_slice(body)));
	read_ask(buf_slice(body), &form, ret_ask);
	ensure(ret_ask->verdict == before->verdict);
	ensure(slice_equal(buf_slice(&form), form_before));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct ask first, cut, told;
	scoped(buf_finish) struct buf form = buf_make(1 << 28);
	scoped(buf_finish) struct buf body = buf_make(len + ASK_EDIT_MOST);
	ensure(buf_append(&body, at, len));
	read_ask(slice_make(at, len), &form, &first);
	if (first.cut.text) {
		ensure(first.says.space_len <= CACHE_MEMBER_SPACE);
		/* A duplicate inside it goes with it. */
		if (first.verdict != VERDICT_DUPLICATE_MEMBER) {
			check_edit(&first.cut, &body, &first, buf_slice(&form), &cut);
			ensure(!cut.cut.text);
		}
	}
	if (first.tell_usage.text) {
		check_edit(&first.tell_usage, &body, &first, buf_slice(&form), &told);
		ensure(told.form == WIRE_STREAM_USAGE && !told.tell_usage.text);
	}
	return 0;
}
