#include "proxy/openai/embeddings/embedding_vector.h"
#include "cache/key/json_scan.h"
#include "tests/unit/main.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { LIMIT = 1 << 20 };

static uint32_t seed = 2463534242u;

static uint32_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static float float_of(uint32_t bits)
{
	float f;
	memcpy(&f, &bits, sizeof f);
	return f;
}

/* Reads "1,2]", the text behind a bracket. */
static bool reads(const char *text, struct buf *out, bool *survives)
{
	long len = embedding_vector_read_list(slice_of(text), out, survives);
	ck_assert(len < 0 || text[len] == ']');
	return len >= 0;
}

static void write_one(float f, char *at, size_t room)
{
	scoped(buf_finish) struct buf out = buf_make(LIMIT);
	ck_assert(embedding_vector_write_list(slice_make(&f, sizeof f), &out));
	ck_assert(json_valid(buf_slice(&out)));
	snprintf(at, room, "%.*s", (int)out.len - 2, out.at + 1);
}

/* Finds the least sufficient number of digits by trying. */
static int fewest_digits(float f)
{
	for (int digits = 1; digits < 9; digits++) {
		char text[64];
		snprintf(text, sizeof text, "%.*e", digits - 1, (double)f);
		if (strtof(text, NULL) == f)
			return digits;
	}
	return 9;
}

static int digits_in(const char *text)
{
	int count = 0, zeros = 0;
	for (; *text && *text != 'e'; text++) {
		if (*text < '0' || *text > '9')
			continue;
		if (*text == '0' && count == 0)
			continue;
		count++;
		zeros = *text == '0' ? zeros + 1 : 0;
	}
	return count - zeros;
}

static void check_round_trip(float f)
{
	char text[64];
	write_one(f, text, sizeof text);
	ck_assert_msg(strtof(text, NULL) == f, "%a became %s", (double)f, text);
	ck_assert_msg((float)strtod(text, NULL) == f, "%a became %s", (double)f, text);
	ck_assert_msg(signbit(strtof(text, NULL)) == signbit(f), "%a became %s", (double)f, text);
	ck_assert_msg(digits_in(text) <= fewest_digits(f), "%a became %s", (double)f, text);
	ck_assert(strpbrk(text, ".e") != NULL);
	ck_assert_uint_lt(strlen(text), 32);
}

START_TEST(random_bits_come_back)
{
	for (int i = 0; i < scaled(200000); i++) {
		float f = float_of(next_random());
		if (isfinite(f))
			check_round_trip(f);
	}
}
END_TEST

/* Where embeddings are. */
START_TEST(small_numbers_come_back)
{
	for (int i = 0; i < scaled(300000); i++)
		check_round_trip((float)((double)(int32_t)next_random() / 2147483648.0 / 16));
}
END_TEST

START_TEST(edges_come_back)
{
	static const float edges[] = {
	    0,	    -0.0f, FLT_MIN,  FLT_MAX,	  FLT_TRUE_MIN, 1,    -1,	 10,	   0.1f,
	    1e-14f, 1e15f, 9.77e-4f, 16777216.0f, 1e-5f,	0.5f, 9.999999f, 99999.99f};
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		check_round_trip(edges[i]);
		check_round_trip(nextafterf(edges[i], 1e30f));
		check_round_trip(nextafterf(edges[i], -1e30f));
	}
	for (int power = -149; power < 128; power++) {
		float f = ldexpf(1, power);
		check_round_trip(f);
		check_round_trip(nextafterf(f, 0));
		check_round_trip(-nextafterf(f, INFINITY));
	}
}
END_TEST

static const struct {
	float number;
	const char *text;
} spellings[] = {
    {0, "0.0"},
    {-0.0f, "-0.0"},
    {1, "1.0"},
    {-1, "-1.0"},
    {0.1f, "0.1"},
    {-2e-3f, "-0.002"},
    {123.5f, "123.5"},
    {1e10f, "10000000000.0"},
    {1e-7f, "0.0000001"},
    {9.77e-4f, "0.000977"},
    {16777216, "16777216.0"},
};

START_TEST(spelled_plainly)
{
	char text[64];
	write_one(spellings[_i].number, text, sizeof text);
	ck_assert_str_eq(text, spellings[_i].text);
}
END_TEST

/* Every decimal of up to six digits is the shortest of its float32. */
START_TEST(short_decimals_survive)
{
	for (int i = 0; i < scaled(200000); i++) {
		scoped(buf_finish) struct buf out = buf_make(LIMIT);
		bool survives = false;
		char text[64];
		snprintf(text, sizeof text, "%s%ue-%u]", i % 2 ? "-" : "", next_random() % 1000000,
			 next_random() % 18);
		ck_assert(reads(text, &out, &survives));
		ck_assert_msg(survives, "%s", text);
	}
}
END_TEST

/* As llama.cpp prints a float32: widened, in up to 17 digits. */
START_TEST(widened_doubles_survive)
{
	for (int i = 0; i < scaled(100000); i++) {
		scoped(buf_finish) struct buf out = buf_make(LIMIT);
		bool survives = false;
		float f = (float)((double)(int32_t)next_random() / 2147483648.0);
		char text[64];
		snprintf(text, sizeof text, "%.*g]", 16 + i % 2, (double)f);
		ck_assert(reads(text, &out, &survives));
		ck_assert(memcmp(out.at, &f, sizeof f) == 0);
		if (i % 2)
			ck_assert_msg(survives, "%s", text);
	}
}
END_TEST

