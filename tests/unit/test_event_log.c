/* An event log gives back exactly what went in, and is small. */
#include "cache/event_log.h"

#include "tests/unit/main.h"

#include <dirent.h>
#include <stdio.h>

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
		/* Less than there was room for only at the end. */
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

START_TEST(codes_each_event_against_the_one_before)
{
	static const struct {
		const char *events[4];
		const char *coded; /* prefix, suffix, length of the middle, middle */
		size_t coded_len;
	} cases[] = {
	    {{"abc"}, "\0\0\3abc", 6},
	    {{""}, "\0\0\0", 3},
	    {{"abc", "abc"}, "\0\0\3abc\3\0\0", 9},
	    {{"abc", "axc"}, "\0\0\3abc\1\1\1x", 10},
	    {{"abc", "ac"}, "\0\0\3abc\1\1\0", 9},
	    {{"abc", "abbc"}, "\0\0\3abc\2\1\1b", 10},
	    {{"aa", "aaa"}, "\0\0\2aa\2\0\1a", 9}, /* the suffix may not overlap in the old one */
	    {{"aaa", "aa"}, "\0\0\3aaa\2\0\0", 9}, /* nor in the new one */
	    {{"abab", "ab"}, "\0\0\4abab\2\0\0", 10},
	    {{"abc", "", "abc"}, "\0\0\3abc\0\0\0\0\0\3abc", 15},
	    {{"abc", "xyz"}, "\0\0\3abc\0\0\3xyz", 12},
	    {{"0123456789abcdef", "0123456789abcdeX"},
	     "\0\0\20"
	     "0123456789abcdef"
	     "\17\0\1X",
	     23},
	    {{"0123456789abcdef", "X123456789abcdef"},
	     "\0\0\20"
	     "0123456789abcdef"
	     "\0\17\1X",
	     23},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		/* The bound says how long the coded bytes are: they fit exactly. */
		for (size_t less = 0; less < 2; less++) {
			scoped(event_log_destroy) struct event_log *log =
			    event_log_create(cases[i].coded_len - less);
			struct buf all = buf_make(1024);
			bool fits = true;
			for (size_t n = 0; n < 4 && cases[i].events[n]; n++) {
				fits = fits && event_log_append(log, slice_of(cases[i].events[n]));
				if (fits)
					ck_assert(buf_append_text(&all, cases[i].events[n]));
			}
			ck_assert_msg(fits == (less == 0), "case %zu, less %zu", i, less);
			assert_holds(log, buf_slice(&all));
			struct slice whole;
			if (event_log_whole(log, &whole))
				ck_assert(slice_equal(whole, buf_slice(&all)));
			buf_finish(&all);
		}
	}
}
END_TEST

START_TEST(lengths_cross_their_byte_borders)
{
	static const size_t lengths[] = {0,	1,     126,   127,     128,	129,
					 16383, 16384, 16385, 2097151, 2097152, 2097153};
	size_t n = sizeof lengths / sizeof *lengths;
	char *bytes = malloc(2097153);
	memset(bytes, 'x', 2097153);
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
	scoped(event_log_destroy) struct event_log *log = event_log_create(10);
	ck_assert(event_log_append(log, slice_of("abcd")));	     /* 7 */
	ck_assert(!event_log_append(log, slice_of("wxyz")));	     /* 7 more */
	ck_assert(!event_log_append(log, slice_of("abcdabcdabcd"))); /* too long decoded */
	ck_assert(event_log_append(log, slice_of("abcd")));	     /* 3 more */
	ck_assert(!event_log_append(log, slice_of("")));
	ck_assert_uint_eq(event_log_events(log), 2);
	event_log_seal(log);
	assert_holds(log, slice_of("abcdabcd"));
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

/* A few letters, so that events have much in common by chance; often the last one, changed. */
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

START_TEST(counts_its_memory)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(1 << 20);
	size_t empty = event_log_memory_bytes(log);
	char *bytes = calloc(1, 5000);
	ck_assert(event_log_append(log, slice_make(bytes, 5000)));
	free(bytes);
	size_t open = event_log_memory_bytes(log);
	event_log_seal(log);
	size_t sealed = event_log_memory_bytes(log);
	ck_assert_uint_ge(open, empty + 10000);
	ck_assert_uint_ge(sealed, empty + 5003);
	ck_assert_uint_le(sealed, empty + 5003 + 64);
}
END_TEST

/* ## Recorded streams */

