#include "proxy/header/header_table.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

#include <ctype.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct config_list none;

static struct header_table *make(const struct config_list *ignore, bool forwarded)
{
	return header_table_create(&(struct header_table_options){
	    .ignore = ignore, .forwarded = forwarded, .compat = true});
}

/* ## The rows */

static const char *const rows[] = {
#define PARTLY(name, kind, filter) name,
#define COUNTS(name) name,
#define IGNORED(name) name,
#define FRONT(name) name,
#define WHERE(name) name,
#define WHO(name) name,
#define WHO_FRONT(name) name,
#define API_KEY(name) name,
#define DIGEST(name) name,
#define WRITTEN(name) name,
#define HOST(name) name,
#include "proxy/header/header_table.def"
};

START_TEST(rows_are_spelled_as_they_are_looked_up)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		for (const char *c = rows[i]; *c; c++)
			ck_assert_msg(islower((unsigned char)*c) || isdigit((unsigned char)*c) ||
					  *c == '-',
				      "%s", rows[i]);
}
END_TEST

START_TEST(no_row_is_there_twice)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t j = i + 1; j < COUNT(rows); j++)
			ck_assert_str_ne(rows[i], rows[j]);
}
END_TEST

/* Fails if any way of building the table loses a row or finds the wrong one. */
START_TEST(each_row_is_found)
{
	scoped(header_table_destroy) struct header_table *t = make(&none, true);
#define FOUND(row, all, some)                                                                      \
	do {                                                                                       \
		char name[128];                                                                    \
		struct slice own = SLICE(row);                                                     \
		snprintf(name, sizeof name, "%s%s", row,                                           \
			 own.at[own.len - 1] == '-' ? "other" : "");                               \
		struct header_mark m = header_table_find(t, slice_of(name));                       \
		ck_assert_msg((m.bits & (all)) == (some), "%s: %x", name, m.bits);                 \
		for (char *c = name; *c; c++)                                                      \
			*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);                   \
		struct header_mark same = header_table_find(t, slice_of(name));                    \
		ck_assert(same.bits == m.bits && same.filter == m.filter);                         \
	} while (0);
#undef PARTLY
#undef COUNTS
#undef IGNORED
#undef FRONT
#undef WHERE
#undef WHO
#undef WHO_FRONT
#undef API_KEY
#undef DIGEST
#undef WRITTEN
#undef HOST
	enum { ALL = 0xff, C = HEADER_COUNTS, W = HEADER_WHO, S = HEADER_STAYS };
#define PARTLY(name, kind, filter) FOUND(name, C, C)
#define COUNTS(name) FOUND(name, ALL, C)
#define IGNORED(name) FOUND(name, ALL, 0)
#define FRONT(name) FOUND(name, ALL, 0)
#define WHERE(name) FOUND(name, ALL, C)
#define WHO(name) FOUND(name, ALL, C | W)
#define WHO_FRONT(name) FOUND(name, ALL, C | W)
#define API_KEY(name) FOUND(name, ALL, C | W | HEADER_API_KEY)
#define DIGEST(name) FOUND(name, ALL, HEADER_DIGEST)
#define WRITTEN(name) FOUND(name, ALL, S | HEADER_WRITTEN)
#define HOST(name) FOUND(name, ALL, C | S | HEADER_WRITTEN)
#include "proxy/header/header_table.def"
}
END_TEST

/* ## Fields that clients send */

/* Names of a family that are not credentials, those of real clients, and things that look like
 * rows.
 */
