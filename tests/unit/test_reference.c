#include "proxy/openai/parse/reference.h"

#include "tests/unit/main.h"

/* The words are found by binary search, so they must be sorted and unique. */
START_TEST(words_are_sorted)
{
	static const char *const words[] = {
#define WORD(word, bits, verdict) word,
#include "proxy/openai/parse/reference.def"
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
    {"image", NAME_MEDIA | NAME_MEDIUM},
    {"image_path", NAME_ADDRESS | NAME_MEDIA},
    {"path", 0},
    {"exclude_tools", 0},
    {"functions", NAME_TOOLS},
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

static const struct {
	const char *name;
	enum verdict option;
	enum verdict in_text;
} options[] = {
    {"threadid", VERDICT_CONVERSATION, VERDICT_CONVERSATION},
    {"FileIds", VERDICT_FILE_REFERENCE, VERDICT_FILE_REFERENCE},
    {"promptarn", VERDICT_STORED_PROMPT, VERDICT_STORED_PROMPT},
    {"agentuuid", VERDICT_STORED_OBJECT, VERDICT_STORED_OBJECT},
    {"fileref", VERDICT_FILE_REFERENCE, VERDICT_FILE_REFERENCE},
    {"userref", VERDICT_FINE, VERDICT_FINE},
    {"learn", VERDICT_FINE, VERDICT_FINE},
    {"sessionid", VERDICT_FINE, VERDICT_FINE},
    {"grid", VERDICT_FINE, VERDICT_FINE},
    {"id", VERDICT_FINE, VERDICT_FINE},
    {"tool_call_id", VERDICT_FINE, VERDICT_FINE},
    {"zorp_id", VERDICT_STORED_OBJECT, VERDICT_STORED_OBJECT},
    {"data_collection", VERDICT_FINE, VERDICT_FINE},
    {"data_collection_id", VERDICT_VECTOR_STORE, VERDICT_VECTOR_STORE},
};

START_TEST(what_options_refer_to)
{
	struct reference r = reference_read(slice_of(options[_i].name));
	ck_assert_msg(r.option == options[_i].option, "%s: %s", options[_i].name,
		      verdict_text(r.option));
	ck_assert_msg(r.in_text == options[_i].in_text, "%s: %s", options[_i].name,
		      verdict_text(r.in_text));
}
END_TEST

START_TEST(what_a_name_or_a_path_is)
{
	ck_assert(reference_is_name(slice_of("img_123")) &&
		  reference_is_name(slice_of("//host/x")));
	ck_assert(!reference_is_name(slice_of("")) && !reference_is_name(slice_of("AAA=")));
	ck_assert(!reference_is_name(slice_of("data:,a")) && !reference_is_name(slice_of("a b")));
	ck_assert(!reference_is_name(slice_of("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAAB")));
	ck_assert(reference_is_path(slice_of("cat.jpg")) && !reference_is_path(slice_of("a. b")));
	ck_assert(reference_is_url(slice_of("a://b")) && !reference_is_url(slice_of("https://")));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference");
	TCase *all = tcase_create("reference");
	tcase_add_test(all, words_are_sorted);
	tcase_add_loop_test(all, what_names_mean, 0, sizeof(meanings) / sizeof(meanings[0]));
	tcase_add_loop_test(all, what_an_address_is, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(all, what_options_refer_to, 0, sizeof(options) / sizeof(options[0]));
	tcase_add_test(all, what_a_name_or_a_path_is);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
