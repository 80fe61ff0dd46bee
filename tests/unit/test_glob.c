#include "base/glob.h"

#include "tests/unit/main.h"

static const struct {
	const char *glob, *text;
	bool match;
} cases[] = {
    {"", "", true},
    {"", "a", false},
    {"a", "", false},
    {"a", "a", true},
    {"a", "A", false},
    {"a", "ab", false},
    {"ab", "a", false},
    {"?", "", false},
    {"?", "a", true},
    {"?", "*", true},
    {"??", "a", false},
    {"a?c", "abc", true},
    {"*", "", true},
    {"*", "anything at all", true},
    {"**", "", true},
    {"**", "a", true},
    {"*?", "", false},
    {"?*", "a", true},
    {"*?*", "a", true},
    {"a*", "a", true},
    {"a*", "abc", true},
    {"a*", "ba", false},
    {"*a", "a", true},
    {"*a", "ba", true},
    {"*a", "aab", false},
    {"*a", "aaa", true},
    {"a*c", "ac", true},
    {"a*c", "abcbc", true},
    {"a*c", "abcb", false},
    {"*ab*", "aab", true},
    {"*ab*cd*", "xabxcxcdx", true},
    {"*ab*cd*", "xcdxab", false},
    {"a*b?d", "abbbcd", true},
    {"gpt-4*", "gpt-4o-mini", true},
    {"gpt-4*", "gpt-3.5", false},
    {"*/llama-?b", "meta/llama-8b", true},
    {"*/llama-?b", "meta/llama-70b", false},
    /* Only * and ? are special. */
    {"[a]", "a", false},
    {"\\*", "*", false},
    {"\\*", "\\x", true},
    {"a.c", "abc", false},
};

START_TEST(matches)
{
	ck_assert_msg(glob_match(slice_of(cases[_i].glob), slice_of(cases[_i].text)) ==
			  cases[_i].match,
		      "%s %s", cases[_i].glob, cases[_i].text);
}
END_TEST

START_TEST(bytes_may_be_anything)
{
	ck_assert(glob_match(slice_of("a?c*"), slice_make("a\0c\0", 4)));
	ck_assert(glob_match(slice_of("*"), slice_make(NULL, 0)));
	ck_assert(!glob_match(slice_of("a*"), slice_make("\0a", 2)));
}
END_TEST

/* The obvious recursive algorithm. */
static bool obvious(const char *glob, const char *text)
{
	if (*glob == '*')
		return obvious(glob + 1, text) || (*text && obvious(glob, text + 1));
	if (!*text || !*glob)
		return *text == *glob;
	return (*glob == '?' || *glob == *text) && obvious(glob + 1, text + 1);
}

/* Writes the number in these digits. */
static void spell(unsigned number, const char *digits, char *at)
{
	unsigned base = (unsigned)strlen(digits);
	for (; number; number /= base + 1)
		if (number % (base + 1))
			*at++ = digits[number % (base + 1) - 1];
	*at = 0;
}

START_TEST(agrees_with_the_obvious_way)
{
	char glob[16], text[16];
	for (unsigned g = 0; g < 3125; g++) {
		spell(g, "ab*?", glob);
		for (unsigned t = 0; t < 243; t++) {
			spell(t, "ab", text);
			ck_assert_msg(glob_match(slice_of(glob), slice_of(text)) ==
					  obvious(glob, text),
				      "%s %s", glob, text);
		}
	}
}
END_TEST

/* Backtracking takes time exponential in the number of stars here, and would not end. */
START_TEST(no_glob_is_slow)
{
	enum { TEXT = 4096, GLOB = 256 };
	char text[TEXT], glob[GLOB];
	memset(text, 'a', sizeof text);
	for (size_t i = 0; i < GLOB; i += 2)
		memcpy(glob + i, i + 2 < GLOB ? "*a" : "*b", 2);
	ck_assert(!glob_match(slice_make(glob, GLOB), slice_make(text, TEXT)));
	memset(glob, 'a', GLOB);
	glob[0] = '*';
	glob[GLOB - 1] = 'b';
	ck_assert(!glob_match(slice_make(glob, GLOB), slice_make(text, TEXT)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("glob");
	TCase *all = tcase_create("glob");
	tcase_add_loop_test(all, matches, 0, sizeof cases / sizeof *cases);
	tcase_add_test(all, bytes_may_be_anything);
	tcase_add_test(all, agrees_with_the_obvious_way);
	tcase_add_test(all, no_glob_is_slow);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