static const struct {
	const char *text;
	bool survives;
} lists[] = {
    {"0.1,-2e-3]", true},
    {" 1 , 2\n,\t-0.0 ]", true},
    {"0]", true},
    {"-0]", true},
    {"0.10]", true},
    {"1E2]", true},
    {"1e+2]", true},
    {"12345678]", true},
    {"0.11332894116640091]", true},
    {"1e-400]", true}, /* as a double it is 0, too */
    {"0.123456789]", false},
    {"0.1,0.1234567891]", false},
    {"1e-50]", false},
    {"16777217]", false},
    {"18446744073709551616]", true}, /* 2^64 */
    {"18446744073709551617.0000000000000000000000]", true},
    {"123456789012345]", false},
    {"3.1415926535897932384626433832795]", false},
};

START_TEST(what_survives)
{
	scoped(buf_finish) struct buf out = buf_make(LIMIT);
	bool survives = !lists[_i].survives;
	ck_assert_msg(reads(lists[_i].text, &out, &survives), "%s", lists[_i].text);
	ck_assert_msg(survives == lists[_i].survives, "%s", lists[_i].text);
}
END_TEST

static const char *const no_lists[] = {
    "",
    "]",
    "1",
    "1,]",
    ",1]",
    "1,,2]",
    "+1]",
    "01]",
    "-]",
    ".5]",
    "1.]",
    "1e]",
    "1e+]",
    "-01]",
    "0x1p3]",
    "NaN]",
    "nan]",
    "Infinity]",
    "1e39]",
    "-1e39]",
    "1e999]",
    "\"1\"]",
    "null]",
    "true]",
    "[1]]",
    "1 2]",
    "1}",
    "00]",
    "1.5.5]",
    "1\v]",
    "0.00000000000000000000000000000000000000000000000000000000000000001]",
};

START_TEST(no_numbers)
{
	scoped(buf_finish) struct buf out = buf_make(LIMIT);
	bool survives;
	ck_assert_msg(!reads(no_lists[_i], &out, &survives), "%s", no_lists[_i]);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* Checks that a list, written and read again, has the same numbers: as float32 and, if it had short
 * decimals, as doubles. */
START_TEST(written_again)
{
	scoped(buf_finish) struct buf numbers = buf_make(LIMIT);
	scoped(buf_finish) struct buf text = buf_make(LIMIT);
	bool survives;
	ck_assert(reads("0.1,-0.0,1e-20,25,3.5e20,0.30000001192092896]", &numbers, &survives));
	ck_assert(survives);
	ck_assert(embedding_vector_write_list(buf_slice(&numbers), &text));
	ck_assert_msg(slice_is(buf_slice(&text), "[0.1,-0.0,1e-20,25.0,3.5e+20,0.3]"), "%.*s",
		      SLICE_FMT(buf_slice(&text)));
}
END_TEST

START_TEST(base64_of_numbers)
{
	static const float numbers[] = {0, 1, -2.5f};
	scoped(buf_finish) struct buf text = buf_make(LIMIT);
	scoped(buf_finish) struct buf back = buf_make(LIMIT);
	ck_assert(embedding_vector_write_base64(slice_make(numbers, sizeof numbers), &text));
	ck_assert(slice_is(buf_slice(&text), "\"AAAAAAAAgD8AACDA\""));
	ck_assert(embedding_vector_read_base64(slice_make(text.at + 1, text.len - 2), &back));
	ck_assert(back.len == sizeof numbers && memcmp(back.at, numbers, back.len) == 0);
}
END_TEST

static const char *const no_vectors[] = {
    "",		"AAAA",	    "AAAAAAA=",	 "AAAAAA",   "AADAfw==", /* not a number */
    "AACAfw==", "AACA/w==", "AAAA AA==", "AAAAAB==",
};

START_TEST(base64_of_no_numbers)
{
	scoped(buf_finish) struct buf out = buf_make(LIMIT);
	ck_assert_msg(!embedding_vector_read_base64(slice_of(no_vectors[_i]), &out), "%s",
		      no_vectors[_i]);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(full)
{
	static const float numbers[] = {0.5f, 0.25f, 0.125f};
	struct slice all = slice_make(numbers, sizeof numbers);
	bool survives;
	for (size_t limit = 0; limit < 17; limit++) {
		scoped(buf_finish) struct buf out = buf_make(limit);
		ck_assert(!embedding_vector_write_list(all, &out));
		ck_assert(!embedding_vector_write_base64(all, &out));
		ck_assert(limit >= 12 || !reads("1,2,3]", &out, &survives));
		ck_assert_uint_eq(out.len, limit >= 12 ? 0 : 0);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("embedding_vector");
	TCase *c = tcase_create("embedding_vector");
	tcase_add_test(c, random_bits_come_back);
	tcase_add_test(c, small_numbers_come_back);
	tcase_add_test(c, edges_come_back);
	tcase_add_loop_test(c, spelled_plainly, 0, sizeof spellings / sizeof *spellings);
	tcase_add_test(c, short_decimals_survive);
	tcase_add_test(c, widened_doubles_survive);
	tcase_add_loop_test(c, what_survives, 0, sizeof lists / sizeof *lists);
	tcase_add_loop_test(c, no_numbers, 0, sizeof no_lists / sizeof *no_lists);
	tcase_add_test(c, written_again);
	tcase_add_test(c, base64_of_numbers);
	tcase_add_loop_test(c, base64_of_no_numbers, 0, sizeof no_vectors / sizeof *no_vectors);
	tcase_add_test(c, full);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
