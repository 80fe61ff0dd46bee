#include "proxy/openai/storable/storable.h"

#include "cache/key/canonical.h"
#include "cache/store/tombstones.h"
#include "proxy/openai/parse/parsed_request.h"
#include "tests/unit/answers.h"

#define CHAT_CUT(usage)                                                                            \
	"{\"object\":\"chat.completion\",\"choices\":[" CHAT_CHOICE("\"length\"") "]" usage "}"
#define NATIVE_CUT(tokens) NATIVE_BODY("\"stop_type\":\"limit\",\"tokens_predicted\":" tokens)
#define TWO_CUT(tokens)                                                                            \
	"{\"object\":\"chat.completion\",\"choices\":[" CHAT_CHOICE("\"length\"") "," CHAT_SAYING( \
	    "1", "\"stop\"", "{\"content\":\"a\"}") "],\"usage\":{\"completion_tokens\":" tokens   \
						    "}}"

#define TIMED_CUT(first, second, tokens)                                                           \
	"{\"object\":\"chat.completion\",\"choices\":[" CHAT_CHOICE(first) "," CHAT_SAYING(        \
	    "1", second, "{\"content\":\"a\"}") "],\"usage\":{\"completion_tokens\":" tokens       \
						"},\"timings\":{\"predicted_n\":" tokens "}}"
#define TIMED_END(index, reason, tokens)                                                           \
	CHUNK(DELTA(index, reason))                                                                \
	DATA("{\"choices\":[],\"usage\":{\"completion_tokens\":" tokens                            \
	     "},\"timings\":{\"predicted_n\":" tokens "}}")

/* Answers that a limit cut short, to requests that allow 5 tokens, and whether they prove that this
 * was the limit. */
