#include "proxy/request/key_scope.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

static struct hasher *hasher;
static struct header_table *tables[2]; /* indexed by upstream.forwarded */
static const struct config_list nothing;

static void set_up(void)
{
	hasher = hasher_create();
	for (int i = 0; i < 2; i++)
		tables[i] = header_table_create(&(struct header_table_options){
		    .ignore = &nothing, .forwarded = i, .compat = true});
}

static void tear_down(void)
{
	hasher_destroy(&hasher);
	for (int i = 0; i < 2; i++)
		header_table_destroy(&tables[i]);
}

/* One request. */
struct way {
	const char *space;
	const char *upstream;
	const char *path;
	const char *query; /* NULL: none */
	const char *fields;
	bool everyone;
	const char *asked;  /* NULL: no namespace */
	const char *tenant; /* NULL: none */
	bool quiet;	    /* upstream.forwarded is off */
	bool form;
};

static struct buf key_scope_of(const struct way *w)
{
	struct buf out = buf_make(1 << 16);
	struct fields f = fields_of(w->fields);
	struct key_scope_options options = {
	    .space = w->space,
	    .asked_space = slice_of(w->asked),
	    .everyone = w->everyone,
	    .upstream = w->upstream,
	    .tenant = slice_of(w->tenant),
	    .forwarded = !w->quiet,
	    .ignored_cookies = &nothing,
	};
	struct header_marks marks;
	header_table_mark(tables[!w->quiet], &f, &marks);
	struct key_scope_route route = {
	    .path = slice_of(w->path),
	    .query = slice_of(w->query),
	    .fields = &f,
	    .marks = &marks,
	    .form = w->form,
	};
	ck_assert(key_scope_append(&options, &route, hasher, &out));
	return out;
}

static bool same(const struct way *a, const struct way *b)
{
	struct buf one = key_scope_of(a), two = key_scope_of(b);
	bool equal = slice_equal(buf_slice(&one), buf_slice(&two));
	buf_finish(&one);
	buf_finish(&two);
	return equal;
}

