#include "proxy/openai/wire/usage_filter.h"

#include "proxy/openai/wire/sse.h"
#include "tests/unit/json_equal.h"
#include "tests/unit/main.h"
#include "tests/unit/trace.h"

enum { LIMIT = 1 << 16 };

#define DATA(json) "data: " json "\n\n"
#define DONE DATA("[DONE]")
#define MORE                                                                                       \
	DATA("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}")
#define STOP(more)                                                                                 \
	DATA("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"id\":1" more  \
	     "}")
#define BOTH(more)                                                                                 \
	DATA("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":null},{\"index\":1,"       \
	     "\"delta\":{},\"finish_reason\":\"stop\"}]" more "}")
#define USAGE(more) DATA("{\"choices\":[],\"id\":1,\"usage\":{\"prompt_tokens\":3}" more "}")

static const struct {
	const char *in;
	const char *out; /* NULL: the same */
} cases[] = {
    {MORE STOP("") USAGE("") DONE, MORE STOP("") DONE},
    {MORE STOP("") DONE, NULL},
    /* llama.cpp's timings and vLLM's system_fingerprint go to the chunk before. */
    {MORE STOP("") USAGE(",\"timings\":{\"a\":0.10}") DONE,
     MORE STOP(",\"timings\":{\"a\":0.10}") DONE},
    {MORE STOP("") USAGE(",\"x\":1,\"y\":\"\\u0041\"") DONE,
     MORE STOP(",\"x\":1,\"y\":\"\\u0041\"") DONE},
    {MORE STOP(",\"x\":2") USAGE(",\"x\":1") DONE, MORE STOP(",\"x\":2") DONE},
    /* One for each choice. */
    {MORE STOP("") USAGE(",\"t\":1") MORE STOP("") USAGE(",\"t\":2") DONE,
     MORE STOP(",\"t\":1") MORE STOP(",\"t\":2") DONE},
    /* Of two choices in one chunk, one ends. */
    {BOTH("") DATA("{\"choices\":[],\"usage\":{},\"t\":1}") DONE, BOTH(",\"t\":1") DONE},
    {DATA("{\"choices\": [{\"delta\": {}, \"finish_reason\": null}]}") MORE DONE, NULL},
    /* OpenAI's null in all other chunks. */
    {DATA("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"usage\":null,\"b\":1e2}")
	 STOP(",\"usage\":null") USAGE("") DONE,
     DATA("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"b\":1e2}") STOP("") DONE},
    /* Frames that it does not change. */
    {DATA("{\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}],\"usage\":{}}")
	 DONE,
     NULL},
    {DATA("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\\"usage\\\":null\"}}]}") DONE,
     NULL},
    {DATA("{\"choices\":[{\"index\":0,\"delta\":{\"usage\":\"usage\"}}]}") DONE, NULL},
    {DATA("{\"error\":{\"usage\":null}}") DONE, NULL},
    {DATA("{\"choices\":[],\"prompt_filter_results\":[]}") MORE STOP("") DONE, NULL},
    {DATA("{\"choices\":{},\"usage\":{}}") DONE, NULL},
    {DATA("{\"usage\":{}}") DONE, NULL},
    {DATA("null") MORE STOP("") DONE, NULL},
    {DATA("{\"usage\"") MORE STOP("") DONE, NULL},
    {"event: message\n" USAGE(""), NULL},
    {"", NULL},
    /* Comments, and other ends of lines. */
    {":\n\n" MORE STOP("") ": x\n\n" USAGE("") DONE, ":\n\n" MORE ": x\n\n" STOP("") DONE},
    {"data:{\"choices\":[],\"usage\":{}}\r\n\r\ndata:[DONE]\r\n\r\n", "data:[DONE]\r\n\r\n"},
    /* Torn streams are passed unchanged. */
    {MORE STOP(""), NULL},
    {MORE STOP("") "data: {\"choices\":[],", NULL},
    {MORE "data: {\"cho", NULL},
};

