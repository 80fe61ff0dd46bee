#include "proxy/openai/wire/sse.h"

#include "tests/unit/main.h"
#include "tests/unit/trace.h"

enum { LIMIT = 4 << 20 };

/* The output of a splitter: "event|data\n" for each frame, and all bytes. */
struct outcome {
	struct buf bytes;
	struct buf seen;
	unsigned frames;
	unsigned bare;
	bool torn;
};

static void collect(struct sse *sse, struct outcome *o)
{
	struct sse_frame frame;
	while (sse_next(sse, &frame)) {
		ensure(buf_append_slice(&o->bytes, frame.bytes));
		ensure(buf_append_slice(&o->seen, frame.event));
		ensure(buf_append_byte(&o->seen, frame.has_data ? '|' : '-'));
		ensure(buf_append_slice(&o->seen, frame.data));
		ensure(buf_append_byte(&o->seen, '\n'));
		o->frames++;
		o->bare += frame.bare;
	}
}

/* Feeds portions of 1 to `most` bytes. */
static struct outcome split(struct slice text, size_t most, uint32_t seed)
{
	struct outcome o = {.bytes = buf_make(LIMIT), .seen = buf_make(LIMIT)};
	struct sse sse = sse_make(LIMIT);
	while (text.len) {
		size_t n = 1 + trace_random(&seed) % most;
		if (n > text.len)
			n = text.len;
		ensure(sse_feed(&sse, slice_make(text.at, n)));
		collect(&sse, &o);
		text = slice_after(text, n);
	}
	sse_end(&sse);
	collect(&sse, &o);
	o.torn = sse_torn(&sse);
	sse_finish(&sse);
	return o;
}

static void outcome_finish(struct outcome *o)
{
	buf_finish(&o->bytes);
	buf_finish(&o->seen);
}

/* Checks that the frames are the same however the text is cut. */
static struct outcome split_all_ways(struct slice text)
{
	struct outcome whole = split(text, SIZE_MAX / 2, 1);
	static const size_t most[] = {1, 3, 100, 5000};
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		struct outcome cut = split(text, most[i], (uint32_t)(7 + i));
		ck_assert(slice_equal(buf_slice(&cut.seen), buf_slice(&whole.seen)));
		ck_assert(slice_equal(buf_slice(&cut.bytes), buf_slice(&whole.bytes)));
		ck_assert_uint_eq(cut.bare, whole.bare);
		ck_assert(cut.torn == whole.torn);
		outcome_finish(&cut);
	}
	return whole;
}