/* All these scopes differ. */
static const struct way apart[] = {
    {"", "main", "/v1/x", NULL, ""},
    {"a", "main", "/v1/x", NULL, ""},
    {"", "other", "/v1/x", NULL, ""},
    {"", "main", "/v1/x", NULL, "", .asked = "a"},
    {"", "main", "/v1/x", NULL, "", .asked = "b"},
    {"a", "main", "/v1/x", NULL, "", .asked = "b"},
    {"", "main", "/v1/x", NULL, "", .everyone = true},
    {"", "main", "/v1/x", "", ""},
    {"", "main", "/v1/x", "a", ""},
    {"", "main", "/v1/x?a", NULL, ""},
    {"", "main", "/v1//x", NULL, ""},
    {"", "main", "/v1/%78", NULL, ""},
    /* No byte moves from one part to the next. */
    {"m", "ain", "/v1/x", NULL, ""},
    {"", "main/v1", "/x", NULL, ""},
    {"", "main", "/v1/x", NULL, "Authorization: Bearer a\n"},
    {"", "main", "/v1/x", NULL, "Authorization: Bearer b\n"},
    {"", "main", "/v1/x", NULL, "Authorization:\n"},
    {"", "main", "/v1/x", NULL, "X-Api-Key: Bearer a\n"},
    {"", "main", "/v1/x", NULL, "Api-Key: Bearer a\n"},
    {"", "main", "/v1/x", NULL, "Cookie: Bearer a\n"},
    {"", "main", "/v1/x", NULL, "X-Goog-Api-Key: a\n"},
    {"", "main", "/v1/x", NULL, "Ocp-Apim-Subscription-Key: a\n"},
    {"", "main", "/v1/x", NULL, "X-Auth-Token: a\n"},
    {"", "main", "/v1/x", NULL, "X-Access-Token: a\n"},
    {"", "main", "/v1/x", NULL, "X-Forwarded-User: a\n"},
    {"", "main", "/v1/x", NULL, "X-Forwarded-Email: a\n"},
    {"", "main", "/v1/x", NULL, "X-Forwarded-Access-Token: a\n"},
    {"", "main", "/v1/x", NULL, "Cf-Access-Client-Id: a\n"},
    {"", "main", "/v1/x", NULL, "Cf-Access-Jwt-Assertion: a\n"},
    {"", "main", "/v1/x", NULL, "Cf-Access-Client-Secret: a\n"},
    {"", "main", "/v1/x", NULL, "Apikey: a\n"},
    {"", "main", "/v1/x", NULL, "X-LiteLLM-Api-Key: a\n"},
    {"", "main", "/v1/x", NULL, "X-Portkey-Virtual-Key: a\n"},
    {"", "main", "/v1/x", NULL, "Cf-Aig-Authorization: a\n"},
    {"", "main", "/v1/x", NULL, "Helicone-Auth: a\n"},
    {"", "main", "/v1/x", NULL, "X-Goog-Iap-Jwt-Assertion: a\n"},
    {"", "main", "/v1/x", NULL, "X-Amzn-Oidc-AccessToken: a\n"},
    {"", "main", "/v1/x", NULL, "X-Forwarded-Groups: a\n"},
    {"", "main", "/v1/x", NULL, "Remote-User: a\n"},
    {"", "main", "/v1/x", NULL, "Remote-User: a\nCookie: a\n"},
    {"", "main", "/v1/x", NULL, "Remote-User: acookiea\n"},
    {"", "main", "/v1/x", NULL, "X-A-Token: bc\n"},
    {"", "main", "/v1/x", NULL, "X-AB-Token: c\n"},
    {"", "main", "/v1/x", NULL, "OpenAI-Organization: a\n"},
    {"", "main", "/v1/x", NULL, "OpenAI-Project: a\n"},
    {"", "main", "/v1/x", NULL, "Content-Type: a\n"},
    {"", "main", "/v1/x", NULL, "Content-Type: a\nContent-Type: a\n"},
    {"", "main", "/v1/x", NULL, "Content-Type:\n"},
    {"", "main", "/v1/x", NULL, "Anthropic-Version: a\n"},
    {"", "main", "/v1/x", NULL, "Anthropic-Beta: a\n"},
    {"", "main", "/v1/x", NULL, "Anthropic-Beta: a\nAnthropic-Beta: b\n"},
    {"", "main", "/v1/x", NULL, "Anthropic-Beta: b\nAnthropic-Beta: a\n"},
    {"", "main", "/v1/x", NULL, "OpenAI-Beta: a\n"},
    {"", "main", "/v1/x", NULL, "Endpoint-Load-Metrics-Format: a\n"},
    {"", "main", "/v1/x", NULL, "Extra-Parameters: drop\n"},
    {"", "main", "/v1/x", NULL, "Prefer: wait\n"},
    {"", "main", "/v1/x", NULL, "X-HTTP-Method-Override: GET\n"},
    /* The upstream. */
    {"", "main", "/v1/x", NULL, "azureml-model-deployment: a\n"},
    {"", "main", "/v1/x", NULL, "azureml-model-deployment: b\n"},
    {"", "main", "/v1/x", NULL, "X-Gateway-Model-Name: a\n"},
    {"", "main", "/v1/x", NULL, "X-Gateway-Model-Name: b\n", .everyone = true},
    {"", "main", "/v1/x", NULL, "X-Gateway-Model-Name: a\n", .tenant = "t"},
    {"", "main", "/v1/x", NULL, "x-portkey-config: a\n"},
    {"", "main", "/v1/x", NULL, "x-portkey-config: a\nx-portkey-provider: a\n"},
    {"", "main", "/v1/x", NULL, "Helicone-Target-Url: a\n"},
    {"", "main", "/v1/x", NULL, "X-Lora: a\n"},
    {"", "main", "/v1/x", NULL, "X-Bf-Vk: a\n"},
    {"", "main", "/v1/x", NULL, "X-License-Key: a\n"},
    {"", "main", "/v1/x", NULL, "X_Api_Key: a\n"},
    {"", "main", "/v1/x", NULL, "x_forwarded_user: a\n"},
    {"", "main", "/v1/x", NULL, "X-SSL-Client-S-DN: a\n"},
    {"", "main", "/v1/x", NULL, "X-Password: a\n"},
    {"", "main", "/v1/x", NULL, "X-Consumer-Id: a\n"},
    {"", "main", "/v1/x", NULL, "X-Tenant-Id: a\n"},
    /* Every other forwarded field: its name, value, and order among fields of that name. */
    {"", "main", "/v1/x", NULL, "X-Amzn-Bedrock-GuardrailIdentifier: a\n"},
    {"", "main", "/v1/x", NULL, "X-Amzn-Bedrock-GuardrailIdentifier: b\n"},
    {"", "main", "/v1/x", NULL, "Groq-Model-Version: a\n"},
    {"", "main", "/v1/x", NULL, "X-Whatever: a\n"},
    {"", "main", "/v1/x", NULL, "X-Whatever:\n"},
    {"", "main", "/v1/x", NULL, "X-Whatever: a, b\n"},
    {"", "main", "/v1/x", NULL, "X-Whatever: a\nX-Whatever: b\n"},
    {"", "main", "/v1/x", NULL, "X-Whatever: b\nX-Whatever: a\n"},
    {"", "main", "/v1/x", NULL, "X-Whatever: a\nX-Whatever: a\n"},
    {"", "main", "/v1/x", NULL, "X-Whatever: a\nX-Whatevers: a\n"},
    {"", "main", "/v1/x", NULL, "X-Whatever: a\n", .everyone = true},
    {"", "main", "/v1/x", NULL, "X_Whatever: a\n"},
    {"", "main", "/v1/x", NULL, "X-Routing-Key: a\n", .everyone = true},
    {"", "main", "/v1/x", NULL, "Accept: application/x-ndjson\n"},
    {"", "main", "/v1/x", NULL, "Accept-Language: de\n"},
    {"", "main", "/v1/x", NULL, "session_id: a\n"},
    /* The target. */
    {"", "main", "/v1/x", NULL, "Host: a\n"},
    {"", "main", "/v1/x", NULL, "Host: b\n"},
    {"", "main", "/v1/x", NULL, "Host: a\nX-Forwarded-Host: c\n"},
    {"", "main", "/v1/x", NULL, "X-Forwarded-Prefix: a\n"},
    {"", "main", "/v1/x", NULL, "X-Original-URL: a\n"},
    {"", "main", "/v1/x", NULL, "Forwarded: for=1;host=a\n"},
    {"", "main", "/v1/x", NULL, "X-Auth-Request-Email: a\n", .quiet = true},
    /* Tenants: name, namespace, and forwarded fields other than their keys. */
    {"", "main", "/v1/x", NULL, "Api-Key: k\n", .tenant = "t"},
    {"", "main", "/v1/x", NULL, "Api-Key: k\n", .tenant = "u"},
    {"t", "main", "/v1/x", NULL, "Api-Key: k\n", .tenant = "u"},
    {"t", "main", "/v1/x", NULL, "Api-Key: k\n", .tenant = "t"},
    {"", "main", "/v1/x", NULL, "Api-Key: k\nCookie: a\n", .tenant = "t"},
    {"", "main", "/v1/x", NULL, "Api-Key: k\nOpenAI-Project: a\n", .tenant = "t"},
    {"", "main", "/v1/x", NULL, "Api-Key: k\nX-Goog-Api-Key: k\n", .tenant = "t"},
};