static void check(struct slice in, struct slice out, size_t portion, size_t limit)
{
	struct usage_filter *filter = usage_filter_create(limit);
	struct buf got = buf_make(16 << 20);
	for (size_t at = 0; at < in.len; at += portion) {
		size_t left = in.len - at;
		ck_assert(usage_filter_feed(
		    filter, slice_make(in.at + at, left < portion ? left : portion), &got));
	}
	ck_assert(usage_filter_end(filter, &got));
	ck_assert_msg(slice_equal(buf_slice(&got), out), "%.*s\nnot\n%.*s",
		      SLICE_FMT(buf_slice(&got)), SLICE_FMT(out));
	usage_filter_destroy(&filter);
	buf_finish(&got);
}

START_TEST(takes_usage_out)
{
	struct slice in = slice_of(cases[_i].in);
	struct slice out = cases[_i].out ? slice_of(cases[_i].out) : in;
	for (size_t portion = 1; portion < 2 * in.len + 2; portion *= 3)
		check(in, out, portion, LIMIT);
}
END_TEST

#define LONG                                                                                       \
	DATA("{\"x\":\"0123456789012345678901234567890123456789012345678901234567890123456789"     \
	     "\"}")

START_TEST(passes_a_frame_that_is_too_large)
{
	static const char in[] = MORE STOP("") LONG LONG MORE USAGE("") DONE;
	static const char out[] = MORE STOP("") LONG LONG MORE DONE;
	for (size_t portion = 1; portion < 2 * sizeof in; portion *= 2)
		check(slice_of(in), slice_of(out), portion, 80);
}
END_TEST

/* For a frame of any size with many lines. */
START_TEST(holds_no_more_than_its_limit)
{
	enum { LINES = 1 << 20 };
	struct buf in = buf_make(SIZE_MAX);
	for (int i = 0; i < LINES; i++)
		ck_assert(buf_append_text(&in, "data:\n"));
	ck_assert(buf_append_text(&in, "\n" USAGE("") DONE));
	struct slice whole = buf_slice(&in);
	struct usage_filter *filter = usage_filter_create(SIZE_MAX / 8);
	struct buf got = buf_make(SIZE_MAX);
	for (size_t at = 0, n; at < whole.len; at += n) {
		n = whole.len - at < 1000 ? whole.len - at : 1000;
		ck_assert(usage_filter_feed(filter, slice_make(whole.at + at, n), &got));
		ck_assert_uint_le(at + n - got.len, (256 << 10) + 1000);
	}
	ck_assert(usage_filter_end(filter, &got));
	in.len -= sizeof USAGE("") DONE - 1;
	ck_assert(buf_append_text(&in, DONE));
	ck_assert(slice_equal(buf_slice(&got), buf_slice(&in)));
	usage_filter_destroy(&filter);
	buf_finish(&in);
	buf_finish(&got);
}
END_TEST

START_TEST(lets_go_of_what_waits)
{
	static const char begun[] = STOP("") "data: {\"choices\":[],";
	static const char rest[] = "\"usage\":{}}\n\n";
	struct usage_filter *filter = usage_filter_create(LIMIT);
	struct buf got = buf_make(LIMIT);
	ck_assert(usage_filter_feed(filter, slice_of(begun), &got));
	ck_assert_uint_eq(got.len, 0);
	ck_assert_uint_eq(usage_filter_bytes(filter), sizeof begun - 1);
	ck_assert(usage_filter_cut(filter, &got));
	ck_assert_uint_eq(usage_filter_bytes(filter), 0);
	ck_assert(slice_is(buf_slice(&got), begun));
	buf_clear(&got);
	/* The rest of it; then it works as before. */
	ck_assert(usage_filter_feed(filter, slice_of(rest), &got));
	ck_assert(slice_is(buf_slice(&got), rest));
	buf_clear(&got);
	ck_assert(usage_filter_feed(filter, slice_of(MORE STOP("") USAGE("") DONE), &got));
	ck_assert(slice_is(buf_slice(&got), MORE STOP("") DONE));
	usage_filter_destroy(&filter);
	buf_finish(&got);
}
END_TEST

