#include "cache/store/phrase_writer.h"

#include "cache/store/phrase.h"
#include "tests/unit/main.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Decodes phrases after the bytes already in `answer`, one byte at a time, and checks what decoders
 * rely on. */
static void decode(struct buf *answer, struct slice coded)
{
	const char *at = coded.at, *end = coded.at + coded.len;
	while (at < end) {
		struct slice literal = phrase_get_literal(&at);
		struct copy copy = phrase_get_copy(&at);
		ck_assert(at <= end);
		ck_assert(buf_append_slice(answer, literal));
		ck_assert_uint_le(copy.distance, answer->len);
		ck_assert_uint_le(copy.distance, PHRASE_WINDOW);
		ck_assert_int_eq(copy.len == 0, copy.distance == 0);
		for (; copy.len; copy.len--)
			ck_assert(buf_append_byte(answer, answer->at[answer->len - copy.distance]));
	}
}

static void assert_tells(struct slice before, struct slice coded, struct slice expected)
{
	scoped(buf_finish) struct buf answer = buf_make(64 << 20);
	ck_assert(buf_append_slice(&answer, before));
	decode(&answer, coded);
	ck_assert(slice_equal(buf_slice(&answer), expected));
}

START_TEST(takes_the_longest_copy)
{
	static const struct {
		const char *before;
		const char *events[4];
		const char *coded;
		size_t coded_len;
	} cases[] = {
	    {"abcdefgh", {"xyz"}, "\3xyz\0", 5},
	    {"abcdefgh", {"abcdefgh"}, "\0\10\10\0", 4},
	    /* Too short for a copy. */
	    {"abcdefgh", {"efgh"}, "\4efgh\0", 6},
	    {"abcdefgh", {"abcdefgX"}, "\10abcdefgX\0", 10},
	    {"abcdefgh", {"abcdefghX"}, "\0\10\10\0\1X\0", 7},
	    {"abcdefgh", {"12defgh"}, "\00212\5\7\0", 6},
	    /* The last copy is continued. */
	    {"abcdefgh", {"abcdefgh", "abcdefgh"}, "\0\20\10\0", 4},
	    {"abcdefgh", {"abcdefgh", "abc"}, "\0\13\10\0", 4},
	    {"abcdefgh", {"abcdefgh", "abX"}, "\0\12\10\0\1X\0", 7},
	    {"abcdefgh", {"abcdefgh", "X", "abcdefgh"}, "\0\10\10\0\1X\0\0\10\11\0", 11},
	    /* A copy that overlaps itself. */
	    {"ab", {"XXXXXXXX"}, "\1X\7\1\0", 5},
	    /* The nearest of equal length; the longest of all. */
	    {"abcdef abcdeg ", {"abcde"}, "\0\5\7\0", 4},
	    {"abcdef abcdeg ", {"abcdef"}, "\0\6\16\0", 4},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		scoped(phrase_writer_destroy) struct phrase_writer *w =
		    phrase_writer_create(slice_of(cases[i].before), 100);
		scoped(buf_finish) struct buf coded = buf_make(100);
		for (size_t n = 0; n < 4 && cases[i].events[n]; n++)
			ck_assert(phrase_writer_append(w, slice_of(cases[i].events[n]), &coded));
		struct slice expected = slice_make(cases[i].coded, cases[i].coded_len);
		ck_assert_msg(slice_equal(buf_slice(&coded), expected), "case %zu", i);
	}
}
END_TEST

/* The number of coded bytes for a repeated text, `between` bytes after its first occurrence. */
static size_t bytes_for_the_same_again(size_t between)
{
	char *bytes = calloc(1, between);
	struct slice said = SLICE("what was said a while ago"), other = {bytes, between};
	scoped(buf_finish) struct buf all = buf_make(1 << 20);
	scoped(buf_finish) struct buf coded = buf_make(1 << 20);
	scoped(phrase_writer_destroy) struct phrase_writer *w = phrase_writer_create(said, 1 << 20);
	ck_assert(phrase_writer_append(w, other, &coded));
	size_t len = coded.len;
	ck_assert(phrase_writer_append(w, said, &coded));
	ck_assert(buf_append_slice(&all, said) && buf_append_slice(&all, other) &&
		  buf_append_slice(&all, said));
	assert_tells(said, buf_slice(&coded), buf_slice(&all));
	free(bytes);
	return coded.len - len;
}

