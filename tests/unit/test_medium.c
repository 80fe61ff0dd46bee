/* Texts that are media, and texts that are addresses of media. */
#include "proxy/openai/parse/medium.h"

#include "tests/unit/main.h"

#define LONG "R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAAB"

/* Whether each of the rules classifies it as an address. */
static const struct {
	const char *text;
	bool address, beside, itself, data;
} texts[] = {
    {"https://a.org/b.png", true, true, true, true},
    {"s3://bucket/key", true, true, true, true},
    {"cat.jpg", true, true, true, true},
    {"C:\\cat", true, true, true, true},
    {"/data/cat", true, true, true, true},
    {"/mnt/data/the/picture/of/a/very/long/cat", true, true, true, true},
    {"img_123", true, false, true, true},
    {"abcd", true, false, true, false},
    {"", true, false, false, false},
    {"a cat on a mat", true, false, false, false},
    {LONG, true, false, false, false},
    {"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD", true, false, false, false},
    {"//uQxAAAAAAAAAAAAAAAAAAAAAAAAAAA", true, false, false, false},
    {"data:image/png;base64,AA", false, false, false, false},
    {" DATA:,a.b", false, false, false, false},
};

START_TEST(where_a_medium_is)
{
	struct canonical_member m = {
	    .kind = JSON_STRING, .key = slice_of("x"), .value = slice_of(texts[_i].text)};
	const char *text = texts[_i].text;
	ck_assert_msg(texts[_i].address == (medium_address(&m) != VERDICT_FINE), "%s", text);
	ck_assert_msg(texts[_i].beside == (medium_verdict(FAMILY_CHAT, &m) != VERDICT_FINE), "%s",
		      text);
	ck_assert_msg(texts[_i].itself == (medium_itself(FAMILY_CHAT, &m) != VERDICT_FINE), "%s",
		      text);
	ck_assert_msg(texts[_i].data == (medium_data(FAMILY_CHAT, &m) != VERDICT_FINE), "%s", text);
}
END_TEST

START_TEST(what_is_no_text)
{
	struct canonical_member m = {
	    .kind = JSON_NUMBER, .key = slice_of("image"), .value = slice_of("1.5")};
	ck_assert(medium_address(&m) == VERDICT_FINE);
	ck_assert(medium_itself(FAMILY_CHAT, &m) == VERDICT_FINE);
	ck_assert(medium_data(FAMILY_CHAT, &m) == VERDICT_FINE);
}
END_TEST

/* A file of a form is its content, whatever it looks like, unless it is an address. */
START_TEST(bytes_of_a_form)
{
	struct canonical_member m = {
	    .kind = JSON_STRING, .key = slice_of("file"), .value = slice_of("RIFF.")};
	ck_assert(medium_itself(FAMILY_TRANSCRIPTIONS, &m) == VERDICT_FINE);
	m.value = slice_of("https://a/b");
	ck_assert(medium_itself(FAMILY_TRANSCRIPTIONS, &m) == VERDICT_REMOTE_MEDIA);
}
END_TEST

START_TEST(connection_limits_under_any_name)
{
	struct canonical_member m = {
	    .kind = JSON_STRING, .key = slice_of("thing"), .value = slice_of("https://a/b")};
	struct reference nothing = {0}, text = {.meaning = NAME_TEXT};
	ck_assert(medium_other(&m, &nothing) == VERDICT_REMOTE_MEDIA);
	ck_assert(medium_other(&m, &text) == VERDICT_FINE);
	m.key = slice_of("source");
	ck_assert(medium_other(&m, &nothing) == VERDICT_FINE);
	m = (struct canonical_member){
	    .kind = JSON_STRING, .key = slice_of("thing"), .value = slice_of("see https://a/b")};
	ck_assert(medium_other(&m, &nothing) == VERDICT_FINE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("medium");
	TCase *all = tcase_create("medium");
	tcase_add_loop_test(all, where_a_medium_is, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(all, what_is_no_text);
	tcase_add_test(all, bytes_of_a_form);
	tcase_add_test(all, connection_limits_under_any_name);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