START_TEST(frames_of_texts)
{
	static const struct {
		const char *text;
		const char *seen;
		unsigned bare;
		bool torn;
	} cases[] = {
	    {"", "", 0, false},
	    {"data: a\n\n", "|a\n", 0, false},
	    {"data:a\n\ndata: b\n\n", "|a\n|b\n", 0, false},
	    {"data:  a \n\n", "| a \n", 0, false},
	    {"data\n\n", "|\n", 0, false},
	    {"data:\n\n", "|\n", 0, false},
	    {"data: a\ndata: b\ndata:\ndata: c\n\n", "|a\nb\n\nc\n", 0, false},
	    {"event: x\ndata: a\n\n", "x|a\n", 0, false},
	    {"event: x\nevent: y\n\n", "y-\n", 0, false},
	    {"id: 1\nretry: 5\nnonsense\n\n", "-\n", 0, false},
	    {"Data: a\n data: b\n\n", "-\n", 0, false},
	    {": ping\n\n:\n\ndata: a\n\n", "-\n-\n|a\n", 2, false},
	    {":ping\ndata: a\n\n", "|a\n", 0, false},
	    {"\n\n\ndata: a\n\n", "-\n-\n-\n|a\n", 3, false},
	    {"data: a\r\n\r\ndata: b\r\n\r\n", "|a\n|b\n", 0, false},
	    {"data: a\r\rdata: b\r\r", "|a\n|b\n", 0, false},
	    {"data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\r", "|a\n|b\n|c\n|d\n", 0, false},
	    {"\xef\xbb\xbf"
	     "data: a\n\ndata: b\n\n",
	     "|a\n|b\n", 0, false},
	    {"\xef\xbb\xbf\n\ndata: b\n\n", "-\n-\n|b\n", 2, false},
	    {"data: a\n\n\xef\xbb\xbf"
	     "data: b\n\n",
	     "|a\n-\n", 0, false},
	    {"\xef\xbb", "", 0, true},
	    {"data: a\n", "", 0, true},
	    {"data: a", "", 0, true},
	    {"data: a\n\ndata: b\n", "|a\n", 0, true},
	    {"data: a\n\n\r", "|a\n-\n", 1, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome o = split_all_ways(slice_of(cases[i].text));
		ck_assert_msg(slice_is(buf_slice(&o.seen), cases[i].seen), "%zu: %.*s", i,
			      SLICE_FMT(buf_slice(&o.seen)));
		ck_assert_msg(o.bare == cases[i].bare && o.torn == cases[i].torn, "%zu", i);
		ck_assert(o.torn || slice_is(buf_slice(&o.bytes), cases[i].text));
		outcome_finish(&o);
	}
}
END_TEST

/* The text with each LF replaced. */
static struct buf with_line_ends(struct slice text, const char *end)
{
	struct buf b = buf_make(LIMIT);
	for (size_t i = 0; i < text.len; i++)
		ensure(text.at[i] == '\n' ? buf_append_text(&b, end)
					  : buf_append_byte(&b, text.at[i]));
	return b;
}

static unsigned streams;

static void split_trace(const struct trace *t)
{
	if (!trace_streams(t))
		return;
	streams++;
	struct slice body = buf_slice(&t->body);
	struct outcome whole = split_all_ways(body);
	ck_assert_msg(whole.frames > 0 || body.len == 0, "%s", t->name);
	ck_assert_msg(whole.torn || slice_equal(buf_slice(&whole.bytes), body), "%s", t->name);
	static const char *const ends[] = {"\r\n", "\r"};
	for (size_t i = 0; i < 2; i++) {
		struct buf other = with_line_ends(body, ends[i]);
		struct outcome o = split(buf_slice(&other), 50, 3);
		ck_assert_msg(slice_equal(buf_slice(&o.seen), buf_slice(&whole.seen)), "%s",
			      t->name);
		outcome_finish(&o);
		buf_finish(&other);
	}
	outcome_finish(&whole);
}

START_TEST(every_recorded_stream)
{
	trace_each(split_trace);
	ck_assert_uint_ge(streams, 30);
}
END_TEST

START_TEST(a_frame_has_a_bound)
{
	struct sse sse = sse_make(10);
	struct sse_frame frame;
	ck_assert(sse_feed(&sse, slice_of("data: a\n\ndata: b\n\n")));
	ck_assert(sse_next(&sse, &frame));
	ck_assert(sse_next(&sse, &frame));
	ck_assert(sse_feed(&sse, slice_of("data: 12345")));
	ck_assert(!sse_next(&sse, &frame));
	ck_assert(!sse_feed(&sse, slice_of("6")));
	sse_finish(&sse);
	ck_assert(!sse.held.at);
	ck_assert(sse_feed(&sse, slice_of("data: a\n\n")));
	ck_assert(sse_next(&sse, &frame));
	sse_finish(&sse);
}
END_TEST

/* Cut at any place, the frames have the same bytes and ends. */
START_TEST(the_rest_of_a_frame_comes_unread)
{
	static const char *const ends[] = {"\n", "\r\n", "\r"};
	for (size_t i = 0; i < 3; i++) {
		struct buf text =
		    with_line_ends(slice_of("data: a\nevent: x\n\n\ndata: b\n\n"), ends[i]);
		for (size_t cut = 0; cut < text.len; cut++) {
			struct sse sse = sse_make(100);
			struct sse_frame f;
			struct buf got = buf_make(100);
			for (size_t at = 0; at < text.len; at++) {
				ck_assert(sse_feed(&sse, slice_make(text.at + at, 1)));
				while (sse_next(&sse, &f))
					ck_assert(buf_printf(&got, "%.*s|", SLICE_FMT(f.bytes)));
				if (at <= cut)
					ck_assert(buf_append_slice(&got, sse_cut(&sse)));
			}
			sse_end(&sse);
			while (sse_next(&sse, &f))
				ck_assert(buf_printf(&got, "%.*s|", SLICE_FMT(f.bytes)));
			struct outcome whole = split(buf_slice(&text), 1, 1);
			ck_assert(!sse_torn(&sse));
			ck_assert_uint_eq(got.len, text.len + whole.frames);
			outcome_finish(&whole);
			buf_finish(&got);
			sse_finish(&sse);
		}
		buf_finish(&text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sse");
	TCase *all = tcase_create("sse");
	tcase_add_test(all, frames_of_texts);
	tcase_add_test(all, every_recorded_stream);
	tcase_add_test(all, a_frame_has_a_bound);
	tcase_add_test(all, the_rest_of_a_frame_comes_unread);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