START_TEST(what_differs_has_its_own_scope)
{
	for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
		for (size_t j = 0; j < sizeof apart / sizeof *apart; j++)
			ck_assert_msg(same(&apart[i], &apart[j]) == (i == j), "%zu %zu", i, j);
}
END_TEST

START_TEST(what_does_not_shape_the_answer_does_not_count)
{
	static const struct way plain = {"", "main", "/v1/x", NULL, "Content-Type: a\nHost: h\n"};
	static const struct way more = {
	    "", "main", "/v1/x", NULL,
	    "User-Agent: x\nCONTENT-TYPE: a\nX-Request-Id: 7\nContent-Length: 5\nhost: h\n"
	    "Idempotency-Key: 8\nX-Forwarded-For: 10.0.0.1\nForwarded: for=10.0.0.1\n"
	    "Accept: */*\nx-stainless-lang: js\nSec-Fetch-Mode: cors\nAccept-Language: *\n"
	    "Cookie: AWSALB=a; __cf_bm=b\nX-Cache-TTL: 5\nAccept-Encoding: br\n"};
	ck_assert(same(&plain, &more));
}
END_TEST

START_TEST(the_order_of_different_fields_does_not_count)
{
	static const struct way one = {"", "m", "/", NULL,
				       "X-B: 1\nCookie: c\nX-A: 2\nX-Org-Id: o\nx-b: 3\n"};
	static const struct way two = {"", "m", "/", NULL,
				       "X-Org-Id: o\nX-A: 2\nX-B: 1\nX-b: 3\nCookie: c\n"};
	ck_assert(same(&one, &two));
	struct buf many[2] = {buf_make(1 << 16), buf_make(1 << 16)};
	for (int i = 0; i < 100; i++) {
		ck_assert(buf_printf(&many[0], "X-Field-%02d: %d\n", i % 50, i));
		int back = (49 - i % 50) + i / 50 * 50;
		ck_assert(buf_printf(&many[1], "X-Field-%02d: %d\n", back % 50, back));
	}
	for (int i = 0; i < 2; i++)
		ck_assert(buf_append_byte(&many[i], 0));
	struct way a = {"", "m", "/", NULL, many[0].at}, b = {"", "m", "/", NULL, many[1].at};
	ck_assert(same(&a, &b));
	for (int i = 0; i < 2; i++)
		buf_finish(&many[i]);
}
END_TEST

