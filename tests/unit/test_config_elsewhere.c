/* Values that come from the environment or the command line. */
#include "config/describe.h"

#include "config/options.h"
#include "tests/unit/configs.h"

#include <stdio.h>

#define SET(...)                                                                                   \
	(struct config_sources)                                                                    \
	{                                                                                          \
		.settings = TEXTS(__VA_ARGS__)                                                     \
	}

START_TEST(takes_lists_in_both_spellings)
{
	static const char *const spellings[] = {"cache.ignore=a,b", "cache.ignore= a , b ",
						"cache.ignore=[a, b]", "cache.ignore=[\"a\",'b'] "};
	for (size_t i = 0; i < COUNT_OF(spellings); i++) {
		scoped(config_unref) struct config *c = load(SET(spellings[i]));
		ck_assert_uint_eq(c->cache.ignore.count, 2);
		ck_assert_str_eq(c->cache.ignore.items[0], "a");
		ck_assert_str_eq(c->cache.ignore.items[1], "b");
	}
	scoped(config_unref) struct config *empty = load(SET("cache.ignore=[]"));
	ck_assert_uint_eq(empty->cache.ignore.count, 0);
}
END_TEST

START_TEST(takes_addresses_that_begin_with_a_bracket)
{
	static const char *const spellings[] = {"listen=[::1]:80,[::2]:81",
						"listen=[\"[::1]:80\", \"[::2]:81\"]"};
	for (size_t i = 0; i < COUNT_OF(spellings); i++) {
		scoped(config_unref) struct config *c = load(SET(spellings[i]));
		ck_assert_uint_eq(c->listen.count, 2);
		ck_assert_str_eq(c->listen.items[0], "[::1]:80");
		ck_assert_str_eq(c->listen.items[1], "[::2]:81");
	}
}
END_TEST

START_TEST(takes_texts_in_quotes)
{
	struct config_sources s = {
	    .environment =
		ENVIRONMENT("REPRISE_CACHE_TTL=\"1h\"", "REPRISE_LOG_LEVEL='debug'\n",
			    "REPRISE_CACHE_NAMESPACE=\"a$$b$c \"", "REPRISE_WORKERS= 3\n"),
	};
	scoped(config_unref) struct config *c = load(s);
	ck_assert_int_eq(c->cache.ttl_ms, 3600000);
	ck_assert_int_eq(c->log.level, LOG_DEBUG);
	ck_assert_str_eq(c->cache.namespace, "a$b$c ");
	ck_assert_int_eq(c->workers, 3);
	scoped(config_unref) struct config *plain = load(SET("cache.namespace=a$$b"));
	ck_assert_str_eq(plain->cache.namespace, "a$$b");
}
END_TEST

START_TEST(takes_lists_of_lines)
{
	scoped(config_unref) struct config *c =
	    load(SET("cache.rules=- match: {model: x}\n  ttl: 1h\n- ttl: 0\n",
		     "cache.ignore=\n- a\n- b", "upstreams=- name: n\n  url: http://h/a$$b"));
	ck_assert_uint_eq(c->cache.rules.count, 2);
	ck_assert_int_eq(c->cache.rules.items[0].ttl_ms, 3600000);
	ck_assert_uint_eq(c->cache.ignore.count, 2);
	ck_assert_str_eq(c->upstreams.items[0].url, "http://h/a$b");
	check_refused(SET("cache.rules=- match: {model: x}\n  ttl: }"),
		      "--set cache.rules:2: not valid YAML: did not find expected node content; a "
		      "text that begins with ? is quoted, and a bracket is closed\n");
}
END_TEST

