#include "proxy/request/rules.h"

#include "proxy/openai/endpoint.h"
#include "tests/unit/configs.h"
#include "tests/unit/fields.h"

#include <stdio.h>

/* The settings that rules and options give to one request. */
struct request_case {
	const char *options, *rules;
	const char *endpoint, *model, *tenant, *space, *fields;
};

static struct policy policy_of(const struct request_case *a)
{
	scoped(buf_finish) struct buf text = buf_make(1 << 12);
	ck_assert(buf_printf(&text, "cache: {%s rules: %s}", a->options, a->rules));
	scoped(config_unref) struct config *c =
	    load((struct config_sources){.file = "f", .text = buf_slice(&text)});
	struct fields fields = fields_of(a->fields);
	struct rules_subject subject = {
	    .endpoint = slice_of(a->endpoint),
	    .model = slice_of(a->model),
	    .tenant = slice_of(a->tenant),
	    .space = slice_of(a->space),
	    .fields = &fields,
	};
	return rules_apply(c, &subject);
}

/* A rule that disables storing, and whether it matches. */
static const struct {
	const char *match;
	struct request_case request_case;
	bool matches;
} cases[] = {
    {"{}", {.endpoint = "chat"}, true},
    {"{endpoint: chat}", {.endpoint = "chat"}, true},
    {"{endpoint: chat}", {.endpoint = "messages"}, false},
    {"{endpoint: [models, messages]}", {.endpoint = "messages"}, true},
    {"{model: \"*\"}", {.model = ""}, true},
    {"{model: \"?*\"}", {.model = ""}, false},
    {"{model: \"\"}", {.model = ""}, true},
    {"{model: \"gpt-*\"}", {.model = "gpt-4"}, true},
    {"{model: \"gpt-*\"}", {.model = "my/gpt-4"}, false},
    {"{model: \"GPT-*\"}", {.model = "gpt-4"}, false},
    {"{tenant: \"*\"}", {.tenant = ""}, true},
    {"{tenant: \"\"}", {.tenant = ""}, true},
    {"{tenant: \"\"}", {.tenant = "a"}, false},
    {"{tenant: \"team-?\"}", {.tenant = "team-a"}, true},
    {"{namespace: \"a*\"}", {.space = "ab"}, true},
    {"{namespace: \"a*\"}", {.space = ""}, false},
    {"{header: {X-A: b}}", {.fields = "X-A: b\n"}, true},
    {"{header: {X-A: b}}", {.fields = "x-a: b\n"}, true},
    {"{header: {X-A: b}}", {.fields = "X-A: B\n"}, false},
    {"{header: {X-A: \"*\"}}", {.fields = "X-B: b\n"}, false},
    {"{header: {X-A: \"*\"}}", {.fields = "X-A:\n"}, true},
    {"{header: {X-A: b}}", {.fields = "X-A: a\nX-A: b\n"}, true},
    {"{header: {X-A: b, X-B: \"?\"}}", {.fields = "X-B: c\nX-A: b\n"}, true},
    {"{header: {X-A: b, X-B: \"?\"}}", {.fields = "X-A: b\n"}, false},
    {"{endpoint: chat, model: a, tenant: b, namespace: c, header: {D: e}}",
     {.endpoint = "chat", .model = "a", .tenant = "b", .space = "c", .fields = "D: e\n"},
     true},
    {"{endpoint: chat, model: a, tenant: b, namespace: c, header: {D: e}}",
     {.endpoint = "chat", .model = "a", .tenant = "b", .space = "x", .fields = "D: e\n"},
     false},
};

START_TEST(a_rule_fits_as_a_whole)
{
	char rules[256];
	struct request_case request_case = cases[_i].request_case;
	snprintf(rules, sizeof rules, "[{match: %s, store: false}]", cases[_i].match);
	request_case.options = "";
	request_case.rules = rules;
	request_case.fields = request_case.fields ? request_case.fields : "";
	ck_assert_msg(policy_of(&request_case).store == !cases[_i].matches, "%s", cases[_i].match);
}
END_TEST

static void check(const char *options, const char *rules, struct policy want)
{
	struct request_case request_case = {options, rules, "chat", "m", "", "", ""};
	struct policy got = policy_of(&request_case);
	ck_assert_msg(got.ttl_ms == want.ttl_ms && got.store == want.store &&
			  got.everyone == want.everyone && got.sampled == want.sampled,
		      "%s %s", options, rules);
}

START_TEST(the_first_that_fits_counts)
{
	static const char others[] = "share: everyone, sampled: false,";
	check("", "[]", (struct policy){-1, true, false, true});
	check(others, "[]", (struct policy){-1, true, true, false});
	check(others, "[{}]", (struct policy){-1, true, true, false});
	check("", "[{ttl: 0, store: false, share: everyone, sampled: false}]",
	      (struct policy){0, false, true, false});
	check(others, "[{ttl: 1s, store: true, share: credential, sampled: true}]",
	      (struct policy){1000, true, false, true});
	check("", "[{match: {model: x}, ttl: 1s}, {match: {model: m}, ttl: 2s}, {ttl: 3s}]",
	      (struct policy){2000, true, false, true});
	check("", "[{match: {model: m}}, {ttl: 3s}]", (struct policy){-1, true, false, true});
	check("", "[{match: {model: x}, ttl: 3s}]", (struct policy){-1, true, false, true});
}
END_TEST

/* The names that rules accept are exactly those of the endpoints. */
START_TEST(names_are_those_of_the_endpoints)
{
	static const char *const paths[] = {
	    "/v1/chat/completions",
	    "/v1/completions",
	    "/v1/embeddings",
	    "/v1/responses",
	    "/v1/messages",
	    "/v1/rerank",
	    "/tokenize",
	    "/v1/models",
	    "/v1/score",
	    "/pooling",
	    "/classify",
	    "/v1/moderations",
	    "/v1/audio/transcriptions",
	    "/v1/audio/speech",
	};
	char names[256] = "";
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		bool models = strcmp(paths[i], "/v1/models") == 0;
		const struct endpoint *e =
		    endpoint_find(slice_of(models ? "GET" : "POST"), slice_of(paths[i]));
		ck_assert_ptr_nonnull(e);
		ck_assert_int_eq(e->family, i);
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? "|" : "",
			 e->name);
	}
	ck_assert_int_eq(ENDPOINT_FAMILIES, COUNT_OF(paths));
	ck_assert_str_eq(names, CONFIG_RULE_ENDPOINTS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules");
	TCase *all = tcase_create("rules");
	tcase_add_loop_test(all, a_rule_fits_as_a_whole, 0, COUNT_OF(cases));
	tcase_add_test(all, the_first_that_fits_counts);
	tcase_add_test(all, names_are_those_of_the_endpoints);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