static char *read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	ck_assert_msg(file, "%s", path);
	ck_assert(fseek(file, 0, SEEK_END) == 0);
	long len = ftell(file);
	rewind(file);
	char *at = malloc((size_t)len + 1);
	ck_assert_uint_eq(fread(at, 1, (size_t)len, file), (size_t)len);
	fclose(file);
	at[len] = 0;
	*ret_len = (size_t)len;
	return at;
}

/* Takes the chunked framing off in place (RFC 9112 §7.1); what is torn stays as far as it goes. */
static struct slice dechunk(char *at, size_t len)
{
	char *in = at, *out = at, *end = at + len;
	while (in && in < end) { /* never NULL, but with UBSan gcc 12 thinks so */
		char *line_end = memmem(in, (size_t)(end - in), "\r\n", 2);
		size_t n = strtoul(in, NULL, 16);
		if (!line_end || n == 0)
			break;
		in = line_end + 2;
		if (n > (size_t)(end - in))
			n = (size_t)(end - in);
		memmove(out, in, n);
		out += n;
		in += n + 2;
	}
	return slice_make(at, (size_t)(out - at));
}

/* The body of a recorded answer, if that is a 200 and a stream of events. */
static bool stream_of(char *file, size_t len, struct slice *ret_body)
{
	char *head_end = memmem(file, len, "\r\n\r\n", 4);
	if (!head_end || strncmp(file, "HTTP/1.1 200", 12) != 0)
		return false;
	*head_end = 0;
	if (!strcasestr(file, "content-type: text/event-stream"))
		return false;
	char *body = head_end + 4;
	size_t body_len = len - (size_t)(body - file);
	bool chunked = strcasestr(file, "transfer-encoding: chunked") != NULL;
	*ret_body = chunked ? dechunk(body, body_len) : slice_make(body, body_len);
	return true;
}

/* Cuts the first event off, with its blank line. */
static struct slice cut_event(struct slice *rest)
{
	const char *blank = memmem(rest->at, rest->len, "\n\n", 2);
	size_t len = blank ? (size_t)(blank - rest->at) + 2 : rest->len;
	struct slice event = {rest->at, len};
	*rest = slice_after(*rest, len);
	return event;
}

/* How many times smaller than the stream its log is, all memory counted. */
static double assert_stream(const char *name, struct slice body)
{
	scoped(event_log_destroy) struct event_log *log = event_log_create(1 << 20);
	for (struct slice rest = body; rest.len;)
		ck_assert(event_log_append(log, cut_event(&rest)));
	event_log_seal(log);
	assert_holds(log, body);
	assert_read_in_steps(log, body, 1000);
	double ratio = (double)body.len / (double)event_log_memory_bytes(log);
	printf("# %-38s %4zu events %6zu bytes in %5zu: %5.1f\n", name, event_log_events(log),
	       body.len, event_log_memory_bytes(log), ratio);
	return ratio;
}

START_TEST(recorded_streams_shrink)
{
	DIR *dir = opendir(TRACES);
	ck_assert_msg(dir, "%s", TRACES);
	int streams = 0;
	bool seen = false;
	for (struct dirent *entry; (entry = readdir(dir));) {
		char path[4096];
		if (!strstr(entry->d_name, ".resp"))
			continue;
		snprintf(path, sizeof path, "%s/%s", TRACES, entry->d_name);
		size_t len;
		char *file = read_file(path, &len);
		struct slice body;
		if (stream_of(file, len, &body) && body.len) {
			double ratio = assert_stream(entry->d_name, body);
			bool named = strcmp(entry->d_name, "chat-tools-required-stream.resp") == 0;
			ck_assert(!named || ratio >= 5);
			seen = seen || named;
			streams++;
		}
		free(file);
	}
	closedir(dir);
	ck_assert(seen);
	ck_assert_int_ge(streams, 30);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event_log");
	TCase *all = tcase_create("event_log");
	tcase_add_test(all, codes_each_event_against_the_one_before);
	tcase_add_test(all, lengths_cross_their_byte_borders);
	tcase_add_test(all, a_full_one_is_as_it_was);
	tcase_add_test(all, a_plain_answer_is_read_in_place);
	tcase_add_test(all, an_empty_one_has_nothing);
	tcase_add_loop_test(all, loses_nothing, 0, 60);
	tcase_add_test(all, counts_its_memory);
	tcase_add_test(all, recorded_streams_shrink);
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
