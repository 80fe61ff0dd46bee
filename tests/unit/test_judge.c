#include "proxy/openai/judge.h"

#include "cache/canonical.h"
#include "proxy/openai/ask.h"
#include "tests/unit/answers.h"

START_TEST(length_is_stored_by_the_rule)
{
	static const struct {
		enum store_length rule;
		bool limited;
		enum verdict verdict;
	} cases[] = {
	    {STORE_LENGTH_LIMITED, false, VERDICT_LENGTH_NOT_LIMITED},
	    {STORE_LENGTH_LIMITED, true, VERDICT_FINE},
	    {STORE_LENGTH_ALWAYS, false, VERDICT_FINE},
	    {STORE_LENGTH_ALWAYS, true, VERDICT_FINE},
	    {STORE_LENGTH_NEVER, false, VERDICT_LENGTH_NEVER},
	    {STORE_LENGTH_NEVER, true, VERDICT_LENGTH_NEVER},
	};
	static const struct {
		const char *path;
		const char *body;
	} documents[] = {
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"length\""))},
	    {NATIVE, NATIVE_BODY("\"stop_type\":\"limit\"")},
	    {RESPONSES, RESPONSE("\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":"
				 "\"max_output_tokens\"}")},
	    {MESSAGES, MESSAGE("\"max_tokens\"")},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t d = 0; d < sizeof(documents) / sizeof(documents[0]); d++) {
			struct buf kept = buf_make(LIMIT);
			struct judge_options options = {
			    .endpoint = at(documents[d].path),
			    .length_limited = cases[i].limited,
			    .store_length = cases[i].rule,
			    .limit_bytes = LIMIT,
			    .on_event = keep,
			    .context = &kept,
			};
			ck_assert(judge(&options, slice_of(documents[d].body), 9) ==
				  cases[i].verdict);
			buf_finish(&kept);
		}
}
END_TEST

START_TEST(heads)
{
	static const struct {
		enum wire_form form;
		unsigned status;
		const char *type;
		const char *encoding;
		enum verdict verdict;
	} cases[] = {
	    /* Good heads: what is refused is the body. */
	    {WIRE_PLAIN, 200, "application/json", "", VERDICT_INVALID_ANSWER},
	    {WIRE_PLAIN, 200, "Application/JSON ; charset=utf-8", "identity",
	     VERDICT_INVALID_ANSWER},
	    {WIRE_STREAM, 200, "text/event-stream;charset=utf-8", "", VERDICT_NO_TERMINAL_EVENT},
	    {WIRE_PLAIN, 201, "application/json", "", VERDICT_STATUS},
	    {WIRE_PLAIN, 400, "application/json", "", VERDICT_STATUS},
	    {WIRE_STREAM, 500, "application/json", "", VERDICT_STATUS},
	    {WIRE_PLAIN, 200, "", "", VERDICT_CONTENT_TYPE},
	    {WIRE_PLAIN, 200, "text/event-stream", "", VERDICT_CONTENT_TYPE},
	    {WIRE_STREAM, 200, "application/json", "", VERDICT_CONTENT_TYPE},
	    {WIRE_PLAIN, 200, "application/json+x", "", VERDICT_CONTENT_TYPE},
	    {WIRE_PLAIN, 200, "application/octet-stream", "", VERDICT_CONTENT_TYPE},
	    {WIRE_PLAIN, 200, "application/json", "gzip", VERDICT_CONTENT_ENCODING},
	    {WIRE_PLAIN, 200, "application/json", "identity, br", VERDICT_CONTENT_ENCODING},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct judge_options options = {
		    .endpoint = at(CHAT), .form = cases[i].form, .limit_bytes = LIMIT};
		struct judge *j = judge_create(&options);
		judge_head(j, cases[i].status, slice_of(cases[i].type),
			   slice_of(cases[i].encoding));
		judge_feed(j, slice_of("more"));
		ck_assert_msg(judge_finish(j) == cases[i].verdict, "%zu", i);
		judge_destroy(&j);
		ck_assert_ptr_null(j);
	}
}
END_TEST

static bool refuse_all(void *context, struct slice event)
{
	return false;
}

START_TEST(size_has_a_bound)
{
	static const char plain[] = CHAT_BODY(CHAT_CHOICE("\"stop\""));
	static const char stream[] = MORE STOP DONE;
	static const char pinged[] = ":\n\n:\n\n:\n\n" MORE ":\n\n" STOP DONE;
	static const struct {
		enum wire_form form;
		const char *body;
		size_t limit;
		enum verdict verdict;
	} cases[] = {
	    {WIRE_PLAIN, plain, sizeof(plain) - 1, VERDICT_FINE},
	    {WIRE_PLAIN, plain, sizeof(plain) - 2, VERDICT_TOO_LARGE},
	    {WIRE_STREAM, stream, sizeof(stream) - 1, VERDICT_FINE},
	    {WIRE_STREAM, stream, sizeof(stream) - 2, VERDICT_TOO_LARGE},
	    {WIRE_STREAM, pinged, sizeof(stream) - 1, VERDICT_FINE}, /* only what is kept counts */
	    {WIRE_STREAM, stream, 5, VERDICT_TOO_LARGE},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf kept = buf_make(LIMIT);
		struct judge_options options = {
		    .endpoint = at(CHAT),
		    .form = cases[i].form,
		    .limit_bytes = cases[i].limit,
		    .on_event = keep,
		    .context = &kept,
		};
		ck_assert_msg(judge(&options, slice_of(cases[i].body), 8) == cases[i].verdict,
			      "%zu", i);
		options.on_event = refuse_all;
		ck_assert(judge(&options, slice_of(cases[i].body), 8) == VERDICT_TOO_LARGE);
		buf_finish(&kept);
	}
}
END_TEST

