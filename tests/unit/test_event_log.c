/* An event log returns exactly what was appended, and is small. */
#include "cache/store/event_log.h"

#include "tests/unit/main.h"
#include "tests/unit/trace.h"

/* ## Tools */

static char *decoded(const struct event_log *log)
{
	char *at = malloc(event_log_decoded_bytes(log) + 1);
	event_log_decode(log, at);
	return at;
}

static void add(struct event_log *log, struct buf *copy, struct slice event)
{
	ck_assert(event_log_append(log, event));
	ck_assert(buf_append_slice(copy, event));
}

static void assert_read_in_steps(const struct event_log *log, struct slice expected, size_t step)
{
	scoped(event_cursor_destroy) struct event_cursor *cursor = event_cursor_create(log);
	char *piece = malloc(step);
	size_t at = 0, n;
	while ((n = event_cursor_read(cursor, piece, step))) {
		ck_assert_uint_le(at + n, expected.len);
		ck_assert(memcmp(expected.at + at, piece, n) == 0);
		at += n;
		/* Only the last piece may be shorter than requested. */
		ck_assert(n == step || at == expected.len);
	}
	ck_assert_uint_eq(at, expected.len);
	free(piece);
}

static void assert_holds(const struct event_log *log, struct slice expected)
{
	ck_assert_uint_eq(event_log_decoded_bytes(log), expected.len);
	char *all = decoded(log);
	ck_assert(slice_equal(slice_make(all, expected.len), expected));
	free(all);
}

/* ## Cases */

START_TEST(lengths_cross_their_byte_borders)
{
	static const size_t lengths[] = {
	    0,	   1,	  126,	 127,	128,   129,   254,   255,   256,     382,     383,
	    16638, 16639, 16640, 32767, 32768, 32769, 98303, 98304, 2097151, 2097152, 2097407};
	size_t n = sizeof lengths / sizeof *lengths;
	char *bytes = malloc(2097407);
	memset(bytes, 'x', 2097407);
	for (size_t i = 0; i < n * n; i++) {
		scoped(event_log_destroy) struct event_log *log = event_log_create(8 << 20);
		struct slice first = slice_make(bytes, lengths[i / n]);
		struct slice second = slice_make(bytes, lengths[i % n]);
		ck_assert(event_log_append(log, first) && event_log_append(log, second));
		event_log_seal(log);
		ck_assert_uint_eq(event_log_decoded_bytes(log), first.len + second.len);
		char *all = decoded(log);
		ck_assert(memcmp(all, bytes, first.len) == 0);
		ck_assert(memcmp(all + first.len, bytes, second.len) == 0);
		free(all);
	}
	free(bytes);
}
END_TEST

START_TEST(a_full_one_is_as_it_was)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(17);
	ck_assert(!event_log_append(log, slice_of("0123456789abcdefg")));  /* 2 more */
	ck_assert(event_log_append(log, slice_of("abcdefgh")));		   /* 10 */
	ck_assert(!event_log_append(log, slice_of("ijklmnop")));	   /* 10 more */
	ck_assert(!event_log_append(log, slice_of("abcdefghabcdefghab"))); /* too long decoded */
	ck_assert(event_log_append(log, slice_of("abcdefgh")));		   /* 4 more */
	ck_assert(!event_log_append(log, slice_of("abcdX1")));
	ck_assert(event_log_append(log, slice_of("abcdefgh"))); /* nothing more */
	ck_assert(event_log_append(log, slice_of("X")));	/* 3 more */
	ck_assert(!event_log_append(log, slice_of("Y")));
	ck_assert(event_log_append(log, slice_of("")));
	assert_holds(log, slice_of("abcdefghabcdefghabcdefghX"));
	event_log_seal(log);
	assert_holds(log, slice_of("abcdefghabcdefghabcdefghX"));
}
END_TEST

START_TEST(a_plain_answer_is_read_in_place)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(100);
	struct slice whole;
	ck_assert(event_log_whole(log, &whole));
	ck_assert_uint_eq(whole.len, 0);
	ck_assert(event_log_append(log, slice_of("{\"a\":1}")));
	event_log_seal(log);
	ck_assert(event_log_whole(log, &whole));
	ck_assert(slice_is(whole, "{\"a\":1}"));

	scoped(event_log_destroy) struct event_log *two = event_log_create(100);
	ck_assert(event_log_append(two, slice_of("a")) && event_log_append(two, slice_of("b")));
	ck_assert(!event_log_whole(two, &whole));
}
END_TEST

START_TEST(an_empty_one_has_nothing)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(100);
	event_log_seal(log);
	assert_read_in_steps(log, slice_of(""), 8);
	ck_assert_uint_eq(event_log_decoded_bytes(log), 0);
	event_log_destroy(&(struct event_log *){NULL});
	event_cursor_destroy(&(struct event_cursor *){NULL});
}
END_TEST

START_TEST(knows_its_longest_event)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(100);
	ck_assert_uint_eq(event_log_longest_event(log), 0);
	ck_assert(event_log_append(log, slice_of("two")));
	ck_assert(event_log_append(log, slice_of("three")));
	ck_assert(event_log_append(log, slice_of("one")));
	ck_assert_uint_eq(event_log_longest_event(log), 5);
}
END_TEST

