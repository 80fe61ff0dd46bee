#include "proxy/header/cors.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

#include <stdio.h>

#define PATH SLICE("/v1/chat/completions")
#define JSON "Content-Type: application/json\n"

static struct cors *cors;
/* The storage of requests and heads. */
static struct fields fields;

static void set_up(void)
{
	cors = cors_create();
}

static void tear_down(void)
{
	cors_destroy(&cors);
}

static struct cors_request request_of(const char *text)
{
	static const struct slice path = PATH;
	fields = fields_of(text);
	return cors_request(path, &fields);
}

static void learn(const char *asked, unsigned status, const char *said)
{
	struct cors_request r = request_of(asked);
	struct head head = {.status = status, .fields = fields_of(said)};
	cors_learn(cors, &r, &head);
}

static void learn_preflight(const char *asked, unsigned status, const char *said)
{
	struct cors_request r = request_of(asked);
	struct head head = {.status = status, .fields = fields_of(said)};
	cors_learn_preflight(cors, &r, &head);
}

static struct cors_grant find(const char *asked)
{
	struct cors_request r = request_of(asked);
	return cors_find(cors, &r);
}

/* allow NULL: unknown. */
static void expect(const char *asked, const char *allow)
{
	struct cors_grant g = find(asked);
	ck_assert_msg(g.known == (allow != NULL), "%s", asked);
	ck_assert_str_eq(g.allow, allow ? allow : "");
}