/* The host counts as it is forwarded: the one that a proxy in front of Reprise sends. If none is
 * forwarded, it does not count. */
START_TEST(the_host_counts_as_it_is_told)
{
	static const struct way one = {"", "m", "/", NULL, "Host: a\nX-Forwarded-Host: c\n"};
	static const struct way two = {"", "m", "/", NULL, "Host: b\nX-Forwarded-Host: c\n"};
	ck_assert(same(&one, &two));
	static const struct way hop = {
	    "", "m", "/", NULL, "Host: c\nX-Forwarded-Host: d\nConnection: X-Forwarded-Host\n"};
	ck_assert(same(&one, &hop));
	static const struct way off[] = {
	    {"", "m", "/", NULL, "Host: a\nX-Forwarded-Prefix: p\nVia: v\n", .quiet = true},
	    {"", "m", "/", NULL, "Host: b\nX-Original-URL: u\nCf-Other: o\n", .quiet = true},
	};
	ck_assert(same(&off[0], &off[1]));
}
END_TEST

/* An entry of a request that was forwarded without them must not answer one that forwards them. */
START_TEST(what_stays_here_does_not_count)
{
	static const struct way none = {"", "main", "/v1/x", NULL, ""};
	static const struct way held = {
	    "", "main", "/v1/x", NULL,
	    "OpenAI-Beta: a\nAuthorization: b\nConnection: close, openai-beta, Authorization\n"
	    "Proxy-Authorization: c\n"};
	ck_assert(same(&none, &held));
}
END_TEST

