/* The table itself is under test: hence the .c. */
#include "proxy/openai/endpoint.c"

#include "proxy/openai/verdict.h"
#include "tests/unit/main.h"

START_TEST(table_is_sorted_and_found)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (i > 0)
			ck_assert_str_lt(rows[i - 1].path, rows[i].path);
		ck_assert_ptr_eq(endpoint_find(slice_of("POST"), slice_of(rows[i].path)),
				 &rows[i].endpoint);
	}
}
END_TEST

START_TEST(families_of_paths)
{
	static const struct {
		const char *path;
		enum endpoint_family family;
		bool streams;
	} cases[] = {
	    {"/v1/chat/completions", FAMILY_CHAT, true},
	    {"/chat/completions", FAMILY_CHAT, true},
	    {"/v1/completions", FAMILY_COMPLETIONS, true},
	    {"/completion", FAMILY_COMPLETIONS, true},
	    {"/completions", FAMILY_COMPLETIONS, true},
	    {"/v1/embeddings", FAMILY_EMBEDDINGS, false},
	    {"/embedding", FAMILY_EMBEDDINGS, false},
	    {"/embeddings", FAMILY_EMBEDDINGS, false},
	    {"/v1/responses", FAMILY_RESPONSES, true},
	    {"/responses", FAMILY_RESPONSES, true},
	    {"/v1/messages", FAMILY_MESSAGES, true},
	    {"/v1/rerank", FAMILY_RERANK, false},
	    {"/v2/rerank", FAMILY_RERANK, false},
	    {"/reranking", FAMILY_RERANK, false},
	    {"/tokenize", FAMILY_TOKENS, false},
	    {"/v1/messages/count_tokens", FAMILY_TOKENS, false},
	    {"/v1/chat/completions/input_tokens", FAMILY_TOKENS, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct endpoint *found =
		    endpoint_find(slice_of("POST"), slice_of(cases[i].path));
		ck_assert_msg(found, "%s", cases[i].path);
		ck_assert_msg(found->family == cases[i].family, "%s", cases[i].path);
		ck_assert_msg(found->streams == cases[i].streams, "%s", cases[i].path);
	}
}
END_TEST

START_TEST(anything_else_is_not_known)
{
	static const char *const paths[] = {
	    "",
	    "/",
	    "/v1",
	    "/v1/chat",
	    "/v1/chat/completions/",
	    "/v1/chat/completions/control",
	    "/v1/chat/completions?a=b",
	    "/v1/chat%2fcompletions",
	    "/V1/chat/completions",
	    "//v1/chat/completions",
	    "/v1/chat/completion",
	    "/v1/models",
	    "/v1/responses/resp_x",
	    "/zzz",
	};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		ck_assert_msg(!endpoint_find(slice_of("POST"), slice_of(paths[i])), "%s", paths[i]);
	ck_assert(!endpoint_find(slice_of("GET"), slice_of("/v1/models/m")));
	ck_assert(!endpoint_find(slice_of("HEAD"), slice_of("/v1/models")));
	static const char *const methods[] = {"GET", "PUT", "post", "POSTS", ""};
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		ck_assert(!endpoint_find(slice_of(methods[i]), slice_of("/v1/messages")));
}
END_TEST

START_TEST(the_list_of_models)
{
	static const char *const paths[] = {"/v1/models", "/models"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct endpoint *e = endpoint_find(slice_of("GET"), slice_of(paths[i]));
		ck_assert(e && e->family == FAMILY_MODELS && !e->streams);
	}
}
END_TEST

START_TEST(error_shapes_of_paths)
{
	ck_assert(endpoint_error_shape(slice_of("/v1/messages")) == ERROR_ANTHROPIC);
	ck_assert(endpoint_error_shape(slice_of("/v1/messages/batches")) == ERROR_ANTHROPIC);
	ck_assert(endpoint_error_shape(slice_of("/v1/messagesx")) == ERROR_OPENAI);
	ck_assert(endpoint_error_shape(slice_of("/v1/message")) == ERROR_OPENAI);
	ck_assert(endpoint_error_shape(slice_of("/")) == ERROR_OPENAI);
	ck_assert(endpoint_error_shape(slice_make(NULL, 0)) == ERROR_OPENAI);
	for (size_t i = 0; i < ROWS; i++)
		ck_assert_msg(endpoint_error_shape(slice_of(rows[i].path)) ==
				  rows[i].endpoint.error_shape,
			      "%s", rows[i].path);
}
END_TEST

START_TEST(verdicts_have_words_of_their_own)
{
	for (enum verdict v = 0; v < VERDICTS; v++) {
		const char *text = verdict_text(v);
		ck_assert_uint_gt(strlen(text), 0);
		ck_assert_uint_eq(strspn(text, "abcdefghijklmnopqrstuvwxyz-"), strlen(text));
		for (enum verdict other = 0; other < v; other++)
			ck_assert_str_ne(text, verdict_text(other));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("endpoint");
	TCase *all = tcase_create("endpoint");
	tcase_add_test(all, table_is_sorted_and_found);
	tcase_add_test(all, families_of_paths);
	tcase_add_test(all, anything_else_is_not_known);
	tcase_add_test(all, the_list_of_models);
	tcase_add_test(all, error_shapes_of_paths);
	tcase_add_test(all, verdicts_have_words_of_their_own);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