/* Uses few letters, so that events have much in common; often repeats the last event, changed. */
static struct slice random_event(char *at, size_t last_len, unsigned *seed)
{
	size_t len = (size_t)(rand_r(seed) % 40);
	if (rand_r(seed) % 2) {
		len = last_len;
		for (int i = rand_r(seed) % 3; len && i > 0; i--)
			at[rand_r(seed) % (int)len] = (char)('a' + rand_r(seed) % 3);
	} else {
		for (size_t i = 0; i < len; i++)
			at[i] = (char)('a' + rand_r(seed) % 3);
	}
	return slice_make(at, len);
}

START_TEST(loses_nothing)
{
	unsigned seed = (unsigned)_i;
	char event[64] = "";
	size_t last_len = 0;
	scoped(event_log_destroy) struct event_log *log = event_log_create(1 << 20);
	struct buf all = buf_make(1 << 20);
	for (int n = rand_r(&seed) % 30; n > 0; n--) {
		struct slice e = random_event(event, last_len, &seed);
		add(log, &all, e);
		last_len = e.len;
	}
	assert_holds(log, buf_slice(&all));
	event_log_seal(log);
	assert_holds(log, buf_slice(&all));
	for (size_t step = 1; step < 70; step++)
		assert_read_in_steps(log, buf_slice(&all), step);
	buf_finish(&all);
}
END_TEST

/* Longer than a cursor's window, with many copies from the far end of it. */
START_TEST(is_read_in_pieces_of_any_size)
{
	static const size_t steps[] = {1, 3, 1000, 16383, 16384, 32767, 32768, 49152, 1 << 20};
	scoped(event_log_destroy) struct event_log *log = event_log_create(1 << 20);
	scoped(buf_finish) struct buf all = buf_make(1 << 20);
	uint32_t seed = 5;
	for (int n = 0; n < 100; n++) {
		char event[3000];
		size_t len = 1 + trace_random(&seed) % 2000;
		size_t back = trace_random(&seed) % 40000;
		for (size_t i = 0; i < len; i++)
			event[i] = (char)trace_random(&seed);
		if (n % 3 && all.len > back + len)
			memcpy(event, all.at + all.len - back - len, len);
		add(log, &all, slice_make(event, len));
	}
	event_log_seal(log);
	assert_holds(log, buf_slice(&all));
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		assert_read_in_steps(log, buf_slice(&all), steps[i]);
}
END_TEST

START_TEST(counts_its_memory)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(1 << 20);
	size_t empty = event_log_memory_bytes(log);
	char *bytes = calloc(1, 5000);
	ck_assert(event_log_append(log, slice_make(bytes, 5000)));
	size_t plain = event_log_memory_bytes(log);
	ck_assert(event_log_append(log, slice_make(bytes, 5000)));
	size_t open = event_log_memory_bytes(log);
	free(bytes);
	event_log_seal(log);
	size_t sealed = event_log_memory_bytes(log);
	ck_assert_uint_ge(plain, empty + 5003);
	ck_assert_uint_ge(open, plain + 10000);
	ck_assert_uint_ge(sealed, empty + 5003);
	ck_assert_uint_le(sealed, empty + 5003 + 64);
}
END_TEST

/* ## Recorded streams */

/* Cuts off the first event, with its blank line. */
static struct slice cut_event(struct slice *rest)
{
	const char *blank = memmem(rest->at, rest->len, "\n\n", 2);
	size_t len = blank ? (size_t)(blank - rest->at) + 2 : rest->len;
	struct slice event = {rest->at, len};
	*rest = slice_after(*rest, len);
	return event;
}

static struct {
	unsigned count;
	double ratios;
} streams;

/* Prints how many times smaller than the stream its log is, with all its memory. */
static void visit_stream(const struct trace *t)
{
	struct slice body = buf_slice(&t->body);
	if (!trace_streams(t) || body.len == 0)
		return;
	scoped(event_log_destroy) struct event_log *log = event_log_create(1 << 20);
	unsigned events = 0;
	for (struct slice rest = body; rest.len; events++)
		ck_assert(event_log_append(log, cut_event(&rest)));
	event_log_seal(log);
	assert_holds(log, body);
	assert_read_in_steps(log, body, 1000);
	double ratio = (double)body.len / (double)event_log_memory_bytes(log);
	printf("# %-38s %4u events %6zu bytes in %5zu: %5.1f\n", t->name, events, body.len,
	       event_log_memory_bytes(log), ratio);
	streams.count++;
	streams.ratios += ratio;
	if (strcmp(t->name, "chat-tools-required-stream") == 0)
		ck_assert(ratio >= 10);
}

START_TEST(recorded_streams_shrink)
{
	trace_each(visit_stream);
	ck_assert_uint_ge(streams.count, 40);
	printf("# %u streams: %.1f on average\n", streams.count, streams.ratios / streams.count);
	ck_assert(streams.ratios / streams.count >= 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event_log");
	TCase *all = tcase_create("event_log");
	tcase_add_test(all, lengths_cross_their_byte_borders);
	tcase_add_test(all, a_full_one_is_as_it_was);
	tcase_add_test(all, a_plain_answer_is_read_in_place);
	tcase_add_test(all, an_empty_one_has_nothing);
	tcase_add_test(all, knows_its_longest_event);
	tcase_add_loop_test(all, loses_nothing, 0, 60);
	tcase_add_test(all, is_read_in_pieces_of_any_size);
	tcase_add_test(all, counts_its_memory);
	tcase_add_test(all, recorded_streams_shrink);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
