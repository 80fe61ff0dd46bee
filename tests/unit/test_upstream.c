#include "proxy/upstream/upstream.h"

#include "base/slice.h"
#include "tests/unit/main.h"

#include <stdio.h>

static struct upstream *create(const char *url, struct error_text *why)
{
	return upstream_create(&(struct upstream_options){.name = "main",
							  .url = url,
							  .verify = true,
							  .connect_timeout_ms = 5000,
							  .max_connections = 3},
			       why);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

START_TEST(takes_urls_apart)
{
	static const struct {
		const char *url;
		const char *origin;
		const char *base;
		const char *socket_path;
		const char *userinfo;
	} cases[] = {
	    {"http://h", "http://h", "", NULL, NULL},
	    {"http://h/", "http://h", "", NULL, NULL},
	    {"http://h:8000", "http://h:8000", "", NULL, NULL},
	    {"https://h:8443/v1", "https://h:8443", "/v1", NULL, NULL},
	    {"http://h/v1///", "http://h", "/v1", NULL, NULL},
	    {"http://h/a/b%20c/", "http://h", "/a/b%20c", NULL, NULL},
	    {"http://127.0.0.1:1/x", "http://127.0.0.1:1", "/x", NULL, NULL},
	    {"http://[::1]:1/x", "http://[::1]:1", "/x", NULL, NULL},
	    {"http://u:p@h:1/x", "http://h:1", "/x", NULL, "u:p"},
	    {"http://u@h", "http://h", "", NULL, "u:"},
	    {"http://:p@h", "http://h", "", NULL, ":p"},
	    /* RFC 3986 §2.1: what the URL had to escape is not part of the password. */
	    {"http://a%40b:p%3a%2F@h", "http://h", "", NULL, "a@b:p:/"},
	    {"unix:/run/m.sock", "http://localhost", "", "/run/m.sock", NULL},
	    {"unix:/p:/b", "http://localhost", "/b", "/p", NULL},
	    {"unix:/p:/b/c/", "http://localhost", "/b/c", "/p", NULL},
	    {"unix:/p:/", "http://localhost", "", "/p", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error_text why = {{0}};
		scoped(upstream_destroy) struct upstream *u = create(cases[i].url, &why);
		ck_assert_msg(u, "%s: %s", cases[i].url, why.text);
		ck_assert_msg(same(u->origin, cases[i].origin), "%s: %s", cases[i].url, u->origin);
		ck_assert_msg(same(u->base, cases[i].base), "%s: %s", cases[i].url, u->base);
		ck_assert_msg(same(u->socket_path, cases[i].socket_path), "%s", cases[i].url);
		ck_assert_msg(same(u->userinfo, cases[i].userinfo), "%s: %s", cases[i].url,
			      u->userinfo);
	}
}
END_TEST

START_TEST(refuses_what_is_none)
{
	static const char *const bad[] = {"",
					  "http://",
					  "http://h:0x1",
					  "http://h:99999",
					  "http://[::1",
					  "http://a b",
					  "unix:",
					  "unix:relative",
					  "unix::/b",
					  "http://a%00b:c@h",
					  "http://a:%0d%0ab@h"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct error_text why = {{0}};
		struct upstream *u = create(bad[i], &why);
		ck_assert_msg(!u, "%s", bad[i]);
		ck_assert_msg(why.text[0], "%s", bad[i]);
	}
}
END_TEST

START_TEST(keeps_its_options)
{
	scoped(upstream_destroy) struct upstream *u = upstream_create(
	    &(struct upstream_options){
		.name = "n", .url = "http://h", .api_key = "k", .ca_file = "/f", .verify = false},
	    NULL);
	ck_assert_str_eq(u->name, "n");
	ck_assert_str_eq(u->api_key, "k");
	ck_assert_str_eq(u->ca_file, "/f");
	ck_assert(!u->verify);
	scoped(upstream_destroy) struct upstream *bare = upstream_create(
	    &(struct upstream_options){.name = "n", .url = "http://h", .api_key = ""}, NULL);
	ck_assert_ptr_null(bare->api_key);
	ck_assert_str_eq(bare->ca_file, "");
}
END_TEST

START_TEST(its_limit_is_max_connections)
{
	struct upstream *u = create("http://h", NULL);
	struct transfer_limit_pass p[4];
	for (size_t i = 0; i < 4; i++) {
		transfer_limit_pass_init(&p[i], NULL);
		ck_assert(transfer_limit_enter(u->limit, &p[i]) == (i < 3));
	}
	for (size_t i = 0; i < 4; i++)
		transfer_limit_leave(u->limit, &p[3 - i]);
	upstream_destroy(&u);
	ck_assert_ptr_null(u);
}
END_TEST

START_TEST(sends_the_version_once)
{
	static const struct {
		const char *url;
		const char *target;
		const char *sent;
	} cases[] = {
	    {"http://h/v1", "/v1/models", "/v1/models"},
	    {"http://h/v1/", "/v1/models?a=b", "/v1/models?a=b"},
	    {"http://h/v1", "/v1", "/v1"},
	    {"http://h/v1", "/v1?a", "/v1?a"},
	    {"http://h/v1", "//v1/models", "//v1/models"},
	    {"http://h/v1", "/models", "/v1/models"},
	    {"http://h/v1", "/v1x/models", "/v1/v1x/models"},
	    {"http://h/v1", "/v1beta", "/v1/v1beta"},
	    {"http://h/openai/v1", "/v1/models", "/openai/v1/models"},
	    {"http://h/openai/v1", "/openai/v1/models", "/openai/v1/models"},
	    {"http://h/openai/v1", "/models", "/openai/v1/models"},
	    {"unix:/p:/v1", "/v1/models", "/v1/models"},
	    {"http://h/base", "/v1/models", "/base/v1/models"},
	    {"http://h/base", "/base/x", "/base/base/x"},
	    {"http://h/xv1", "/v1/models", "/xv1/v1/models"},
	    {"http://h", "/v1/models", "/v1/models"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error_text why = {{0}};
		scoped(upstream_destroy) struct upstream *u = create(cases[i].url, &why);
		ck_assert_msg(u, "%s: %s", cases[i].url, why.text);
		char sent[64];
		snprintf(sent, sizeof sent, "%.*s%s",
			 (int)upstream_base_length(u, slice_of(cases[i].target)), u->base,
			 cases[i].target);
		ck_assert_str_eq(sent, cases[i].sent);
	}
}
END_TEST

int main(void)
{
	upstream_library_begin();
	Suite *suite = suite_create("upstream");
	TCase *all = tcase_create("upstream");
	tcase_add_test(all, takes_urls_apart);
	tcase_add_test(all, sends_the_version_once);
	tcase_add_test(all, refuses_what_is_none);
	tcase_add_test(all, keeps_its_options);
	tcase_add_test(all, its_limit_is_max_connections);
	suite_add_tcase(suite, all);
	int status = run_suite(suite);
	upstream_library_end();
	return status;
}
