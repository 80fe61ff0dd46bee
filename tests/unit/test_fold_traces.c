/* Recorded answers to one request in both wire forms: each, converted to the other form, equals the
 * other. */
#include "proxy/openai/endpoint.h"
#include "tests/unit/json_equal.h"
#include "tests/unit/main.h"
#include "tests/unit/trace.h"
#include "tests/unit/wire_forms.h"

/* The number of recorded pairs, so that none is missed. The pairs of typed events are compared by
 * the tests of their families. */
enum { PAIRS = 46, TYPED_PAIRS = 5, PLAIN_ANSWERS = 70 };

enum { TRACES_MOST = 256, TREE = 16 << 20 };

static const enum endpoint_family families[] = {FAMILY_CHAT, FAMILY_COMPLETIONS, FAMILY_RESPONSES,
						FAMILY_MESSAGES};

/* Sampled with temperature 1 and n 2: each recording has other texts. */
static const char *const sampled[] = {"chat-n2-stream", "chat-n2-stream-usage"};

static struct trace traces[TRACES_MOST];
static unsigned count;

static bool is_listed(const char *name, const char *const *list, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool family_of_trace(const struct trace *t, enum endpoint_family *ret_family)
{
	const struct endpoint *e = endpoint_find(t->method, t->path);
	bool whole = t->status == 200 && t->whole;
	for (size_t i = 0; e && whole && i < sizeof(families) / sizeof(families[0]); i++)
		if (e->family == families[i]) {
			*ret_family = e->family;
			return true;
		}
	return false;
}

static void load(const struct trace *t)
{
	enum endpoint_family family;
	if (family_of_trace(t, &family))
		traces[count++] = trace_open(t->name);
}

static void load_all(void)
{
	ensure(trace_each(load) <= TRACES_MOST);
}

/* ## Pairs */

static struct json_node *read_request(struct json_tree *t, const struct trace *trace)
{
	struct json_node *request = json_tree_read(t, buf_slice(&trace->request_body));
	if (request && request->kind == JSON_OBJECT_OPEN) {
		json_node_take(request, "stream");
		json_node_take(request, "stream_options");
	}
	return request;
}

static bool parsed_request_the_same(const struct trace *a, const struct trace *b)
{
	struct json_tree *t = json_tree_create(TREE);
	const struct json_node *x = read_request(t, a), *y = read_request(t, b);
	bool same = slice_equal(a->path, b->path) && x && y && json_node_equal(x, y);
	json_tree_destroy(&t);
	return same;
}

/* Members that differ between any two answers to one request. */
static void leave_out(struct json_node *answer)
{
	static const struct {
		const char *member;
		const char *reason;
	} differing[] = {
	    {"id", "is new in every answer"},
	    {"created", "is the time of the answer"},
	    {"timings", "are measured"},
	    {"__verbose", "says how the request was understood, its `stream` too"},
	    {"tokens", "are told where return_tokens asks for them, and nothing is folded then"},
	    {"id_slot", "is where there was room"},
	};
	for (size_t i = 0; i < sizeof(differing) / sizeof(differing[0]); i++)
		json_node_take(answer, differing[i].member);
	struct json_node *choices = json_node_member(answer, "choices");
	for (struct json_node *c = choices ? choices->first : NULL; c; c = c->next) {
		struct json_node *calls =
		    json_node_member(json_node_member(c, "message"), "tool_calls");
		/* Tool calls have new ids in every answer. */
		for (struct json_node *call = calls ? calls->first : NULL; call; call = call->next)
			json_node_take(call, "id");
	}
}

static void assert_alike(const char *name, struct slice derived, struct slice plain)
{
	struct json_tree *t = json_tree_create(TREE);
	struct json_node *x = json_tree_read(t, derived), *y = json_tree_read(t, plain);
	ck_assert_msg(x && y, "%s: %.*s", name, SLICE_FMT(derived));
	leave_out(x);
	leave_out(y);
	ck_assert_msg(json_node_equal(x, y), "%s:\n%.*s\n%.*s", name, SLICE_FMT(derived),
		      SLICE_FMT(plain));
	json_tree_destroy(&t);
}

/* The stream with the usage event that was not requested, taken from the plain answer. */
static struct buf with_usage(const struct trace *stream, const struct trace *plain)
{
	static const struct slice done = SLICE("data: [DONE]\n\n");
	struct json_tree *t = json_tree_create(TREE);
	struct json_node *usage =
	    json_node_member(json_tree_read(t, buf_slice(&plain->body)), "usage");
	struct slice body = buf_slice(&stream->body);
	struct buf out = buf_make(WIRE_FORMS_LIMIT);
	ck_assert(usage && body.len > done.len);
	ck_assert(buf_append(&out, body.at, body.len - done.len));
	ck_assert(buf_append_text(&out,
				  "data: {\"object\":\"chat.completion.chunk\",\"choices\":[],"
				  "\"usage\":"));
	ck_assert(json_node_write(usage, &out) && buf_append_text(&out, "}\n\n"));
	ck_assert(buf_append_slice(&out, done));
	json_tree_destroy(&t);
	return out;
}

static bool asks_usage(const struct trace *t)
{
	static const struct slice asked = SLICE("\"include_usage\": true");
	struct slice body = buf_slice(&t->request_body);
	return memmem(body.at, body.len, asked.at, asked.len);
}

static void check_pair(const struct trace *stream, const struct trace *plain,
		       enum endpoint_family family)
{
	struct buf object = folded(family, buf_slice(&stream->body));
	if (family == FAMILY_CHAT && !asks_usage(stream)) {
		ck_assert_msg(object.len == 0, "%s: folded without usage", stream->name);
		struct buf whole = with_usage(stream, plain);
		buf_finish(&object);
		object = folded(family, buf_slice(&whole));
		buf_finish(&whole);
	}
	assert_alike(stream->name, buf_slice(&object), buf_slice(&plain->body));
	buf_finish(&object);
}

START_TEST(a_stream_is_folded_into_the_plain_answer)
{
	unsigned pairs = 0, typed = 0;
	for (unsigned i = 0; i < count * count; i++) {
		const struct trace *stream = &traces[i / count], *plain = &traces[i % count];
		enum endpoint_family family;
		if (!trace_streams(stream) || trace_streams(plain) ||
		    is_listed(stream->name, sampled, sizeof(sampled) / sizeof(sampled[0])) ||
		    !family_of_trace(stream, &family) || !parsed_request_the_same(stream, plain))
			continue;
		if (family == FAMILY_RESPONSES || family == FAMILY_MESSAGES) {
			typed++;
			continue;
		}
		check_pair(stream, plain, family);
		pairs++;
	}
	ck_assert_uint_eq(pairs, PAIRS);
	ck_assert_uint_eq(typed, TYPED_PAIRS);
}
END_TEST

/* ## All of them */

START_TEST(every_plain_answer_comes_back)
{
	static const size_t pieces[] = {0, 1, 20, 1 << 20};
	unsigned answers = 0;
	for (unsigned i = 0; i < count; i++) {
		enum endpoint_family family;
		struct slice plain = buf_slice(&traces[i].body);
		if (trace_streams(&traces[i]) || !family_of_trace(&traces[i], &family) ||
		    plain.at[0] != '{')
			continue;
		if (slice_is(traces[i].path, "/completion") || slice_is(traces[i].path, "/infill"))
			continue; /* No stream is made of llama.cpp's own. */
		for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
			struct buf stream = unfolded(family, plain, true, pieces[k]);
			struct buf object = folded(family, buf_slice(&stream));
			ck_assert_msg(json_equal(buf_slice(&object), plain), "%s:\n%.*s\n%.*s",
				      traces[i].name, SLICE_FMT(buf_slice(&object)),
				      SLICE_FMT(plain));
			buf_finish(&object);
			buf_finish(&stream);
		}
		answers++;
	}
	ck_assert_uint_eq(answers, PLAIN_ANSWERS);
}
END_TEST

