/* cache.rules. */
#include "config/describe.h"

#include "tests/unit/configs.h"

#include <stdio.h>

static const char one_of_all[] = "cache:\n"
				 "  rules:\n"
				 "  - match:\n"
				 "      endpoint: [chat, messages]\n"
				 "      model: \"gpt-*\"\n"
				 "      tenant: ${TENANT}\n"
				 "      namespace: \"\"\n"
				 "      header: {X-Team: \"q?\", \"X$$\": \"\\\"$$\"}\n"
				 "    ttl: 90s\n"
				 "    store: false\n"
				 "    share: everyone\n"
				 "    sampled: true\n"
				 "  - {match: {endpoint: models}, ttl: 0}\n"
				 "  - {}\n";

static void check_all(const struct config *c)
{
	ck_assert_uint_eq(c->cache.rules.count, 3);
	const struct config_rule *r = c->cache.rules.items;
	ck_assert_uint_eq(r->endpoints.count, 2);
	ck_assert_str_eq(r->endpoints.items[1], "messages");
	ck_assert_str_eq(r->model, "gpt-*");
	ck_assert_str_eq(r->tenant, "t");
	ck_assert_str_eq(r->namespace, "");
	ck_assert_uint_eq(r->header_count, 2);
	ck_assert_str_eq(r->headers[0].name, "X-Team");
	ck_assert_str_eq(r->headers[0].glob, "q?");
	ck_assert_str_eq(r->headers[1].name, "X$$");
	ck_assert_str_eq(r->headers[1].glob, "\"$");
	ck_assert_int_eq(r->ttl_ms, 90000);
	ck_assert_int_eq(r->store, false);
	ck_assert_int_eq(r->share, CONFIG_SHARE_EVERYONE);
	ck_assert_int_eq(r->sampled, true);
	ck_assert_str_eq(r[1].endpoints.items[0], "models");
	ck_assert_ptr_null(r[1].model);
	ck_assert_int_eq(r[1].ttl_ms, 0);
	ck_assert_int_eq(r[1].store, -1);
	ck_assert_uint_eq(r[2].endpoints.count, 0);
	ck_assert_int_eq(r[2].ttl_ms, -1);
	ck_assert_int_eq(r[2].share, -1);
	ck_assert_int_eq(r[2].sampled, -1);
}

START_TEST(takes_rules)
{
	struct config_sources s = file(one_of_all);
	s.environment = ENVIRONMENT("TENANT=t");
	scoped(config_unref) struct config *c = load(s);
	check_all(c);
}
END_TEST

START_TEST(shows_rules_to_be_read_again)
{
	struct config_sources s = file(one_of_all);
	s.environment = ENVIRONMENT("TENANT=t");
	scoped(config_unref) struct config *c = load(s);
	scoped(buf_finish) struct buf shown = buf_make(1 << 16);
	ck_assert(describe_config(c, &shown) && buf_append_byte(&shown, 0));
	ck_assert_msg(strstr(shown.at,
			     "\n  rules:  # f:2\n"
			     "    - match: {endpoint: [\"chat\", \"messages\"], model: \"gpt-*\", "
			     "tenant: \"t\", namespace: \"\", header: {\"X-Team\": \"q?\", "
			     "\"X$$\": \"\\\"$$\"}}\n"
			     "      ttl: 90s\n"
			     "      store: false\n"
			     "      share: everyone\n"
			     "      sampled: true\n"
			     "    - match: {endpoint: [\"models\"]}\n"
			     "      ttl: 0\n"
			     "    - match: {}\n"),
		      "%s", shown.at);
	scoped(config_unref) struct config *again = load(file(shown.at));
	check_all(again);
	for (size_t limit = 0; limit < shown.len - 1; limit += 13) {
		scoped(buf_finish) struct buf small = buf_make(limit);
		ck_assert(!describe_config(c, &small));
	}
}
END_TEST

