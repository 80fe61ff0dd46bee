/* Includes the .c file to test the table itself. */
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
	    {"/chat/completions/input_tokens", FAMILY_TOKENS, false},
	    {"/responses/input_tokens", FAMILY_TOKENS, false},
	    {"/infill", FAMILY_COMPLETIONS, true},
	    {"/score", FAMILY_SCORE, false},
	    {"/v1/score", FAMILY_SCORE, false},
	    {"/pooling", FAMILY_POOLING, false},
	    {"/classify", FAMILY_CLASSIFY, false},
	    {"/v1/moderations", FAMILY_MODERATIONS, false},
	    {"/v1/audio/transcriptions", FAMILY_TRANSCRIPTIONS, false},
	    {"/v1/audio/translations", FAMILY_TRANSCRIPTIONS, false},
	    {"/v1/audio/speech", FAMILY_SPEECH, false},
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

static const char *const prefixes[] = {"/openai/deployments/*", "/openai", "api/v1/", "/m-*/x",
				       "/*/*/both"};

static const struct {
	const char *path;
	const char *row; /* NULL: none */
	const char *deployment;
} routes[] = {
    {"/v1/chat/completions", "/v1/chat/completions", ""},
    {"//v1/chat/completions", "/v1/chat/completions", ""},
    {"/v1/chat/completions/", "/v1/chat/completions", ""},
    {"///v1//chat///completions//", "/v1/chat/completions", ""},
    {"/infill/", "/infill", ""},
    {"//embeddings", "/embeddings", ""},
    /* Azure's */
    {"/openai/deployments/d-1/chat/completions", "/v1/chat/completions", "d-1"},
    {"//openai/deployments//d-1/chat/completions/", "/v1/chat/completions", "d-1"},
    {"/openai/deployments/d%201/embeddings", "/v1/embeddings", "d%201"},
    {"/openai/deployments/d/completions", "/v1/completions", "d"},
    {"/openai/deployments/d/audio/transcriptions", "/v1/audio/transcriptions", "d"},
    {"/openai/deployments/d/audio/speech", "/v1/audio/speech", "d"},
    {"/openai/v1/responses", "/v1/responses", ""},
    {"/openai/responses", "/v1/responses", ""},
    {"/openai/deployments//chat/completions", "/v1/completions", "chat"},
    {"/openai/deployments/../chat/completions", NULL, ""},
    {"/openai/deployments/./chat/completions", NULL, ""},
    {"/openai/deployments/a/b/chat/completions", NULL, ""},
    {"/openai/deployments/d/extensions/chat/completions", NULL, ""},
    {"/openai/deployments/d", NULL, ""},
    {"/openai/deployments", NULL, ""},
    {"/openai", NULL, ""},
    {"/OpenAI/v1/chat/completions", NULL, ""},
    /* others */
    {"/api/v1/completions", "/v1/completions", ""},
    {"/api/v1/infill", "/infill", ""},
    {"/m-1/x/v1/messages", "/v1/messages", "m-1"},
    {"/a/b/both/tokenize", "/tokenize", "b"},
    {"/api/completions", NULL, ""},
    {"/x/v1/chat/completions", NULL, ""},
    {"/v1/v1/chat/completions", NULL, ""},
    /* nothing is decoded or resolved */
    {"/v1/chat%2fcompletions", NULL, ""},
    {"/v1/./chat/completions", NULL, ""},
    {"/v1/../v1/chat/completions", NULL, ""},
    {"/v1/x/../chat/completions", NULL, ""},
    {"/v1/Chat/completions", NULL, ""},
    {"/v1/chat/completions;a", NULL, ""},
    {"/v1\\chat/completions", NULL, ""},
    {"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", NULL, ""},
    {"", NULL, ""},
    {"/", NULL, ""},
    {"//", NULL, ""},
};

START_TEST(routes_of_paths)
{
	struct slice path = slice_of(routes[_i].path);
	struct endpoint_route found =
	    endpoint_route(slice_of("POST"), path, prefixes, sizeof prefixes / sizeof *prefixes);
	const struct endpoint *wanted =
	    routes[_i].row ? endpoint_find(slice_of("POST"), slice_of(routes[_i].row)) : NULL;
	ck_assert_msg(found.endpoint == wanted, "%s", routes[_i].path);
	ck_assert_msg(slice_is(found.deployment, routes[_i].deployment), "%s", routes[_i].path);
	ck_assert(found.deployment.len == 0 ||
		  (found.deployment.at > path.at && found.deployment.at < path.at + path.len));
}
END_TEST

START_TEST(routes_of_models_and_long_paths)
{
	struct endpoint_route r =
	    endpoint_route(slice_of("GET"), slice_of("/openai/models/"), prefixes, 2);
	ck_assert(r.endpoint && r.endpoint->family == FAMILY_MODELS);
	r = endpoint_route(slice_of("GET"), slice_of("//v1/models"), prefixes, 0);
	ck_assert(r.endpoint && r.endpoint->family == FAMILY_MODELS);
	char longest[1000];
	memset(longest, 'a', sizeof longest);
	longest[0] = longest[500] = '/';
	r = endpoint_route(slice_of("POST"), slice_make(longest, sizeof longest), prefixes, 5);
	ck_assert_ptr_null(r.endpoint);
}
END_TEST

START_TEST(error_shapes_of_paths)
{
	ck_assert(endpoint_error_shape(slice_of("//v1/messages/")) == ERROR_ANTHROPIC);
	ck_assert(endpoint_error_shape(slice_of("/anthropic/v1//messages")) == ERROR_ANTHROPIC);
	ck_assert(endpoint_error_shape(slice_of("/messages/v1")) == ERROR_OPENAI);
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
		ck_assert_uint_eq(strspn(text, "abcdefghijklmnopqrstuvwxyz_"), strlen(text));
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
	tcase_add_loop_test(all, routes_of_paths, 0, sizeof routes / sizeof *routes);
	tcase_add_test(all, routes_of_models_and_long_paths);
	tcase_add_test(all, error_shapes_of_paths);
	tcase_add_test(all, verdicts_have_words_of_their_own);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