/* llama.cpp's native answer to several prompts is a bare list. */
START_TEST(lists_are_refused)
{
	struct trace t = trace_open("native-completions-multi");
	ck_assert_int_eq(t.body.at[0], '[');
	struct buf stream = unfolded(FAMILY_COMPLETIONS, buf_slice(&t.body), false, 0);
	ck_assert_uint_eq(stream.len, 0);
	buf_finish(&stream);
	trace_close(&t);
}
END_TEST

START_TEST(each_choice_tells_of_its_own_usage_and_the_first_is_it)
{
	struct trace t = trace_open("chat-n2-stream-usage");
	struct buf object = folded(FAMILY_CHAT, buf_slice(&t.body));
	struct json_tree *tree = json_tree_create(TREE);
	struct json_node *answer = json_tree_read(tree, buf_slice(&object));
	struct json_node *usage = json_node_member(answer, "usage");
	ck_assert_int_eq(json_node_number(json_node_member(usage, "completion_tokens")), 46);
	struct json_node *timings = json_node_member(answer, "timings");
	ck_assert_int_eq(json_node_number(json_node_member(timings, "predicted_n")), 46);
	json_tree_destroy(&tree);
	buf_finish(&object);
	trace_close(&t);
}
END_TEST

/* A stream that is cut anywhere is refused; its last event ends with the last blank line. */
START_TEST(torn_streams_are_refused)
{
	struct trace t = trace_open("chat-logprobs-stream");
	for (size_t len = 0; len < t.body.len; len++) {
		struct buf object = folded(FAMILY_CHAT, slice_make(t.body.at, len));
		ck_assert_msg(object.len == 0, "%zu of %zu", len, t.body.len);
		buf_finish(&object);
	}
	trace_close(&t);
}
END_TEST

START_TEST(broken_streams_are_refused)
{
	static const char *const names[] = {"killed-midstream", "sigterm-midstream",
					    "abort-stream"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct trace t = trace_open(names[i]);
		struct buf object = folded(FAMILY_CHAT, buf_slice(&t.body));
		ck_assert_msg(t.body.len > 0 && object.len == 0, "%s", names[i]);
		buf_finish(&object);
		trace_close(&t);
	}
}
END_TEST

int main(void)
{
	load_all();
	TCase *c = tcase_create("fold_traces");
	tcase_add_test(c, a_stream_is_folded_into_the_plain_answer);
	tcase_add_test(c, every_plain_answer_comes_back);
	tcase_add_test(c, lists_are_refused);
	tcase_add_test(c, each_choice_tells_of_its_own_usage_and_the_first_is_it);
	tcase_add_test(c, torn_streams_are_refused);
	tcase_add_test(c, broken_streams_are_refused);
	Suite *s = suite_create("fold_traces");
	suite_add_tcase(s, c);
	int failed = run_suite(s);
	while (count)
		trace_close(&traces[--count]);
	return failed;
}