static const struct {
	const char *name;
	uint8_t bits;
} known[] = {
    {"X-Stainless-Package-Version", 0},
    {"x-stainless-retry-count", 0},
    {"Sec-CH-UA-Platform", 0},
    {"Sec-Fetch-Mode", 0},
    {"uberctx-anything", 0},
    {"X-Datadog-Tags", 0},
    {"X-Request-ID", 0},
    {"x_request_id", 0},
    {"CF-RAY", 0},
    {"CloudFront-Viewer-Country", 0},
    {"X-Vercel-IP-City", 0},
    {"User-Agent", 0},
    {"Idempotency-Key", 0},
    {"HTTP-Referer", 0},
    /* Not known to be irrelevant. */
    {"X-Amzn-Bedrock-GuardrailIdentifier", HEADER_COUNTS},
    {"Groq-Model-Version", HEADER_COUNTS},
    {"OpenAI-Beta", HEADER_COUNTS},
    {"Anthropic-Version", HEADER_COUNTS},
    {"Anthropic-Beta", HEADER_COUNTS},
    {"Prefer", HEADER_COUNTS},
    {"session_id", HEADER_COUNTS},
    {"X-Session-Id", HEADER_COUNTS},
    {"X-Stainless", HEADER_COUNTS},
    {"X-StainlessX", HEADER_COUNTS},
    {"XX-Stainless-A", HEADER_COUNTS},
    {"X-Request-Ids", HEADER_COUNTS},
    {"X-Request", HEADER_COUNTS},
    {"Sec-C", HEADER_COUNTS},
    {"cf-aig-metadata", HEADER_COUNTS},
    {"CF-Whatever", HEADER_COUNTS},
    {"X-Forwarded-Prefix", HEADER_COUNTS},
    {"X-Original-URL", HEADER_COUNTS},
    {"X-Envoy-Upstream-Rq-Timeout-Alt-Response", HEADER_COUNTS},
    {"l5d-dst-override", HEADER_COUNTS},
    {"X-Routing-Key", HEADER_COUNTS},
    {"X-Author", HEADER_COUNTS},
    {"X-Max-Tokens", HEADER_COUNTS},
    {"a-b-c-d-e-f-g-h-i-j-k", HEADER_COUNTS},
    {"", HEADER_COUNTS},
    /* They identify the user. */
    {"Authorization", HEADER_COUNTS | HEADER_WHO | HEADER_API_KEY},
    {"X-Goog-Api-Key", HEADER_COUNTS | HEADER_WHO},
    {"Cf-Aig-Authorization", HEADER_COUNTS | HEADER_WHO},
    {"X_Auth_Token", HEADER_COUNTS | HEADER_WHO},
    {"Cf-Access-Jwt-Assertion", HEADER_COUNTS | HEADER_WHO},
    {"X-Datadog-Api-Key", HEADER_COUNTS | HEADER_WHO},
    {"X-Forwarded-Access-Token", HEADER_COUNTS | HEADER_WHO},
    {"X-OpenWebUI-User-Role", HEADER_COUNTS | HEADER_WHO},
    {"X-Consumer-Groups", HEADER_COUNTS | HEADER_WHO},
    {"Cookie", HEADER_COUNTS | HEADER_WHO},
    {"Connection", HEADER_HOP},
    {"Transfer-Encoding", HEADER_HOP},
    {"proxy_authorization", HEADER_HOP},
};

START_TEST(knows_what_counts)
{
	scoped(header_table_destroy) struct header_table *t = make(&none, true);
	for (size_t i = 0; i < COUNT(known); i++) {
		struct header_mark m = header_table_find(t, slice_of(known[i].name));
		ck_assert_msg(m.bits == known[i].bits, "%s: %x", known[i].name, m.bits);
	}
}
END_TEST

START_TEST(what_is_in_front_stays_here_if_nothing_is_forwarded)
{
	scoped(header_table_destroy) struct header_table *t = make(&none, false);
	static const char *const gone[] = {"X-Real-IP",	      "CF-Ray",	       "cf-new",
					   "X-Forwarded-New", "Forwarded",     "X-Akamai-New",
					   "Fastly-A",	      "X-Original-URL"};
	for (size_t i = 0; i < COUNT(gone); i++) {
		struct header_mark m = header_table_find(t, slice_of(gone[i]));
		ck_assert_msg((m.bits & (HEADER_STAYS | HEADER_COUNTS)) == HEADER_STAYS, "%s",
			      gone[i]);
		ck_assert(!header_mark_counts(m));
	}
	/* Logins count nevertheless. */
	struct header_mark m = header_table_find(t, slice_of("X-Forwarded-Email"));
	ck_assert(m.bits & HEADER_STAYS && header_mark_counts(m));
	m = header_table_find(t, slice_of("cf-aig-metadata"));
	ck_assert(!(m.bits & HEADER_STAYS));
	m = header_table_find(t, slice_of("Traceparent"));
	ck_assert(!(m.bits & HEADER_STAYS));
}
END_TEST

/* ## cache.ignore_headers */

static bool counts(const struct header_table *t, const char *name)
{
	return header_mark_counts(header_table_find(t, slice_of(name)));
}