START_TEST(reads_one_origin)
{
	static const struct {
		const char *fields;
		const char *origin;
	} cases[] = {
	    {"Origin: https://a.example\n", "https://a.example"},
	    {"origin: null\n", "null"},
	    {"Origin:\n", ""},
	    {"Host: x\n", ""},
	    {"Origin: *\n", ""},
	    {"Origin: https://a https://b\n", ""},
	    {"Origin: https://a,https://b\n", ""},
	    {"Origin: https://a\nOrigin: https://a\n", ""},
	    {"Origin: https://\xc3\xa4\n", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cors_request r = request_of(cases[i].fields);
		ck_assert_msg(slice_is(r.origin, cases[i].origin), "%s", cases[i].fields);
	}
	char longest[CORS_ORIGIN + 32];
	snprintf(longest, sizeof longest, "Origin: %0*d\n", CORS_ORIGIN - 1, 1);
	ck_assert_uint_eq(request_of(longest).origin.len, CORS_ORIGIN - 1);
	snprintf(longest, sizeof longest, "Origin: %0*d\n", CORS_ORIGIN, 1);
	ck_assert_uint_eq(request_of(longest).origin.len, 0);
}
END_TEST

/* Fetch standard, "CORS-safelisted request-header". */
START_TEST(knows_what_only_comes_after_a_preflight)
{
	static const struct {
		const char *fields;
		bool preflighted;
	} cases[] = {
	    {"", false},
	    {"Content-Type: application/json\n", true},
	    {"Content-Type: application/json; charset=utf-8\n", true},
	    {"Content-Type: text/plain\n", false},
	    {"Content-Type: Text/Plain ; charset=utf-8\n", false},
	    {"Content-Type: multipart/form-data; boundary=x\n", false},
	    {"Content-Type: application/x-www-form-urlencoded\n", false},
	    {"Content-Type:\n", false},
	    {"Authorization: Bearer k\n", true},
	    {"Authorization: Basic k\n", false},
	    {"X-Api-Key: k\n", true},
	    {"api-key: k\n", true},
	    {"Accept: application/json\n", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[256];
		snprintf(text, sizeof text, "Origin: https://a\n%s", cases[i].fields);
		ck_assert_msg(request_of(text).preflighted == cases[i].preflighted, "%s", text);
	}
}
END_TEST

START_TEST(tells_preflights)
{
	struct fields f = fields_of("Origin: https://a\nAccess-Control-Request-Method: POST\n");
	ck_assert(cors_is_preflight(slice_of("OPTIONS"), &f));
	ck_assert(!cors_is_preflight(slice_of("POST"), &f));
	f = fields_of("Origin: https://a\n");
	ck_assert(!cors_is_preflight(slice_of("OPTIONS"), &f));
	f = fields_of("Access-Control-Request-Method: POST\n");
	ck_assert(!cors_is_preflight(slice_of("OPTIONS"), &f));
}
END_TEST

START_TEST(star_is_for_everybody)
{
	expect("Origin: https://a\n", NULL);
	expect("Host: x\n", "");
	learn("Origin: https://a\n", 200, "Access-Control-Allow-Origin: *\n");
	expect("Origin: https://a\n", "*");
	expect("Origin: https://b\n", "*");
	expect("Host: x\n", "*");
}
END_TEST

START_TEST(an_origin_is_said_again_to_itself)
{
	learn("Origin: https://a\n" JSON, 200,
	      "Access-Control-Allow-Origin: https://a\nAccess-Control-Allow-Credentials: true\n"
	      "Access-Control-Expose-Headers: X-Theirs\n");
	struct cors_grant g = find("Origin: https://a\n");
	ck_assert_str_eq(g.allow, "https://a");
	ck_assert_str_eq(g.expose, "X-Theirs");
	ck_assert(g.credentials);
	/* This browser has sent a preflight before, */
	g = find("Origin: https://b\n" JSON);
	ck_assert_str_eq(g.allow, "https://b");
	ck_assert_str_eq(g.expose, "X-Theirs");
	ck_assert(g.credentials);
	/* and that one has not. */
	expect("Origin: https://b\n", NULL);
	expect("Host: x\n", "");
}
END_TEST

START_TEST(a_server_that_returns_nothing_as_such_returns_everything)
{
	learn("Host: x\n", 200, "Access-Control-Allow-Origin:\n");
	expect("Origin: https://b\n", "https://b");
	learn("Origin: https://a\n", 200, "Access-Control-Allow-Origin: https://a\n");
	expect("Origin: https://b\n", "https://b");
}
END_TEST

START_TEST(a_preflight_tells_before_any_answer)
{
	learn_preflight("Origin: https://a\n", 204, "Access-Control-Allow-Origin: https://a\n");
	expect("Origin: https://a\n", "https://a");
	expect("Origin: https://a\nCookie: c\n", "https://a");
	expect("Origin: https://b\n", NULL);
	expect("Origin: https://b\n" JSON, "https://b");
	learn_preflight("Origin: https://b\n", 200, "Access-Control-Allow-Origin: *\n");
	expect("Origin: https://b\n", "*");
	learn_preflight("Origin: https://a\n", 400, "Access-Control-Allow-Origin: https://a\n");
	expect("Origin: https://a\n", NULL);
	learn_preflight("Origin: https://b\n", 200, "Access-Control-Allow-Origin: https://a\n");
	expect("Origin: https://b\n", NULL);
}
END_TEST

START_TEST(what_is_refused_stays_refused)
{
	learn("Origin: https://a\n" JSON, 200, "Access-Control-Allow-Origin: https://a\n");
	learn("Origin: https://evil\n" JSON, 200, "Vary: Origin\n");
	expect("Origin: https://evil\n" JSON, "");
	/* until the server answers otherwise. */
	learn_preflight("Origin: https://evil\n", 200, "Access-Control-Allow-Origin: *\n");
	expect("Origin: https://evil\n" JSON, "*");
	learn("Origin: https://evil\n" JSON, 200, "Vary: Origin\n");
	expect("Origin: https://evil\n" JSON, "");
	expect("Origin: https://a\n", "https://a");
	/* It permits some origins: others are unknown until their preflight. */
	expect("Origin: https://b\n", NULL);
	expect("Origin: https://b\n" JSON, "https://b");
	/* A constant origin does not permit another one. */
	learn("Origin: https://c\n", 200, "Access-Control-Allow-Origin: https://a\n");
	expect("Origin: https://c\n", "");
	learn("Origin: https://d\n", 200,
	      "Access-Control-Allow-Origin: https://d\nAccess-Control-Allow-Origin: https://d\n");
	expect("Origin: https://d\n", "");
}
END_TEST

START_TEST(errors_teach_nothing)
{
	learn("Origin: https://a\n", 200, "Access-Control-Allow-Origin: https://a\n");
	learn("Origin: https://a\n", 500, "Content-Type: t\n");
	learn("Origin: https://b\n", 401, "Access-Control-Allow-Origin: *\n");
	expect("Origin: https://a\n", "https://a");
	expect("Origin: https://b\n", NULL);
}
END_TEST

/* Starlette says "*" without cookies, and the origin with them. */
START_TEST(cookies_are_another_matter)
{
	learn("Origin: https://a\n", 200,
	      "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Credentials: true\n");
	expect("Origin: https://a\nCookie: c\n", NULL);
	learn("Origin: https://a\nCookie: c\n" JSON, 200,
	      "Access-Control-Allow-Origin: https://a\nAccess-Control-Allow-Credentials: true\n");
	expect("Origin: https://a\nCookie: d\n", "https://a");
	expect("Origin: https://b\nCookie: d\n" JSON, "https://b");
	expect("Origin: https://b\n", "*");
}
END_TEST

START_TEST(allowed_paths_are_apart)
{
	learn("Origin: https://a\n", 200, "Access-Control-Allow-Origin: *\n");
	fields = fields_of("Origin: https://a\n");
	struct cors_request other = cors_request(slice_of("/other"), &fields);
	ck_assert(!cors_find(cors, &other).known);
}
END_TEST

START_TEST(is_bounded)
{
	char text[64], said[64];
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof text, "Origin: https://%d\n", i);
		snprintf(said, sizeof said, "Access-Control-Allow-Origin: https://%d\n", i);
		learn(text, 200, said);
	}
	expect(text, "https://4999");
	size_t known = 0;
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof text, "Origin: https://%d\n", i);
		known += find(text).known;
	}
	ck_assert_uint_le(known, 1024);
	ck_assert_uint_ge(known, 512);
}
END_TEST

START_TEST(nothing_is_a_table_too)
{
	struct cors_request r = request_of("Origin: https://a\n");
	struct head head = {.status = 200, .fields = fields_of("Access-Control-Allow-Origin: *\n")};
	cors_learn(NULL, &r, &head);
	cors_learn_preflight(NULL, &r, &head);
	ck_assert(!cors_find(NULL, &r).known);
	r = request_of("Host: x\n");
	ck_assert(cors_find(NULL, &r).known);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cors");
	TCase *all = tcase_create("cors");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, reads_one_origin);
	tcase_add_test(all, knows_what_only_comes_after_a_preflight);
	tcase_add_test(all, tells_preflights);
	tcase_add_test(all, star_is_for_everybody);
	tcase_add_test(all, an_origin_is_said_again_to_itself);
	tcase_add_test(all, a_server_that_returns_nothing_as_such_returns_everything);
	tcase_add_test(all, a_preflight_tells_before_any_answer);
	tcase_add_test(all, what_is_refused_stays_refused);
	tcase_add_test(all, errors_teach_nothing);
	tcase_add_test(all, cookies_are_another_matter);
	tcase_add_test(all, allowed_paths_are_apart);
	tcase_add_test(all, is_bounded);
	tcase_add_test(all, nothing_is_a_table_too);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