static const struct {
	const char *path;
	const char *body;
	enum wire_form form;
	bool proven;
} cuts[] = {
    {CHAT, CHAT_CUT(",\"usage\":{\"completion_tokens\":5}"), WIRE_PLAIN, true},
    {CHAT, CHAT_CUT(",\"usage\":{\"completion_tokens\":6}"), WIRE_PLAIN, true},
    {CHAT, CHAT_CUT(",\"usage\":{\"completion_tokens\":4}"), WIRE_PLAIN, false},
    {CHAT, CHAT_CUT(",\"usage\":{\"total_tokens\":9}"), WIRE_PLAIN, false},
    {CHAT, CHAT_CUT(",\"usage\":null"), WIRE_PLAIN, false},
    {CHAT, CHAT_CUT(""), WIRE_PLAIN, false},
    /* A sum of several choices proves it only if none can have less. */
    {CHAT, TWO_CUT("10"), WIRE_PLAIN, true},
    {CHAT, TWO_CUT("9"), WIRE_PLAIN, false},
    {CHAT,
     MORE CHUNK(DELTA("0", "\"length\""))
	 DATA("{\"choices\":[],\"usage\":{\"completion_tokens\":5}}") DONE,
     WIRE_STREAM, true},
    {CHAT,
     MORE CHUNK(DELTA("0", "\"length\""))
	 DATA("{\"choices\":[],\"usage\":{\"completion_tokens\":4}}") DONE,
     WIRE_STREAM, false},
    {CHAT, MORE CHUNK(DELTA("0", "\"length\"")) DONE, WIRE_STREAM, false},
    /* llama.cpp, without requested usage. */
    {CHAT,
     MORE CHUNK(DELTA("0", "\"length\"")) DATA("{\"choices\":[],\"timings\":{\"predicted_n\":5}}")
	 DONE,
     WIRE_STREAM, true},
    {CHAT,
     MORE CHUNK(DELTA("0", "\"length\"")) DATA("{\"choices\":[],\"timings\":{\"predicted_n\":4}}")
	 DONE,
     WIRE_STREAM, false},
    /* llama.cpp reports the first choice in a stream of consecutive choices. */
    {CHAT, TIMED_CUT("\"length\"", "\"stop\"", "5"), WIRE_PLAIN, true},
    {CHAT, TIMED_CUT("\"length\"", "\"stop\"", "4"), WIRE_PLAIN, false},
    {CHAT, TIMED_CUT("\"stop\"", "\"length\"", "5"), WIRE_PLAIN, false},
    {CHAT, TIMED_CUT("\"length\"", "\"length\"", "10"), WIRE_PLAIN, false},
    {CHAT, TIMED_END("1", "\"stop\"", "3") TIMED_END("0", "\"length\"", "5") DONE, WIRE_STREAM,
     true},
    {CHAT, TIMED_END("1", "\"stop\"", "9") TIMED_END("0", "\"length\"", "4") DONE, WIRE_STREAM,
     false},
    {CHAT, TIMED_END("0", "\"length\"", "4") TIMED_END("1", "\"stop\"", "9") DONE, WIRE_STREAM,
     false},
    {CHAT, TIMED_END("0", "\"length\"", "5") TIMED_END("1", "\"length\"", "5") DONE, WIRE_STREAM,
     true},
    {CHAT,
     CHUNK(DELTA("1", "null")) CHUNK(DELTA("0", "\"length\""))
	 DATA("{\"choices\":[" DELTA("1", "null") "],\"timings\":{\"predicted_n\":7}}")
	     CHUNK(DELTA("1", "\"stop\"")) DONE,
     WIRE_STREAM, false},
    {NATIVE, NATIVE_CUT("5"), WIRE_PLAIN, true},
    {NATIVE, NATIVE_CUT("4"), WIRE_PLAIN, false},
    {NATIVE, NATIVE_BODY("\"stop_type\":\"limit\""), WIRE_PLAIN, false},
    {NATIVE, "[" NATIVE_CUT("5") "," NATIVE_CUT("5") "]", WIRE_PLAIN, true},
    {NATIVE, "[" NATIVE_CUT("4") "," NATIVE_CUT("5") "]", WIRE_PLAIN, false},
    {NATIVE, "[" NATIVE_CUT("5") "," NATIVE_CUT("4") "]", WIRE_PLAIN, false},
    {RESPONSES,
     RESPONSE("\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},"
	      "\"usage\":{\"output_tokens\":5}"),
     WIRE_PLAIN, true},
    {RESPONSES,
     RESPONSE("\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},"
	      "\"usage\":{\"output_tokens\":4}"),
     WIRE_PLAIN, false},
    {MESSAGES,
     MESSAGE_WITH("{\"type\":\"text\",\"text\":\"a\"}",
		  "\"max_tokens\",\"usage\":{\"output_tokens\":5}"),
     WIRE_PLAIN, true},
    {MESSAGES,
     MESSAGE_WITH("{\"type\":\"text\",\"text\":\"a\"}",
		  "\"max_tokens\",\"usage\":{\"output_tokens\":4}"),
     WIRE_PLAIN, false},
};

enum { CUTS = sizeof(cuts) / sizeof(cuts[0]) };

START_TEST(length_is_stored_by_the_rule)
{
	for (int limited = 0; limited < 2; limited++)
		for (enum store_length rule = 0; rule <= STORE_LENGTH_NEVER; rule++) {
			struct buf kept = buf_make(LIMIT);
			struct expectation expects = {.length_limit = limited ? 5 : -1};
			struct storable_options options = {
			    .endpoint = at(cuts[_i].path),
			    .form = cuts[_i].form,
			    .expects = &expects,
			    .store_length = rule,
			    .limit_bytes = LIMIT,
			    .on_event = keep,
			    .context = &kept,
			};
			bool proven = limited && cuts[_i].proven;
			enum verdict want = rule == STORE_LENGTH_NEVER	  ? VERDICT_LENGTH_NEVER
					    : rule == STORE_LENGTH_ALWAYS ? VERDICT_FINE
					    : proven			  ? VERDICT_FINE
						     : VERDICT_LENGTH_NOT_LIMITED;
			ck_assert_str_eq(
			    verdict_text(storable(&options, slice_of(cuts[_i].body), 9)),
			    verdict_text(want));
			buf_finish(&kept);
		}
}
END_TEST