/* Other sources use YAML, too; a later source replaces all rules. */
START_TEST(takes_rules_from_elsewhere)
{
	struct config_sources s =
	    file("cache: {rules: [{match: {tenant: a}, ttl: 1s}, {ttl: 2s}]}");
	s.environment = ENVIRONMENT("REPRISE_CACHE_RULES=[{match: {model: \"${x}\"}, ttl: 1h}]");
	scoped(config_unref) struct config *c = load(s);
	ck_assert_uint_eq(c->cache.rules.count, 1);
	ck_assert_str_eq(c->cache.rules.items[0].model, "${x}");
	s.settings = (struct config_texts)TEXTS(
	    "cache.rules=\n- {match: {model: a}, store: false}\n- ttl: 3s");
	scoped(config_unref) struct config *d = load(s);
	ck_assert_uint_eq(d->cache.rules.count, 2);
	ck_assert_int_eq(d->cache.rules.items[1].ttl_ms, 3000);
	s.settings = (struct config_texts)TEXTS("cache.rules= ");
	scoped(config_unref) struct config *e = load(s);
	ck_assert_uint_eq(e->cache.rules.count, 0);
}
END_TEST

#define RULE "f:1: cache.rules[0]"
#define MATCH RULE ".match"
#define MATCH_HAS MATCH ": has endpoint, model, tenant, namespace and header, and no "
#define RULE_HAS RULE ": has match, ttl, store, share and sampled, and no "
#define ENDPOINTS CONFIG_RULE_ENDPOINTS
#define A_TEXT "a text with * and ? for what may vary"

/* Invalid rules, and the line that reports the error. */
static const struct {
	const char *rules, *line;
} cases[] = {
    {"x", "f:1: cache.rules: should be a list: - {match: {model: …}, ttl: …}\n"},
    {"", "f:1: cache.rules: should be a list: - {match: {model: …}, ttl: …}\n"},
    {"{ttl: 1s}", "f:1: cache.rules: should be a list: - {match: {model: …}, ttl: …}\n"},
    {"[x]", RULE ": should be a mapping: match, ttl, store, share and sampled\n"},
    {"[[]]", RULE ": should be a mapping: match, ttl, store, share and sampled\n"},
    {"[{stroe: true}]", RULE_HAS "\"stroe\" (did you mean store?)\n"},
    {"[{model: x}]", RULE_HAS "\"model\", which is a part of match\n"},
    {"[{ttl: 1}]", RULE ".ttl: \"1\" has no unit: ms, s, m, h or d, like 1s: 0..3650d\n"},
    {"[{ttl: 3651d}]", RULE ".ttl: \"3651d\" is out of bounds: 0..3650d\n"},
    {"[{ttl: }]", RULE ".ttl: has no value: 0..3650d\n"},
    {"[{ttl: 1s, ttl: 2s}]", RULE ".ttl: is already set in line 1\n"},
    {"[{store: no}]", RULE ".store: \"no\" is neither true nor false (did you mean false?)\n"},
    {"[{sampled: 1}]", RULE ".sampled: \"1\" is neither true nor false (did you mean true?)\n"},
    {"[{share: all}]", RULE ".share: \"all\" is not one of credential|everyone\n"},
    {"[{match: x}]",
     MATCH ": should be a mapping: endpoint, model, tenant, namespace and header\n"},
    {"[{match: {modle: x}}]", MATCH_HAS "\"modle\" (did you mean model?)\n"},
    {"[{match: {model: [x]}}]", MATCH ".model: is a list and should be one value: " A_TEXT "\n"},
    {"[{match: {model: }}]", MATCH ".model: has no value: " A_TEXT "\n"},
    {"[{match: {model: x, model: y}}]", MATCH ".model: is already set in line 1\n"},
    {"[{match: {tenant: \"a\\tb\"}}]", MATCH ".tenant: has a control character in it\n"},
    {"[{match: {endpoint: caht}}]",
     MATCH ".endpoint: \"caht\" is not one of " ENDPOINTS " (did you mean chat?)\n"},
    {"[{match: {endpoint: /v1/chat/completions}}]",
     MATCH ".endpoint: \"/v1/chat/completions\" is a path, and endpoints have names: " ENDPOINTS
	   " (did you mean chat?)\n"},
    {"[{match: {endpoint: v1/embeddings}}]",
     MATCH ".endpoint: \"v1/embeddings\" is a path, and endpoints have names: " ENDPOINTS
	   " (did you mean embeddings?)\n"},
    {"[{match: {endpoint: [chat, chat]}}]", MATCH ".endpoint: names chat twice\n"},
    {"[{match: {endpoint: []}}]", MATCH ".endpoint: is empty, so no request could match\n"},
    {"[{match: {header: X-A}}]",
     MATCH ".header: should be a mapping: names of headers, each with " A_TEXT "\n"},
    {"[{match: {header: {\"X A\": b}}}]", MATCH ".header.X A: is not a header name\n"},
    {"[{match: {header: {\"\": b}}}]", MATCH ".header.: is not a header name\n"},
    {"[{match: {header: {X-A: b, x-a: c}}}]", MATCH ".header.x-a: is already set in line 1\n"},
    {"[{match: {header: {X-A: {b: c}}}}]",
     MATCH ".header.X-A: is a mapping and should be one value: " A_TEXT "\n"},
    {"[{match: {endpoint: 'chat,messages'}}]",
     MATCH ".endpoint: \"chat,messages\" has a comma in it: several are a list, [one, other]\n"},
    {"[{match: {model: a}}, {ttl: 1h}, {match: {model: b}, ttl: 0}]",
     "f:1: cache.rules: cache.rules[1] fits every request, so those behind it never apply\n"},
    {"[{match: {model: '*', tenant: '*'}, ttl: 1h}, {store: false}]",
     "f:1: cache.rules: cache.rules[0] fits every request, so those behind it never apply\n"},
    {"[{ttl: 1s},{store: x}]", "f:1: cache.rules[1].store: \"x\" is neither true nor false\n"},
};