START_TEST(says_when_there_is_no_room)
{
	struct usage_filter *filter = usage_filter_create(LIMIT);
	struct buf small = buf_make(10);
	ck_assert(!usage_filter_feed(filter, slice_of(MORE MORE), &small));
	ck_assert(!usage_filter_end(filter, &small));
	usage_filter_destroy(&filter);
	ck_assert_ptr_null(filter);
}
END_TEST

static unsigned streams;

/* Only streams recorded with usage change. */
static void visit(const struct trace *t)
{
	if (!trace_streams(t) || strstr(t->name, "usage"))
		return;
	if (t->body.len && memmem(t->body.at, t->body.len, "\"choices\":[],", 13))
		return;
	for (size_t portion = 1; portion < t->body.len; portion *= 100)
		check(buf_slice(&t->body), buf_slice(&t->body), portion, 1 << 20);
	streams++;
}

START_TEST(leaves_other_recorded_streams_alone)
{
	trace_each(visit);
	ck_assert_uint_ge(streams, 30);
}
END_TEST

/* ## The stream without requested usage */

/* Removes what differs each time; of measured values keeps that they exist. */
static struct json_node *read_event(struct json_tree *t, struct slice data)
{
	char *copy = json_tree_bytes(t, data.len);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, data.at, data.len);
	struct json_node *event = json_tree_read(t, slice_make(copy, data.len));
	json_node_take(event, "id");
	json_node_take(event, "created");
	if (json_node_member(event, "timings"))
		json_node_set(event, "timings", json_tree_null(t));
	return event;
}

static void assert_same_events(struct slice a, struct slice b)
{
	struct sse x = sse_make(1 << 20), y = sse_make(1 << 20);
	struct sse_frame one, other;
	struct json_tree *t = json_tree_create(16 << 20);
	ck_assert(sse_feed(&x, a) && sse_feed(&y, b));
	unsigned events = 0;
	while (sse_next(&x, &one)) {
		ck_assert(sse_next(&y, &other));
		if (!slice_is(one.data, "[DONE]"))
			ck_assert_msg(
			    json_node_equal(read_event(t, one.data), read_event(t, other.data)),
			    "%.*s\n%.*s", SLICE_FMT(one.data), SLICE_FMT(other.data));
		events++;
	}
	ck_assert(!sse_next(&y, &other) && events > 20);
	json_tree_destroy(&t);
	sse_finish(&x);
	sse_finish(&y);
}

START_TEST(what_is_left_is_what_comes_unasked)
{
	struct trace requested = trace_open("chat-stream-usage"),
		     unrequested = trace_open("chat-stream");
	struct usage_filter *filter = usage_filter_create(LIMIT);
	struct buf left = buf_make(1 << 20);
	ck_assert(usage_filter_feed(filter, buf_slice(&requested.body), &left));
	ck_assert(usage_filter_end(filter, &left));
	assert_same_events(buf_slice(&left), buf_slice(&unrequested.body));
	buf_finish(&left);
	usage_filter_destroy(&filter);
	trace_close(&requested);
	trace_close(&unrequested);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("usage_filter");
	TCase *all = tcase_create("usage_filter");
	tcase_add_loop_test(all, takes_usage_out, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(all, passes_a_frame_that_is_too_large);
	tcase_add_test(all, holds_no_more_than_its_limit);
	tcase_add_test(all, lets_go_of_what_waits);
	tcase_add_test(all, says_when_there_is_no_room);
	tcase_add_test(all, leaves_other_recorded_streams_alone);
	tcase_add_test(all, what_is_left_is_what_comes_unasked);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