/* The upstream's id of the answer. */
START_TEST(ids)
{
	static const struct {
		const char *path;
		const char *body;
		const char *id; /* NULL: none */
	} answers[] = {
	    {CHAT,
	     DATA("{\"id\":\"\",\"choices\":[]}") DATA("{\"id\":\"c\",\"choices\":[]}")
		 MORE STOP DONE,
	     "c"},
	    {CHAT, MORE STOP DONE, NULL},
	    {RESPONSES,
	     EVENT("response.created", ",\"response\":{\"id\":\"r\"}")
		 COMPLETED("\"status\":\"completed\",\"id\":\"r\""),
	     "r"},
	    {MESSAGES,
	     EVENT("message_start", ",\"message\":{\"id\":\"m\"}")
		 BLOCK BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END,
	     "m"},
	};
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct buf kept = buf_make(LIMIT);
		struct storable_options options = {
		    .endpoint = at(answers[i].path),
		    .form = WIRE_STREAM,
		    .limit_bytes = LIMIT,
		    .on_event = keep,
		    .context = &kept,
		};
		struct storable *j = storable_create(&options);
		storable_head(j, 200, slice_of("text/event-stream"), slice_of(""));
		storable_feed(j, slice_of(answers[i].body));
		ck_assert(storable_finish(j) == VERDICT_FINE);
		const char *id = answers[i].id;
		ck_assert(storable_id(j) == (id ? tombstone_of(slice_of(id)) : 0));
		storable_destroy(&j);
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
	    /* Good heads: the body is refused. */
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
		struct storable_options options = {
		    .endpoint = at(CHAT), .form = cases[i].form, .limit_bytes = LIMIT};
		struct storable *j = storable_create(&options);
		storable_head(j, cases[i].status, slice_of(cases[i].type),
			      slice_of(cases[i].encoding));
		storable_feed(j, slice_of("more"));
		ck_assert_msg(storable_finish(j) == cases[i].verdict, "%zu", i);
		storable_destroy(&j);
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
	    {WIRE_STREAM, pinged, sizeof(stream) - 1, VERDICT_FINE}, /* only stored bytes count */
	    {WIRE_STREAM, stream, 5, VERDICT_TOO_LARGE},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf kept = buf_make(LIMIT);
		struct storable_options options = {
		    .endpoint = at(CHAT),
		    .form = cases[i].form,
		    .limit_bytes = cases[i].limit,
		    .on_event = keep,
		    .context = &kept,
		};
		ck_assert_msg(storable(&options, slice_of(cases[i].body), 8) == cases[i].verdict,
			      "%zu", i);
		options.on_event = refuse_all;
		ck_assert(storable(&options, slice_of(cases[i].body), 8) == VERDICT_TOO_LARGE);
		buf_finish(&kept);
	}
}
END_TEST