START_TEST(configured_names_do_not_count)
{
	char *items[] = {"X-Nonce", "x-acme-*", "Anthropic-Beta", "x-?-y", "X-My-Token", "X-Tail-"};
	struct config_list list = {COUNT(items), items};
	scoped(header_table_destroy) struct header_table *t = make(&list, true);
	static const char *const out[] = {"x-nonce", "X_NONCE",	   "X-Acme-Team", "anthropic-beta",
					  "X-A-Y",   "X-MY-TOKEN", "x-tail-"};
	static const char *const in[] = {"x-nonces",	 "X-Acme",	  "Anthropic-Betas",
					 "X-AB-Y",	 "X-Your-Token",  "x-tail-a",
					 "X-Acme-Token", "x-acme-api-key"};
	for (size_t i = 0; i < COUNT(out); i++)
		ck_assert_msg(!counts(t, out[i]), "%s", out[i]);
	for (size_t i = 0; i < COUNT(in); i++)
		ck_assert_msg(counts(t, in[i]), "%s", in[i]);
	/* It is still a client's, and must not be sent with our key. */
	ck_assert(header_table_find(t, slice_of("X-My-Token")).bits & HEADER_WHO);
}
END_TEST

/* Whatever an operator's globs match, no client gets another's response. */
START_TEST(no_glob_takes_out_who_asks)
{
	char *items[] = {"*"};
	struct config_list list = {1, items};
	scoped(header_table_destroy) struct header_table *t = make(&list, true);
	for (size_t i = 0; i < COUNT(known); i++)
		ck_assert_msg(counts(t, known[i].name) == !!(known[i].bits & HEADER_WHO), "%s",
			      known[i].name);
	ck_assert(!counts(t, "Content-Type"));
}
END_TEST

/* ## Requests and Vary */

START_TEST(marks_a_request)
{
	scoped(header_table_destroy) struct header_table *t = make(&none, true);
	struct fields f = fields_of("Host: h\nConnection: X-A, Authorization\nX-A: 1\nX-B: 2\n"
				    "Authorization: k\nX-Cache-TTL: 5\ncf-aig-cache-ttl: 5\n");
	static const bool wanted[] = {false, false, false, true, false, false, false};
	struct header_marks marks;
	header_table_mark(t, &f, &marks);
	for (size_t i = 0; i < f.count; i++)
		ck_assert_msg(header_mark_counts(marks.at[i]) == wanted[i], "%zu", i);
	ck_assert(marks.at[2].bits & HEADER_HOP);
	ck_assert(marks.at[5].bits == HEADER_STAYS && marks.at[6].bits == HEADER_STAYS);
}
END_TEST

START_TEST(tells_apart_what_counts_whole)
{
	scoped(header_table_destroy) struct header_table *on = make(&none, true);
	scoped(header_table_destroy) struct header_table *off = make(&none, false);
	static const struct {
		const char *name;
		bool on, off;
	} cases[] = {
	    {"X-Any", true, true},
	    {"Content-Type", true, true},
	    {"Cookie", true, true},
	    {"Authorization", true, true},
	    {"Host", true, true},
	    {"Connection", true, true},
	    {"Accept", false, false},
	    {"User-Agent", false, false},
	    {"Traceparent", false, false},
	    {"Via", false, false},
	    {"X-Real-IP", false, true},
	    {"Forwarded", false, true},
	    {"X-Forwarded-Host", true, true},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice name = slice_of(cases[i].name);
		ck_assert_msg(header_table_tells_apart(on, name) == cases[i].on, "%s", name.at);
		ck_assert_msg(header_table_tells_apart(off, name) == cases[i].off, "%s", name.at);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header_table");
	TCase *all = tcase_create("header_table");
	tcase_add_test(all, rows_are_spelled_as_they_are_looked_up);
	tcase_add_test(all, no_row_is_there_twice);
	tcase_add_test(all, each_row_is_found);
	tcase_add_test(all, knows_what_counts);
	tcase_add_test(all, what_is_in_front_stays_here_if_nothing_is_forwarded);
	tcase_add_test(all, configured_names_do_not_count);
	tcase_add_test(all, no_glob_takes_out_who_asks);
	tcase_add_test(all, marks_a_request);
	tcase_add_test(all, tells_apart_what_counts_whole);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
