#include "cache/key/decimal.h"

#include "tests/unit/main.h"

#include <stdio.h>

static char *form_of(const char *spelling, size_t *ret_len)
{
	struct slice s = slice_of(spelling);
	char *at = malloc(s.len + DECIMAL_EXTRA);
	*ret_len = decimal_normal(s, at);
	ck_assert_uint_le(*ret_len, s.len + DECIMAL_EXTRA);
	return at;
}

static bool equal(const char *a, const char *b)
{
	size_t a_len, b_len;
	char *x = form_of(a, &a_len);
	char *y = form_of(b, &b_len);
	ck_assert(a_len > 0 && b_len > 0);
	bool same = slice_equal(slice_make(x, a_len), slice_make(y, b_len));
	free(x);
	free(y);
	return same;
}

/* All spellings in a row have the same value, and different rows have different values. */
static const char *const values[][5] = {
    {"0", "0.0", "0e5", "0.000e-7", "0e99999999999999999999999"},
    {"-0", "-0.0", "-0e5", "-0e-5", "-0.0E+1"},
    {"1", "1.0", "1e0", "10e-1", "0.1e1"},
    {"-1", "-1.0", "-1e0", "-10e-1", "-0.01e2"},
    {"10", "1e1", "10.00", "100E-1", "0.001e+4"},
    {"0.1", "1e-1", "0.100", "100e-3", "0.00001e4"},
    {"12.5", "125e-1", "1.25e1", "12.50", "0.125e02"},
    {"9007199254740991", "9007199254740991.0", "9007199254740.991e3", "900719925474099100e-2",
     "9007199254740991e0"},
    {"-9007199254740991", "-9007199254740991.0", "-9007199254740.991e3", "-900719925474099100e-2",
     "-9007199254740991e0"},
    /* From 2^53 on fractions differ from integers, since a double may be another number. */
    {"9007199254740992.0", "9007199254740.992e3", "900719925474099200e-2", "9007199254740992e0",
     "90071992547409920e-1"},
    {"9007199254740993.0", "9007199254740.993e3", "900719925474099300e-2", "9007199254740993e0",
     "90071992547409930e-1"},
    {"-9007199254740993.0", "-9007199254740.993e3", "-900719925474099300e-2", "-9007199254740993e0",
     "-90071992547409930e-1"},
    {"1e16", "1.0e16", "10000000000000000.0", "10e15", "0.1e17"},
    {"18446744073709551615.0", "18446744073709551615e0", "1.8446744073709551615e19",
     "184467440737095516150e-1", "18446744073709551615.00"},
    {"1e400", "10e399", "0.1e401", "1.00e+400", "1000e397"},
    {"1e999999999999999999", "1.0e999999999999999999", "10e999999999999999998",
     "1E+999999999999999999", "1e0000999999999999999999"},
    {"1e-999999999999999999", "1.0e-999999999999999999", "0.1e-999999999999999998",
     "1E-999999999999999999", "1e-0000999999999999999999"},
    {"1.1e-999999999999999999", "1.10e-999999999999999999", "0.11e-999999999999999998",
     "0.011e-999999999999999997", "0.00110e-999999999999999996"},
};

/* Integers with only one spelling, and fractions close to them. */
static const char *const integers[] = {
    "9007199254740991.5",   "9007199254740992",	  "9007199254740993",
    "-9007199254740992",    "-9007199254740993",  "10000000000000000",
    "18446744073709551615", "9007199254740992.5", "18446744073709551616",
};

enum { INTEGERS = sizeof(integers) / sizeof(integers[0]) };

enum { VALUES = sizeof(values) / sizeof(values[0]), SPELLINGS = 5 };

START_TEST(is_one_form_for_one_value)
{
	for (int i = 1; i < SPELLINGS; i++)
		ck_assert_msg(equal(values[_i][0], values[_i][i]), "%s and %s", values[_i][0],
			      values[_i][i]);
}
END_TEST

START_TEST(is_another_form_for_another_value)
{
	for (int other = 0; other < VALUES; other++)
		for (int i = 0; i < SPELLINGS && other != _i; i++)
			ck_assert_msg(!equal(values[_i][0], values[other][i]), "%s and %s",
				      values[_i][0], values[other][i]);
}
END_TEST

START_TEST(tells_large_integers_from_all_else)
{
	for (int other = 0; other < INTEGERS; other++)
		ck_assert(equal(integers[_i], integers[other]) == (other == _i));
	for (int other = 0; other < VALUES; other++)
		for (int i = 0; i < SPELLINGS; i++)
			ck_assert_msg(!equal(integers[_i], values[other][i]), "%s and %s",
				      integers[_i], values[other][i]);
}
END_TEST

START_TEST(gives_up_on_an_exponent_of_too_many_digits)
{
	static const char *const spellings[] = {
	    "1e1000000000000000000",
	    "1e-1000000000000000000",
	    "1e18446744073709551617",
	    "-1.5E+99999999999999999999999999999999999999",
	};
	size_t len;
	free(form_of(spellings[_i], &len));
	ck_assert_uint_eq(len, 0);
}
END_TEST

/* A thousand digits that differ in the last one. */
START_TEST(takes_any_number_of_digits)
{
	char a[1001], b[1001];
	memset(a, '7', 1000);
	a[1000] = '\0';
	memcpy(b, a, sizeof(b));
	b[999] = '8';
	ck_assert(equal(a, a));
	ck_assert(!equal(a, b));
	a[1] = b[1] = '.';
	ck_assert(!equal(a, b));
	b[999] = '7';
	ck_assert(equal(a, b));
}
END_TEST

/* Integers against their spellings with an exponent, all small ones. */
START_TEST(agrees_with_arithmetic)
{
	char a[32], b[32];
	for (int i = -300; i <= 300; i++)
		for (int j = -30; j <= 30; j++) {
			snprintf(a, sizeof(a), "%d", i);
			snprintf(b, sizeof(b), "%de1", j);
			if (i || j)
				ck_assert(equal(a, b) == (i == j * 10));
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decimal");
	TCase *all = tcase_create("decimal");
	tcase_add_loop_test(all, is_one_form_for_one_value, 0, VALUES);
	tcase_add_loop_test(all, is_another_form_for_another_value, 0, VALUES);
	tcase_add_loop_test(all, tells_large_integers_from_all_else, 0, INTEGERS);
	tcase_add_loop_test(all, gives_up_on_an_exponent_of_too_many_digits, 0, 4);
	tcase_add_test(all, takes_any_number_of_digits);
	tcase_add_test(all, agrees_with_arithmetic);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
