#include "proxy/openai/usage.h"

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
    /* OpenAI's null in all other chunks. */
    {DATA("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"usage\":null,\"b\":1e2}")
	 STOP(",\"usage\":null") USAGE("") DONE,
     DATA("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"b\":1e2}") STOP("") DONE},
    /* What is not its business. */
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
    /* Torn streams keep what they have. */
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

START_TEST(passes_all_behind_a_frame_that_is_too_large)
{
	static const char stream[] =
	    MORE STOP("") DATA("{\"x\":\"0123456789012345678901234567890123"
			       "45678901234567890123456789012345678901\"}") USAGE("") DONE;
	check(slice_of(stream), slice_of(stream), 1, 80);
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

/* Only what was recorded with usage changes. */
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

int main(void)
{
	Suite *suite = suite_create("usage");
	TCase *all = tcase_create("usage");
	tcase_add_loop_test(all, takes_usage_out, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(all, passes_all_behind_a_frame_that_is_too_large);
	tcase_add_test(all, says_when_there_is_no_room);
	tcase_add_test(all, leaves_other_recorded_streams_alone);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