START_TEST(the_keys_of_a_tenant_share)
{
	static const struct way ways[] = {
	    {"", "m", "/", NULL, "Authorization: Bearer a\n", .tenant = "t"},
	    {"", "m", "/", NULL, "Authorization: Bearer b\n", .tenant = "t"},
	    {"", "m", "/", NULL, "X-Api-Key: c\nAPI-KEY: c\n", .tenant = "t"},
	};
	ck_assert(same(&ways[0], &ways[1]));
	ck_assert(same(&ways[0], &ways[2]));
	static const struct way everyone[] = {
	    {"", "m", "/", NULL, "Api-Key: a\n", .tenant = "t", .everyone = true},
	    {"", "m", "/", NULL, "Api-Key: b\nCookie: a\n", .tenant = "u", .everyone = true},
	};
	ck_assert(same(&everyone[0], &everyone[1]));
}
END_TEST

START_TEST(everyone_shares_whatever_the_credential)
{
	static const struct way one = {"", "m", "/", NULL, "Authorization: a\n", .everyone = true};
	static const struct way two = {"", "m", "/", NULL, "Cookie: b\n", .everyone = true};
	ck_assert(same(&one, &two));
}
END_TEST

START_TEST(credentials_are_not_legible)
{
	static const struct way w = {"", "m", "/", NULL, "Authorization: Bearer sk-secret\n"};
	struct buf scope = key_scope_of(&w);
	ck_assert_ptr_null(memmem(scope.at, scope.len, "secret", 6));
	buf_finish(&scope);
}
END_TEST

START_TEST(the_type_of_a_form_does_not_count)
{
	static const struct way ways[] = {
	    {"", "m", "/", NULL, "Content-Type: multipart/form-data; boundary=a\n", .form = true},
	    {"", "m", "/", NULL, "content-type: multipart/form-data; boundary=b\n", .form = true},
	    {"", "m", "/", NULL, "Content-Type: text/plain\nAccept: a/b\n", .form = true},
	    {"", "m", "/", NULL, "Content-Type: multipart/form-data; boundary=a\n"},
	    {"", "m", "/", NULL, "Content-Type: multipart/form-data; boundary=b\n"},
	};
	ck_assert(same(&ways[0], &ways[1]));
	ck_assert(!same(&ways[0], &ways[2]));
	ck_assert(!same(&ways[3], &ways[4]));
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
	struct fields f = fields_of("Cookie: a\nX-B: c\nHost: h\n");
	struct key_scope_options options = {
	    .space = "space",
	    .upstream = "main",
	    .tenant = slice_of("tenant"),
	    .forwarded = true,
	    .ignored_cookies = &nothing,
	};
	struct header_marks marks;
	header_table_mark(tables[1], &f, &marks);
	struct key_scope_route route = {slice_of("/v1/x"), slice_of("q"), &f, &marks};
	struct buf whole = buf_make(1 << 16);
	ck_assert(key_scope_append(&options, &route, hasher, &whole));
	for (size_t limit = 0; limit < whole.len; limit++) {
		struct buf out = buf_make(limit);
		ck_assert_msg(!key_scope_append(&options, &route, hasher, &out), "%zu", limit);
		buf_finish(&out);
	}
	buf_finish(&whole);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("key_scope");
	TCase *all = tcase_create("key_scope");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, what_differs_has_its_own_scope);
	tcase_add_test(all, what_does_not_shape_the_answer_does_not_count);
	tcase_add_test(all, the_order_of_different_fields_does_not_count);
	tcase_add_test(all, the_host_counts_as_it_is_told);
	tcase_add_test(all, what_stays_here_does_not_count);
	tcase_add_test(all, the_keys_of_a_tenant_share);
	tcase_add_test(all, everyone_shares_whatever_the_credential);
	tcase_add_test(all, credentials_are_not_legible);
	tcase_add_test(all, the_type_of_a_form_does_not_count);
	tcase_add_test(all, a_full_buffer_is_told);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
