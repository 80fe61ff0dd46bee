#include "proxy/openai/storable/token_usage.h"

#include "tests/unit/main.h"

static const struct {
	const char *json;
	int64_t prompt;
	int64_t completion;
} cases[] = {
    {"{\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}", 3, 4},
    {"{\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}", 3, -1},
    {"{\"response\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":6}}}", 5, 6},
    {"{\"message\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":0}}}", 5, 0},
    {"{\"usage\":{\"output_tokens\":6}}", -1, 6},
    {"{\"tokens_predicted\":8,\"tokens_evaluated\":9}", 9, 8},
    {"{\"usage\":{\"total_tokens\":11}}", 11, -1},
    {"{\"usage\":{\"completion_tokens\":2,\"total_tokens\":11}}", -1, 2},
    {"{\"usage\":null}", -1, -1},
    {"{\"usage\":[]}", -1, -1},
    {"{\"usage\":{\"prompt_tokens\":\"3\",\"completion_tokens\":-4}}", -1, -1},
    {"{\"usage\":{\"prompt_tokens\":1.5,\"completion_tokens\":1e300}}", -1, -1},
    {"{}", -1, -1},
    {"[]", -1, -1},
    {"5", -1, -1},
};

START_TEST(reads_what_each_api_says)
{
	cJSON *root = cJSON_Parse(cases[_i].json);
	ck_assert_ptr_nonnull(root);
	struct token_usage s = {-1, -1};
	token_usage_read(&s, root);
	cJSON_Delete(root);
	ck_assert_int_eq(s.prompt, cases[_i].prompt);
	ck_assert_int_eq(s.completion, cases[_i].completion);
}
END_TEST

/* Anthropic sends the prompt's tokens at the start of a stream, and the rest at its end. */
START_TEST(keeps_what_was_said_before)
{
	struct token_usage s = {5, 0};
	cJSON *root = cJSON_Parse("{\"usage\":{\"output_tokens\":6}}");
	token_usage_read(&s, root);
	cJSON_Delete(root);
	ck_assert_int_eq(s.prompt, 5);
	ck_assert_int_eq(s.completion, 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("token_usage");
	TCase *all = tcase_create("token_usage");
	tcase_add_loop_test(all, reads_what_each_api_says, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(all, keeps_what_was_said_before);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