START_TEST(remembers_as_far_as_the_window)
{
	ck_assert_uint_eq(bytes_for_the_same_again(PHRASE_WINDOW - 25), 4);
	ck_assert_uint_eq(bytes_for_the_same_again(PHRASE_WINDOW - 24), 27);
	ck_assert_uint_eq(bytes_for_the_same_again(10 * PHRASE_WINDOW), 27);
}
END_TEST

/* Fills in bytes with hardly any repetition. */
static void fill(char *at, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		at[i] = (char)(seed >> 24);
	}
}

START_TEST(a_long_beginning_is_known_by_its_end)
{
	size_t len = 3 * PHRASE_WINDOW;
	char *bytes = malloc(len);
	fill(bytes, len, 3);
	scoped(phrase_writer_destroy) struct phrase_writer *w =
	    phrase_writer_create(slice_make(bytes, len), 1000);
	scoped(buf_finish) struct buf coded = buf_make(2000);
	ck_assert(phrase_writer_append(w, slice_make(bytes + len - 1000, 1000), &coded));
	ck_assert_uint_le(coded.len, 8);
	ck_assert(phrase_writer_append(w, slice_make(bytes, 1000), &coded));
	ck_assert_uint_ge(coded.len, 1000);
	free(bytes);
}
END_TEST

/* An event without repetition grows by little when coded, however long it is. */
START_TEST(noise_hardly_grows)
{
	size_t len = 1 << 20;
	char *bytes = malloc(len);
	fill(bytes, len, 1);
	scoped(phrase_writer_destroy) struct phrase_writer *w =
	    phrase_writer_create(slice_of("{}"), len);
	scoped(buf_finish) struct buf coded = buf_make(2 * len);
	ck_assert(phrase_writer_append(w, slice_make(bytes, len), &coded));
	ck_assert_uint_le(coded.len, len + 16);
	free(bytes);
}
END_TEST

/* Events with much in common, appended when there is hardly any room: those that do not fit leave
 * everything as it was. */
START_TEST(what_does_not_fit_leaves_no_trace)
{
	static const char text[] = "abcabcdabcaabbccabcabc";
	unsigned seed = (unsigned)_i + 1;
	scoped(buf_finish) struct buf coded = buf_make((size_t)(20 + rand_r(&seed) % 100));
	scoped(buf_finish) struct buf all = buf_make(1 << 20);
	struct slice before = slice_of("data: abcabc\n\n");
	ck_assert(buf_append_slice(&all, before));
	scoped(phrase_writer_destroy) struct phrase_writer *w = phrase_writer_create(before, 64);
	int fitted = 0, refused = 0;
	for (int n = 0; n < 40; n++) {
		char event[64];
		int len = rand_r(&seed) % 20;
		snprintf(event, sizeof event, "data: %.*s\n\n", len, &text[len % 3]);
		event[6 + (len ? rand_r(&seed) % len : 0)] = (char)('a' + rand_r(&seed) % 26);
		bool fits = phrase_writer_append(w, slice_of(event), &coded);
		ck_assert(!fits || buf_append_text(&all, event));
		fits ? fitted++ : refused++;
		assert_tells(before, buf_slice(&coded), buf_slice(&all));
	}
	ck_assert_int_gt(fitted, 0);
	ck_assert_int_gt(refused, 0);
}
END_TEST

START_TEST(counts_its_memory)
{
	ck_assert_uint_eq(phrase_writer_memory_bytes(NULL), 0);
	char *bytes = calloc(1, 5000);
	scoped(phrase_writer_destroy) struct phrase_writer *w =
	    phrase_writer_create(slice_of("{}"), 5000);
	size_t before = phrase_writer_memory_bytes(w);
	scoped(buf_finish) struct buf coded = buf_make(100);
	ck_assert(phrase_writer_append(w, slice_make(bytes, 5000), &coded));
	ck_assert_uint_ge(phrase_writer_memory_bytes(w), before + 5000 - 100);
	free(bytes);
	phrase_writer_destroy(&(struct phrase_writer *){NULL});
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("phrase_writer");
	TCase *all = tcase_create("phrase_writer");
	tcase_add_test(all, takes_the_longest_copy);
	tcase_add_test(all, remembers_as_far_as_the_window);
	tcase_add_test(all, a_long_beginning_is_known_by_its_end);
	tcase_add_test(all, noise_hardly_grows);
	tcase_add_loop_test(all, what_does_not_fit_leaves_no_trace, 0, 100);
	tcase_add_test(all, counts_its_memory);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
