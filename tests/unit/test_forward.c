#include "proxy/upstream/forward.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

/* The lines, each with a newline. */
static char *lines_with(const struct forward_options *options, const char *fields, bool compat)
{
	struct buf lines = buf_make(1 << 16);
	struct fields f = fields_of(fields);
	static const struct config_list none;
	struct header_marks marks;
	struct header_table *table = header_table_create(&(struct header_table_options){
	    .ignore = &none, .forwarded = options->forwarded, .compat = compat});
	header_table_mark(table, &f, &marks);
	ck_assert(forward_lines(options, &f, &marks, &lines));
	header_table_destroy(&table);
	ck_assert(lines.len > 0 && lines.at[lines.len - 1] == 0);
	for (size_t i = 0; i < lines.len; i++)
		if (!lines.at[i])
			lines.at[i] = '\n';
	ck_assert(buf_append_byte(&lines, 0));
	return buf_take(&lines);
}

static char *lines_of(const struct forward_options *options, const char *fields)
{
	return lines_with(options, fields, true);
}

#define TAIL "Accept:\nContent-Type:\nUser-Agent:\nExpect:\n"
#define FORWARDED "Via: 1.1 reprise\nX-Forwarded-For: 10.0.0.1\nX-Forwarded-Proto: http\n"

START_TEST(writes_the_lines_of_a_request)
{
	static const struct {
		struct forward_options options;
		const char *fields;
		const char *lines;
	} cases[] = {
	    {{.forwarded = true, .peer = "10.0.0.1"}, "", FORWARDED TAIL},
	    /* The client's fields are forwarded unchanged and in order, even empty ones. */
	    {{.forwarded = true, .peer = "10.0.0.1"},
	     "X-B: 2\nAccept: */*\nX-A:\nx-b: 3\nUser-Agent: u\nContent-Type: t\n",
	     "X-B: 2\nAccept: */*\nX-A;\nx-b: 3\nUser-Agent: u\nContent-Type: t\n" FORWARDED
	     "Expect:\n"},
	    /* Hop-by-hop and framing fields, and those named by Connection, are removed. */
	    {{.forwarded = true, .peer = "10.0.0.1"},
	     "Connection: close, X-Hop\nX-Hop: 1\nTE: trailers\nTransfer-Encoding: chunked\n"
	     "Upgrade: h2c\nExpect: 100-continue\nContent-Length: 5\nKeep-Alive: 1\n"
	     "Proxy-Authorization: p\n",
	     FORWARDED TAIL},
	    {{.forwarded = true, .peer = "10.0.0.1"},
	     "Host: h:1\n",
	     FORWARDED "X-Forwarded-Host: h:1\n" TAIL},
	    /* Chains are appended to; fields of a proxy in front are kept. */
	    {{.forwarded = true, .peer = "10.0.0.1"},
	     "Host: h\nVia: 1.0 a\nX-Forwarded-For: 1.2.3.4\nVia: 1.1 b\n"
	     "X-Forwarded-Proto: https\nX-Forwarded-Host: front\n",
	     "Via: 1.0 a, 1.1 b, 1.1 reprise\nX-Forwarded-For: 1.2.3.4, 10.0.0.1\n"
	     "X-Forwarded-Proto: https\nX-Forwarded-Host: front\n" TAIL},
	    {{.forwarded = true, .peer = NULL},
	     "Via:\n",
	     "Via: 1.1 reprise\nX-Forwarded-For: unknown\nX-Forwarded-Proto: http\n" TAIL},
	    {{.forwarded = true, .peer = "10.0.0.1", .version = SLICE("HTTP/1.0")},
	     "",
	     "Via: 1.0 reprise\nX-Forwarded-For: 10.0.0.1\nX-Forwarded-Proto: http\n" TAIL},
	    /* Codings: the client's own, unless Reprise must read the answer. */
	    {{.forwarded = true, .peer = "10.0.0.1"},
	     "Accept-Encoding: gzip\n",
	     "Accept-Encoding: gzip\n" FORWARDED TAIL},
	    {{.forwarded = true, .peer = "10.0.0.1", .plain_coding = true},
	     "Accept-Encoding: gzip\n",
	     FORWARDED "Accept-Encoding: identity\n" TAIL},
	    /* Credentials: the client's, or else only the upstream's api_key. */
	    {{.forwarded = true, .peer = "10.0.0.1"},
	     "Authorization: c\nX-Api-Key: d\nApi-Key: e\n",
	     "Authorization: c\nX-Api-Key: d\nApi-Key: e\n" FORWARDED TAIL},
	    {{.forwarded = true, .peer = "10.0.0.1", .own_credential = true},
	     "Authorization: c\nx-api-key: d\nApi-Key: e\n",
	     FORWARDED TAIL},
	    {{.forwarded = true, .peer = "10.0.0.1", .own_credential = true, .api_key = "ours"},
	     "Authorization: c\n",
	     FORWARDED "Authorization: Bearer ours\n" TAIL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *got = lines_of(&cases[i].options, cases[i].fields);
		ck_assert_msg(strcmp(got, cases[i].lines) == 0, "%zu:\n%s", i, got);
		free(got);
	}
}
END_TEST

START_TEST(digests_and_coding_are_of_the_clients_own_body_only)
{
	static const char digests[] = "content-digest: a\nRepr-Digest: b\nDigest: c\nContent-MD5: "
				      "d\nContent-Encoding: zstd\n";
	struct forward_options options = {.forwarded = true, .peer = "10.0.0.1"};
	char *got = lines_of(&options, digests);
	ck_assert(strstr(got, digests) == got);
	free(got);
	options.edited = true;
	got = lines_of(&options, digests);
	ck_assert_str_eq(got, FORWARDED TAIL);
	free(got);
}
END_TEST

/* No forwarding field is sent, neither ours nor those of other proxies; all others are. */
START_TEST(forwarded_off_says_nothing_of_the_way)
{
	static const struct forward_options options = {.peer = "10.0.0.1"};
	char *got = lines_of(
	    &options,
	    "Host: h\nVia: 1.1 front\nX-Forwarded-For: 1.2.3.4\nX-Forwarded-Proto: https\n"
	    "X-Forwarded-Host: a\nX-Forwarded-Anything: a\nForwarded: for=1.2.3.4\n"
	    "X-Real-IP: 1.2.3.4\nCF-Connecting-IP: 1.2.3.4\nCF-Ray: a\nCF-Other: a\n"
	    "cf-aig-metadata: {}\nCDN-Loop: a\nTrue-Client-IP: 1.2.3.4\nFastly-Other: a\n"
	    "CloudFront-Viewer-City: a\nX-Amz-Cf-Id: a\nX-Akamai-Other: a\nX-Azure-Ref: a\n"
	    "X-Envoy-Peer-Metadata: a\nX-Auth-Request-Email: a@b\nX-Forwarded-Email: a@b\n"
	    "Cf-Access-Jwt-Assertion: a\nX-Amzn-Oidc-Data: a\nX-Amzn-Bedrock-Trace: a\n"
	    "x-original-url: /a\nAuthorization: k\nUser-Agent: u\nTraceparent: t\n");
	ck_assert_str_eq(got, "cf-aig-metadata: {}\nX-Amzn-Bedrock-Trace: a\nAuthorization: k\n"
			      "User-Agent: u\nTraceparent: t\nAccept:\nContent-Type:\nExpect:\n");
	free(got);
}
END_TEST

/* And nothing that libcurl would add instead. */
START_TEST(what_connection_names_is_not_told_of_the_way_either)
{
	static const struct forward_options options = {.forwarded = true, .peer = "10.0.0.1"};
	char *got = lines_of(&options, "Connection: via, X-Forwarded-For, x-forwarded-host, "
				       "X-FORWARDED-PROTO, Content-Type\nVia: 1.1 a\n"
				       "X-Forwarded-For: 1.2.3.4\nX-Forwarded-Host: a\nHost: b\n"
				       "X-Forwarded-Proto: https\nContent-Type: c\n");
	ck_assert_str_eq(got, FORWARDED "X-Forwarded-Host: b\n" TAIL);
	free(got);
}
END_TEST

/* Removes all fields that may carry our key; fields that contain it by chance are forwarded. */
START_TEST(a_key_of_ours_goes_nowhere)
{
	static const struct forward_options options = {
	    .forwarded = true, .peer = "10.0.0.1", .key = SLICE("sk")};
	char *got = lines_of(&options, "X-Goog-Api-Key: sk\nX-Any-Token: Bearer sk\n"
				       "Cookie: a=1; k=sk\nX-Team: sk\nX-Other-Token: xsk\n"
				       "X-More-Token: skx\nX-Last-Token: s\n");
	ck_assert_str_eq(got, "X-Team: sk\nX-Other-Token: xsk\nX-More-Token: skx\n"
			      "X-Last-Token: s\n" FORWARDED TAIL);
	free(got);
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
	static const struct forward_options options = {.forwarded = true,
						       .peer = "10.0.0.1",
						       .api_key = "k",
						       .own_credential = true,
						       .plain_coding = true};
	struct fields f = fields_of("Host: h\nA: b\nC:\n");
	struct header_marks marks = {0};
	struct buf whole = buf_make(1 << 16);
	ck_assert(forward_lines(&options, &f, &marks, &whole));
	for (size_t limit = 0; limit < whole.len; limit++) {
		struct buf out = buf_make(limit);
		ck_assert_msg(!forward_lines(&options, &f, &marks, &out), "%zu", limit);
		buf_finish(&out);
	}
	buf_finish(&whole);
}
END_TEST

/* And the fields for other caches, if compat.headers is on. */
START_TEST(what_is_said_to_us_stays_here)
{
	static const char fields[] = "X-Cache-TTL: 1\ncf-aig-skip-cache: true\nX-B: 1\n"
				     "x-cache-namespace: a\nHelicone-Cache-Enabled: x\n";
	struct forward_options options = {.forwarded = true, .peer = "10.0.0.1"};
	char *lines = lines_with(&options, fields, false);
	ck_assert_str_eq(
	    lines, "cf-aig-skip-cache: true\nX-B: 1\nHelicone-Cache-Enabled: x\n" FORWARDED TAIL);
	free(lines);
	lines = lines_of(&options, fields);
	ck_assert_str_eq(lines, "X-B: 1\n" FORWARDED TAIL);
	free(lines);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forward");
	TCase *all = tcase_create("forward");
	tcase_add_test(all, writes_the_lines_of_a_request);
	tcase_add_test(all, digests_and_coding_are_of_the_clients_own_body_only);
	tcase_add_test(all, forwarded_off_says_nothing_of_the_way);
	tcase_add_test(all, what_connection_names_is_not_told_of_the_way_either);
	tcase_add_test(all, a_key_of_ours_goes_nowhere);
	tcase_add_test(all, a_full_buffer_is_told);
	tcase_add_test(all, what_is_said_to_us_stays_here);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