START_TEST(says_what_is_wrong)
{
	scoped(buf_finish) struct buf text = buf_make(1 << 10);
	ck_assert(buf_printf(&text, "cache: {rules: %s}", cases[_i].rules));
	check_refused((struct config_sources){.file = "f", .text = buf_slice(&text)},
		      cases[_i].line);
}
END_TEST

START_TEST(says_where_it_is_outside_a_file)
{
	check_refused((struct config_sources){.settings = TEXTS("cache.rules=[{store: x}]")},
		      "--set cache.rules: cache.rules[0].store: \"x\" is neither true nor false\n");
	check_refused(
	    (struct config_sources){.settings = TEXTS("cache.rules=[{ttl: 1s, ttl: 1s}]")},
	    "--set cache.rules: cache.rules[0].ttl: is set twice\n");
	check_refused((struct config_sources){.settings = TEXTS("cache.rules=[]\nb: 1")},
		      "--set cache.rules: is more than one value\n");
	check_refused((struct config_sources){.settings = TEXTS("cache.rules=[]]")},
		      "--set cache.rules: not valid YAML: did not find expected key\n");
}
END_TEST

START_TEST(bounds_globs)
{
	char glob[300], text[400];
	memset(glob, '*', sizeof glob);
	for (int len = 256; len <= 257; len++) {
		snprintf(text, sizeof text, "cache: {rules: [{match: {model: \"%.*s\"}}]}", len,
			 glob);
		if (len == 257) {
			check_refused(file(text), MATCH ".model: is longer than 256 bytes\n");
			continue;
		}
		struct config *c = load(file(text));
		config_unref(&c);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_rules");
	TCase *all = tcase_create("config_rules");
	tcase_add_test(all, takes_rules);
	tcase_add_test(all, shows_rules_to_be_read_again);
	tcase_add_test(all, takes_rules_from_elsewhere);
	tcase_add_loop_test(all, says_what_is_wrong, 0, COUNT_OF(cases));
	tcase_add_test(all, says_where_it_is_outside_a_file);
	tcase_add_test(all, bounds_globs);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
