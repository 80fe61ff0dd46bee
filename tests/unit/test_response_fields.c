#include "proxy/request/response_fields.h"

#include "tests/unit/entries.h"
#include "tests/unit/fields.h"
#include "tests/unit/main.h"

/* Replaces the functions of response.c: a response is the text of its fields. */
static struct buf got;

void response_field(struct response *response, struct slice name, struct slice value)
{
	ck_assert(buf_printf(&got, "%.*s: %.*s\n", SLICE_FMT(name), SLICE_FMT(value)));
}

static struct context worker;

static void set_up(void)
{
	worker = (struct context){.draining = false};
	got = buf_make(1 << 16);
}

static void tear_down(void)
{
	buf_finish(&got);
}

/* Besides X-Cache, on responses from the cache. */
#define PRIVATE "Cache-Control: private, no-store\n"

static void check(const char *want)
{
	ck_assert_msg(slice_is(buf_slice(&got), want), "%.*s", SLICE_FMT(buf_slice(&got)));
	buf_clear(&got);
}

START_TEST(says_what_part_the_cache_took)
{
	static const struct {
		struct request request;
		enum verdict fate;
		const char *fields;
	} cases[] = {
	    {{.cache_status = CACHE_STATUS_MISS},
	     FATE_UNKNOWN,
	     "Cache-Status: reprise; fwd=miss\nX-Cache: MISS\n"},
	    {{.cache_status = CACHE_STATUS_MISS},
	     VERDICT_TOO_LARGE,
	     "Cache-Status: reprise; fwd=miss; detail=too_large\nX-Cache: MISS\n"},
	    {{.cache_status = CACHE_STATUS_MISS},
	     FATE_STORED,
	     "Cache-Status: reprise; fwd=miss; stored\nX-Cache: MISS\n"},
	    {{.cache_status = CACHE_STATUS_MISS, .partial = true},
	     FATE_STORED,
	     "Cache-Status: reprise; fwd=partial; stored\nX-Cache: MISS\n"},
	    {{.cache_status = CACHE_STATUS_JOIN},
	     FATE_STORED,
	     "Cache-Status: reprise; fwd=miss; collapsed\nX-Cache: JOIN\n" PRIVATE},
	    {{.cache_status = CACHE_STATUS_JOIN, .failure = FAILURE_TORN},
	     FATE_UNKNOWN,
	     "Cache-Status: reprise; fwd=miss; collapsed; detail=upstream_torn\n"
	     "X-Cache: JOIN\n" PRIVATE},
	    {{.cache_status = CACHE_STATUS_BYPASS, .verdict = VERDICT_INVALID_JSON},
	     FATE_UNKNOWN,
	     "Cache-Status: reprise; fwd=bypass; detail=invalid_json\nX-Cache: BYPASS\n"},
	    {{.cache_status = CACHE_STATUS_BYPASS,
	      .verdict = VERDICT_REQUEST_NO_CACHE,
	      .cache_control.no_cache = true},
	     FATE_UNKNOWN,
	     "Cache-Status: reprise; fwd=request; detail=request_no_cache\nX-Cache: BYPASS\n"},
	    {{.cache_status = CACHE_STATUS_REFUSED, .failure = FAILURE_BODY_TOO_LARGE},
	     FATE_UNKNOWN,
	     "Cache-Status: reprise; detail=body_too_large\nX-Cache: REFUSED\n"},
	    {{.cache_status = CACHE_STATUS_MISS, .failure = FAILURE_NOT_CACHED},
	     FATE_UNKNOWN,
	     "Cache-Status: reprise; detail=only_if_cached\nX-Cache: MISS\n"},
	    {{.cache_status = CACHE_STATUS_MISS, .close = true},
	     FATE_UNKNOWN,
	     "Cache-Status: reprise; fwd=miss\nX-Cache: MISS\nConnection: close\n"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct request r = cases[i].request;
		r.worker = &worker;
		response_fields_add_own(NULL, &r, cases[i].fate, 0);
		check(cases[i].fields);
	}
}
END_TEST

START_TEST(a_worker_that_ends_closes)
{
	struct request r = {.worker = &worker, .cache_status = CACHE_STATUS_JOIN};
	worker.draining = true;
	response_fields_add_own(NULL, &r, FATE_UNKNOWN, 0);
	check("Cache-Status: reprise; fwd=miss; collapsed\nX-Cache: JOIN\n" PRIVATE
	      "Connection: close\n");
}
END_TEST

START_TEST(a_hit_says_how_old_it_is)
{
	scoped(entry_unref) struct entry *e = entry_numbered(1, 10, 60000);
	struct request r = {.worker = &worker, .cache_status = CACHE_STATUS_HIT, .entry = e};
	e->token_usage = (struct token_usage){-1, -1};
	static const struct {
		int64_t now_ms;
		const char *fields;
	} cases[] = {
	    {0, "Cache-Status: reprise; hit; ttl=60\nAge: 0\nX-Cache: HIT\n" PRIVATE},
	    {1999, "Cache-Status: reprise; hit; ttl=58\nAge: 1\nX-Cache: HIT\n" PRIVATE},
	    {61000, "Cache-Status: reprise; hit; ttl=0\nAge: 61\nX-Cache: HIT\n" PRIVATE},
	    {-5, "Cache-Status: reprise; hit; ttl=60\nAge: 0\nX-Cache: HIT\n" PRIVATE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		response_fields_add_own(NULL, &r, FATE_UNKNOWN, cases[i].now_ms);
		check(cases[i].fields);
	}
}
END_TEST

/* It has no entry of its own. */
START_TEST(a_batch_that_hit_is_as_old_as_its_oldest_part)
{
	struct request r = {.worker = &worker,
			    .cache_status = CACHE_STATUS_HIT,
			    .oldest_ms = 1000,
			    .first_expiry_ms = 9000,
			    .saved = {7, -1}};
	response_fields_add_own(NULL, &r, false, 4000);
	check("Cache-Status: reprise; hit; ttl=5\nAge: 3\nX-Cache: HIT\n" PRIVATE
	      "X-Cache-Tokens-Saved: prompt=7\n");
}
END_TEST

START_TEST(a_hit_says_what_it_saved)
{
	static const struct {
		struct token_usage token_usage;
		const char *fields;
	} cases[] = {
	    {{3, 4}, "X-Cache-Tokens-Saved: prompt=3, completion=4\n"},
	    {{0, 0}, "X-Cache-Tokens-Saved: prompt=0, completion=0\n"},
	    {{3, -1}, "X-Cache-Tokens-Saved: prompt=3\n"},
	    {{-1, 4}, "X-Cache-Tokens-Saved: completion=4\n"},
	    {{-1, -1}, ""},
	};
	scoped(entry_unref) struct entry *e = entry_numbered(1, 10, 60000);
	struct request r = {.worker = &worker, .cache_status = CACHE_STATUS_HIT, .entry = e};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char want[256];
		snprintf(want, sizeof want,
			 "Cache-Status: reprise; hit; ttl=60\nAge: 0\nX-Cache: HIT\n" PRIVATE "%s",
			 cases[i].fields);
		e->token_usage = cases[i].token_usage;
		response_fields_add_own(NULL, &r, FATE_UNKNOWN, 0);
		check(want);
	}
}
END_TEST

static struct head head_of(const char *text)
{
	return (struct head){.status = 200, .fields = fields_of(text)};
}

START_TEST(who_led_gets_the_whole_head)
{
	struct head head = head_of("Set-Cookie: a\nX-Cache: theirs\nX-Request-Id: 7\nEmpty:\n");
	struct request r = {.worker = &worker, .cache_status = CACHE_STATUS_MISS};
	response_fields_add_head(NULL, &r, &head);
	check("Set-Cookie: a\nX-Request-Id: 7\nEmpty: \n");
	r.cache_status = CACHE_STATUS_BYPASS;
	response_fields_add_head(NULL, &r, &head);
	check("Set-Cookie: a\nX-Request-Id: 7\nEmpty: \n");
}
END_TEST

START_TEST(a_body_of_ours_has_no_digest_of_theirs)
{
	struct head head = head_of("Content-Type: t\nETag: a\nDigest: b\nRepr-Digest: c\n"
				   "content-md5: d\nLast-Modified: e\nX-Request-Id: 7\n");
	struct request r = {.worker = &worker, .cache_status = CACHE_STATUS_MISS};
	response_fields_add_composed(NULL, &r, &head);
	check("Content-Type: t\nX-Request-Id: 7\n");
}
END_TEST

/* Content-Encoding describes the bytes that the joiner gets. */
START_TEST(who_joined_gets_what_may_be_shared)
{
	struct head head =
	    head_of("Set-Cookie: a\nContent-Type: t\nX-Request-Id: 7\nretry-after: 3\n"
		    "x-ratelimit-remaining: 1\nRetry-After-Ms: 5\nX-Should-Retry: true\n"
		    "Access-Control-Allow-Origin: *\nContent-Encoding: gzip\n");
	struct request r = {.worker = &worker,
			    .cache_status = CACHE_STATUS_JOIN,
			    .cors.origin = slice_of("https://b")};
	response_fields_add_head(NULL, &r, &head);
	check("Content-Type: t\nretry-after: 3\nRetry-After-Ms: 5\nX-Should-Retry: true\n"
	      "Content-Encoding: gzip\n");
	ck_assert(!r.cors_passed);
}
END_TEST

#define EXPOSED "X-Cache, Cache-Status, Age, X-Cache-Tokens-Saved, Retry-After, X-Request-Id\n"

START_TEST(the_page_that_an_answer_was_made_for_reads_what_is_ours)
{
	struct head head = head_of("Access-Control-Allow-Origin: https://b\nContent-Type: t\n"
				   "Access-Control-Expose-Headers: age, X-Theirs\n"
				   "Vary: Accept\nAccess-Control-Expose-Headers: X-More\n");
	struct request r = {.worker = &worker,
			    .cache_status = CACHE_STATUS_JOIN,
			    .cors.origin = slice_of("https://b")};
	char origin[] = "https://b";
	head.origin = origin;
	response_fields_add_head(NULL, &r, &head);
	check("Content-Type: t\nAccess-Control-Allow-Origin: https://b\n"
	      "Access-Control-Expose-Headers: age, X-Theirs, X-More, X-Cache, Cache-Status, "
	      "X-Cache-Tokens-Saved, Retry-After, X-Request-Id\nVary: Origin\n");
	ck_assert(r.cors_passed);
	head = head_of("Access-Control-Allow-Origin: *\nVary: Accept\n");
	r = (struct request){.worker = &worker, .cache_status = CACHE_STATUS_MISS};
	response_fields_add_head(NULL, &r, &head);
	check("Vary: Accept\nAccess-Control-Allow-Origin: *\n"
	      "Access-Control-Expose-Headers: " EXPOSED);
	head = head_of("Access-Control-Allow-Origin:\n");
	response_fields_add_head(NULL, &r, &head);
	check("Access-Control-Allow-Origin: \n");
}
END_TEST

START_TEST(a_page_can_read_an_error)
{
	struct request r = {.worker = &worker,
			    .failure = FAILURE_UNREACHABLE,
			    .cors.origin = slice_of("https://b"),
			    .http.fields.count = 1};
	response_fields_add_own(NULL, &r, FATE_UNKNOWN, 0);
	check("Cache-Status: reprise; detail=upstream_unreachable\nX-Cache: REFUSED\n"
	      "Access-Control-Allow-Origin: https://b\n"
	      "Access-Control-Expose-Headers: " EXPOSED "Vary: Origin\n");
	r.cors.origin = slice_of("");
	response_fields_add_own(NULL, &r, FATE_UNKNOWN, 0);
	check("Cache-Status: reprise; detail=upstream_unreachable\nX-Cache: REFUSED\n");
	r.http.fields.count = 0;
	r.close = true;
	response_fields_add_own(NULL, &r, FATE_UNKNOWN, 0);
	check("Cache-Status: reprise; detail=upstream_unreachable\nX-Cache: REFUSED\n"
	      "Access-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: " EXPOSED
	      "Connection: close\n");
}
END_TEST

START_TEST(no_proxy_in_front_buffers_a_stream)
{
	struct head head = head_of("X-Accel-Buffering: yes\nContent-Type: t\n");
	struct request r = {.worker = &worker, .cache_status = CACHE_STATUS_MISS};
	response_fields_add_head(NULL, &r, &head);
	check("X-Accel-Buffering: yes\nContent-Type: t\n");
	r.unbuffered = true;
	response_fields_add_head(NULL, &r, &head);
	response_fields_add_own(NULL, &r, FATE_UNKNOWN, 0);
	check("Content-Type: t\nCache-Status: reprise; fwd=miss\nX-Cache: MISS\n"
	      "X-Accel-Buffering: no\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("response_fields");
	TCase *all = tcase_create("response_fields");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, says_what_part_the_cache_took);
	tcase_add_test(all, a_worker_that_ends_closes);
	tcase_add_test(all, a_hit_says_how_old_it_is);
	tcase_add_test(all, a_batch_that_hit_is_as_old_as_its_oldest_part);
	tcase_add_test(all, a_hit_says_what_it_saved);
	tcase_add_test(all, who_led_gets_the_whole_head);
	tcase_add_test(all, a_body_of_ours_has_no_digest_of_theirs);
	tcase_add_test(all, who_joined_gets_what_may_be_shared);
	tcase_add_test(all, the_page_that_an_answer_was_made_for_reads_what_is_ours);
	tcase_add_test(all, a_page_can_read_an_error);
	tcase_add_test(all, no_proxy_in_front_buffers_a_stream);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