START_TEST(nothing_is_handed_out_after_a_refusal)
{
	struct buf kept = buf_make(LIMIT);
	struct storable_options options = {
	    .endpoint = at(CHAT),
	    .form = WIRE_STREAM,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	struct storable *j = storable_create(&options);
	storable_head(j, 200, slice_of("text/event-stream"), slice_make(NULL, 0));
	storable_feed(j, slice_of(MORE));
	ck_assert(slice_is(buf_slice(&kept), MORE));
	storable_feed(j, slice_of(DATA("{\"error\":{}}") STOP));
	storable_feed(j, slice_of(DONE));
	ck_assert(storable_finish(j) == VERDICT_ERROR_INSIDE);
	ck_assert(slice_is(buf_slice(&kept), MORE));
	storable_destroy(&j);
	buf_finish(&kept);
}
END_TEST

START_TEST(pings_are_not_handed_out)
{
	struct buf kept = buf_make(LIMIT);
	struct storable_options options = {
	    .endpoint = at(MESSAGES),
	    .form = WIRE_STREAM,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	ck_assert(storable(&options,
			   slice_of(":\n\n" START EVENT("ping", "") "\n" BLOCK BLOCK_END STOPPED(
			       "\"end_turn\"") MESSAGE_END EVENT("ping", "")),
			   3) == VERDICT_FINE);
	ck_assert(
	    slice_is(buf_slice(&kept), START BLOCK BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END));
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
	    /* Some servers treat a limit of 0 as none. */
	    {"chat-max0", VERDICT_LENGTH_NOT_LIMITED},
	    {"chat-max0-stream", VERDICT_LENGTH_NOT_LIMITED},
	    {"http-half-close", VERDICT_NO_TERMINAL_EVENT},
	    /* The usage is that of the first choice, and the second one was cut short. */
	    {"cmpl-multi", VERDICT_LENGTH_NOT_LIMITED},
	    {"cmpl-n2", VERDICT_LENGTH_NOT_LIMITED},
	    {"chat-tools-cut", VERDICT_TOOL_ARGUMENTS},
	    {"chat-tools-cut-stream", VERDICT_TOOL_ARGUMENTS},
	};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(refused[i].name, name) == 0)
			return refused[i].verdict;
	return VERDICT_FINE;
}

static unsigned checked;
static unsigned families[FAMILY_MODELS + 1];

static struct parsed_request parsed(const struct endpoint *endpoint, const struct trace *t)
{
	struct canonical *canonical = canonical_create();
	struct buf form = buf_make(1 << 20);
	struct parsed_request_options options = {0};
	struct parsed_request parsed;
	parsed_request_read(endpoint, canonical, buf_slice(&t->request_body), &options, &form,
			    &parsed);
	buf_finish(&form);
	canonical_destroy(&canonical);
	return parsed;
}

static void storable_trace(const struct trace *t)
{
	const struct endpoint *endpoint = endpoint_find(t->method, t->path);
	if (!endpoint || t->status != 200)
		return;
	struct parsed_request a = parsed(endpoint, t);
	struct buf kept = buf_make(LIMIT);
	struct storable_options options = {
	    .endpoint = endpoint,
	    .form = a.form,
	    .expects = &a.expects,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	enum verdict got = storable(&options, buf_slice(&t->body), 700);
	ck_assert_msg(got == expected(t->name), "%s: %s", t->name, verdict_text(got));
	ck_assert_msg(t->whole || got != VERDICT_FINE, "%s", t->name);
	if (got == VERDICT_FINE && strcmp(t->name, "slow-ping") == 0)
		ck_assert_uint_lt(kept.len, t->body.len);
	else if (got == VERDICT_FINE)
		ck_assert_msg(slice_equal(buf_slice(&kept), buf_slice(&t->body)), "%s", t->name);
	buf_finish(&kept);
	checked++;
	families[endpoint->family]++;
}

START_TEST(every_recorded_answer)
{
	trace_each(storable_trace);
	ck_assert_uint_ge(checked, 120);
	for (size_t i = 0; i <= FAMILY_MODELS; i++)
		ck_assert_uint_ge(families[i], 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("storable");
	TCase *all = tcase_create("storable");
	tcase_add_loop_test(all, length_is_stored_by_the_rule, 0, CUTS);
	tcase_add_test(all, ids);
	tcase_add_test(all, heads);
	tcase_add_test(all, size_has_a_bound);
	tcase_add_test(all, nothing_is_handed_out_after_a_refusal);
	tcase_add_test(all, pings_are_not_handed_out);
	tcase_add_test(all, every_recorded_answer);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