START_TEST(says_what_is_empty_or_broken)
{
	struct config_sources s = {
	    .environment = ENVIRONMENT("REPRISE_CACHE_TTL=", "REPRISE_CACHE_NAMESPACE="),
	};
	check_refused(s, "environment REPRISE_CACHE_TTL: is empty: 1ms..3650d, or not there at "
			 "all\n");
	check_refused(SET("cache.ignore=[\"a"),
		      "--set cache.ignore: not valid YAML: found unexpected end of stream\n");
	check_refused(SET("=1"), "--set: \"=1\" names no option: --set path=value\n");
	check_refused(SET("upstreams=[{url: http://h, api_key: sk-hidden}]"),
		      "--set upstreams: an api_key can only stand in the file, as ${NAME} for "
		      "instance\n");
}
END_TEST

START_TEST(leaves_kubernetes_its_variables)
{
	struct config_sources s = {
	    .environment = ENVIRONMENT(
		"REPRISE_SERVICE_HOST=10.0.0.1", "REPRISE_SERVICE_PORT=80",
		"REPRISE_SERVICE_PORT_HTTP=80", "REPRISE_PORT=tcp://10.0.0.1:80",
		"REPRISE_PORT_80_TCP=tcp://10.0.0.1:80", "REPRISE_PORT_80_TCP_ADDR=10.0.0.1",
		"REPRISE_EU_SERVICE_HOST=10.0.0.2", "REPRISE_EU_PORT=tcp://10.0.0.2:80"),
	};
	scoped(config_unref) struct config *c = load(s);
	ck_assert_str_eq(c->listen.items[0], "127.0.0.1:8080");
	s.environment = ENVIRONMENT("REPRISE_PORT=8080");
	check_refused(s, "environment REPRISE_PORT: no such option (did you mean "
			 "REPRISE_LISTEN?)\n");
}
END_TEST

/* Each line of a printed configuration, without its comment, is a setting with the same meaning. */
static void feed_back(const char *group, char *line)
{
	char setting[1024], *comment = strstr(line, "  # "), *colon = strstr(line, ": ");
	/* A list of mappings begins on the next line. */
	if (!comment || !colon || colon + 1 >= comment)
		return;
	*comment = 0;
	*colon = 0;
	line += strspn(line, " ");
	snprintf(setting, sizeof setting, "%s%s%s=%s", group, *group ? "." : "", line, colon + 2);
	scoped(config_unref) struct config *c = load(SET(setting));
	ck_assert_msg(c != NULL, "%s", setting);
	scoped(buf_finish) struct buf shown = buf_make(1 << 16);
	ck_assert(describe_config(c, &shown) && buf_append_byte(&shown, 0));
	char wanted[1100];
	snprintf(wanted, sizeof wanted, "%s: %s  # --set ", line, colon + 2);
	ck_assert_msg(strstr(shown.at, wanted), "%s", wanted);
}

START_TEST(takes_what_is_printed)
{
	scoped(config_unref) struct config *c =
	    load(SET("cache.namespace=a\"b\\c$d'e", "cache.ignore_headers=X-*,X-A?",
		     "auth.paths=/v1/files*", "listen=[::1]:80,unix:/x", "admin.listen=[::1]:90"));
	scoped(buf_finish) struct buf shown = buf_make(1 << 16);
	ck_assert(describe_config(c, &shown) && buf_append_byte(&shown, 0));
	char group[OPTION_NAME] = "";
	for (char *rest = shown.at, *line; (line = strsep(&rest, "\n"));) {
		size_t len = strlen(line);
		if (*line != ' ')
			*group = 0;
		if (*line != ' ' && len && line[len - 1] == ':')
			snprintf(group, sizeof group, "%.*s", (int)len - 1, line);
		else
			feed_back(group, line);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_elsewhere");
	TCase *all = tcase_create("config_elsewhere");
	tcase_add_test(all, takes_lists_in_both_spellings);
	tcase_add_test(all, takes_addresses_that_begin_with_a_bracket);
	tcase_add_test(all, takes_texts_in_quotes);
	tcase_add_test(all, takes_lists_of_lines);
	tcase_add_test(all, says_what_is_empty_or_broken);
	tcase_add_test(all, leaves_kubernetes_its_variables);
	tcase_add_test(all, takes_what_is_printed);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
