#include "proxy/openai/reference.h"

#include "tests/unit/main.h"

/* The words are found by halving, so they have to be sorted, and none may stand there twice. */
START_TEST(words_are_sorted)
{
	static const char *const words[] = {
#define WORD(word, bits, verdict) word,
#include "proxy/openai/reference.def"
#undef WORD
	};
	for (size_t i = 1; i < sizeof(words) / sizeof(words[0]); i++)
		ck_assert_msg(strcmp(words[i - 1], words[i]) < 0, "%s", words[i]);
}
END_TEST

static const struct {
	const char *name;
	unsigned meaning;
} meanings[] = {
    {"content", NAME_MESSAGES},
    {"image_url", NAME_ADDRESS | NAME_MEDIA},
    {"fileUri", NAME_ADDRESS | NAME_MEDIA},
    {"filename", NAME_TEXT},
    {"media_type", NAME_MEDIA | NAME_TEXT},
    {"input_audio", NAME_MEDIA},
    {"response_format", NAME_SCHEMA | NAME_TEXT},
    {"metadata", NAME_LABELS},
    {"fallback_models", NAME_MODEL},
    {"tools", NAME_TOOLS},
    {"serverTools", NAME_TOOLS},
    {"tools_version", 0},
    {"messages", NAME_MESSAGES},
    {"max_messages", 0},
    {"temperature", 0},
    {"", 0},
};

START_TEST(what_names_mean)
{
	struct reference r = reference_read(slice_of(meanings[_i].name));
	ck_assert_msg(r.meaning == meanings[_i].meaning, "%s: %u", meanings[_i].name, r.meaning);
}
END_TEST

static const struct {
	const char *text;
	bool address;
} texts[] = {
    {"https://a.org/b.png", true},
    {"HTTP://a", true},
    {" \t\nhttps://a", true},
    {"https://a b", true},
    {"s3://bucket/key", true},
    {"file:///etc/passwd", true},
    {"file:/etc/passwd", true},
    {"mailto:a@b", true},
    {"a+b-c.d:e", true},
    {"data:image/png;base64,AA", false},
    {"DATA:,a", false},
    {" data:,a", false},
    {"", false},
    {":", false},
    {"1a:b", false},
    {"/9j/4AAQSkZJRgABAQ", false},
    {"iVBORw0KGgo+/A==", false},
    {"Note: this is text", false},
    {"a word", false},
    {"a/b:c", false},
    {"//a.org/b", false},
};

START_TEST(what_an_address_is)
{
	ck_assert_msg(reference_is_address(slice_of(texts[_i].text)) == texts[_i].address, "%s",
		      texts[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference");
	TCase *all = tcase_create("reference");
	tcase_add_test(all, words_are_sorted);
	tcase_add_loop_test(all, what_names_mean, 0, sizeof(meanings) / sizeof(meanings[0]));
	tcase_add_loop_test(all, what_an_address_is, 0, sizeof(texts) / sizeof(texts[0]));
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