START_TEST(nothing_is_handed_out_after_a_refusal)
{
	struct buf kept = buf_make(LIMIT);
	struct judge_options options = {
	    .endpoint = at(CHAT),
	    .form = WIRE_STREAM,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	struct judge *j = judge_create(&options);
	judge_head(j, 200, slice_of("text/event-stream"), slice_make(NULL, 0));
	judge_feed(j, slice_of(MORE));
	ck_assert(slice_is(buf_slice(&kept), MORE));
	judge_feed(j, slice_of(DATA("{\"error\":{}}") STOP));
	judge_feed(j, slice_of(DONE));
	ck_assert(judge_finish(j) == VERDICT_ERROR_INSIDE);
	ck_assert(slice_is(buf_slice(&kept), MORE));
	judge_destroy(&j);
	buf_finish(&kept);
}
END_TEST

START_TEST(pings_are_not_handed_out)
{
	struct buf kept = buf_make(LIMIT);
	struct judge_options options = {
	    .endpoint = at(MESSAGES),
	    .form = WIRE_STREAM,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	ck_assert(judge(&options,
			slice_of(":\n\n" START EVENT("ping", "") "\n" STOPPED("\"end_turn\"")
				     MESSAGE_END EVENT("ping", "")),
			3) == VERDICT_FINE);
	ck_assert(slice_is(buf_slice(&kept), START STOPPED("\"end_turn\"") MESSAGE_END));
	buf_finish(&kept);
}
END_TEST

/* ## Traces */

/* Recorded answers with 200 that are not to be stored, and why. */
static enum verdict expected(const char *name)
{
	static const struct {
		const char *name;
		enum verdict verdict;
	} refused[] = {
	    {"abort-stream", VERDICT_NO_TERMINAL_EVENT},
	    {"killed-midstream", VERDICT_NO_TERMINAL_EVENT},
	    {"sigterm-midstream", VERDICT_NO_TERMINAL_EVENT},
	    {"ctx-full", VERDICT_LENGTH_NOT_LIMITED},
	    {"ctx-full-stream", VERDICT_LENGTH_NOT_LIMITED},
	    {"http-half-close", VERDICT_NO_TERMINAL_EVENT},
	    {"chat-tools-cut", VERDICT_TOOL_ARGUMENTS},
	    {"chat-tools-cut-stream", VERDICT_TOOL_ARGUMENTS},
	};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(refused[i].name, name) == 0)
			return refused[i].verdict;
	return VERDICT_FINE;
}

static unsigned judged;
static unsigned families[FAMILY_MODELS + 1];

static struct ask ask(const struct endpoint *endpoint, const struct trace *t)
{
	struct canonical *canonical = canonical_create();
	struct buf form = buf_make(1 << 20);
	struct ask_options options = {0};
	struct ask ask;
	ask_read(endpoint, canonical, buf_slice(&t->request_body), &options, &form, &ask);
	buf_finish(&form);
	canonical_destroy(&canonical);
	return ask;
}

static void judge_trace(const struct trace *t)
{
	const struct endpoint *endpoint = endpoint_find(t->method, t->path);
	if (!endpoint || t->status != 200)
		return;
	struct ask a = ask(endpoint, t);
	struct buf kept = buf_make(LIMIT);
	struct judge_options options = {
	    .endpoint = endpoint,
	    .form = a.form,
	    .length_limited = a.length_limited,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	enum verdict got = judge(&options, buf_slice(&t->body), 700);
	ck_assert_msg(got == expected(t->name), "%s: %s", t->name, verdict_text(got));
	ck_assert_msg(t->whole || got != VERDICT_FINE, "%s", t->name);
	if (got == VERDICT_FINE && strcmp(t->name, "slow-ping") == 0)
		ck_assert_uint_lt(kept.len, t->body.len);
	else if (got == VERDICT_FINE)
		ck_assert_msg(slice_equal(buf_slice(&kept), buf_slice(&t->body)), "%s", t->name);
	buf_finish(&kept);
	judged++;
	families[endpoint->family]++;
}

START_TEST(every_recorded_answer)
{
	trace_each(judge_trace);
	ck_assert_uint_ge(judged, 120);
	for (size_t i = 0; i <= FAMILY_MODELS; i++)
		ck_assert_uint_ge(families[i], 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("judge");
	TCase *all = tcase_create("judge");
	tcase_add_test(all, length_is_stored_by_the_rule);
	tcase_add_test(all, heads);
	tcase_add_test(all, size_has_a_bound);
	tcase_add_test(all, nothing_is_handed_out_after_a_refusal);
	tcase_add_test(all, pings_are_not_handed_out);
	tcase_add_test(all, every_recorded_answer);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
