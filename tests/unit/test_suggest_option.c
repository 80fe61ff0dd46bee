/* Suggestions for unknown option names. */
#include "config/options.h"

#include "tests/unit/configs.h"

#include <stdio.h>

static void check_question(const char *name, const char *question)
{
	char got[OPTION_QUESTION];
	ck_assert_str_eq(option_question(name, got, sizeof got), question);
}

START_TEST(knows_other_names)
{
	check_question("cache.max_size", " (did you mean cache.memory or cache.max_entry?)");
	check_question("cache.max-size", " (did you mean cache.memory or cache.max_entry?)");
	check_question("cache.log", " (did you mean log.access or log.level?)");
	check_question("upstream", " (did you mean upstreams?)");
	check_question("upstream.url", " (did you mean upstreams?)");
	check_question("ssl", " (did you mean tls?)");
	check_question("port", " (did you mean listen?)");
	check_question("log.file", " (the log goes to standard error; did you mean log.access?)");
}
END_TEST

START_TEST(suggests_nothing_that_is_not_meant)
{
	check_question("retries",
		       " (a request is sent again only if a kept connection was closed under it)");
	check_question("redis.host", " (entries are kept in memory only)");
	check_question("cache.backend", " (entries are kept in memory only)");
	check_question("config", " (a file is named with -c FILE)");
	check_question("stale", " (an entry is not used beyond its lifetime)");
	check_question("upstream.headers", " (did you mean upstream.forwarded?)");
	check_question("Cache", " (did you mean cache?)");
	check_question("ssave", "");
	check_question("shade", " (did you mean cache.share?)");
}
END_TEST

START_TEST(knows_the_right_name_in_the_wrong_place)
{
	check_question("ttl", " (did you mean cache.ttl?)");
	check_question("log.ttl", " (did you mean cache.ttl?)");
	check_question("cache.upstreams", " (did you mean upstreams?)");
	check_question("Cache.TTL", " (did you mean cache.ttl?)");
	check_question("limits.body-time", " (did you mean limits.body_time?)");
}
END_TEST

START_TEST(finds_the_nearest_of_a_group)
{
	check_question("cache.tll", " (did you mean cache.ttl?)");
	check_question("cach.ttl", " (did you mean cache.ttl?)");
	check_question("cahce", " (did you mean cache?)");
	check_question("cache.memroy", " (did you mean cache.memory?)");
	/* Only the group is right. */
	check_question("cache.xyz", "");
	check_question("log.xyz", "");
	check_question("xyzzy", "");
	check_question("", "");
	check_question(".", "");
	char longer[300];
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = 0;
	check_question(longer, "");
}
END_TEST

START_TEST(asks_in_the_words_of_the_environment)
{
	static const struct {
		const char *name, *question;
	} cases[] = {
	    {"REPRISE_CACHE_MAX_SIZE",
	     " (did you mean REPRISE_CACHE_MEMORY or REPRISE_CACHE_MAX_ENTRY?)"},
	    {"REPRISE_UPSTREAM", " (did you mean REPRISE_UPSTREAMS?)"},
	    {"REPRISE_LOG", " (did you mean REPRISE_LOG_LEVEL or REPRISE_LOG_ACCESS?)"},
	    {"REPRISE_TTL", " (did you mean REPRISE_CACHE_TTL?)"},
	    {"REPRISE_CAHCE_TTL", " (did you mean REPRISE_CACHE_TTL?)"},
	    {"REPRISE_CACHE_TLL", " (did you mean REPRISE_CACHE_TTL?)"},
	    {"REPRISE_XYZZY", ""},
	    {"REPRISE_", ""},
	};
	char got[OPTION_QUESTION];
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		ck_assert_str_eq(option_environment_question(cases[i].name, got, sizeof got),
				 cases[i].question);
}
END_TEST

/* An option, or a group followed by a dot. */
static bool is_there(const char *path)
{
	char name[OPTION_NAME];
	snprintf(name, sizeof name, "%s", path);
	name[strcspn(name, ".")] = 0;
	return option_find(path) ||
	       (path[strlen(name)] && !path[strlen(name) + 1] && option_group_find(name));
}

START_TEST(suggests_what_there_is)
{
	static const struct {
		const char *name, *first, *second, *also;
	} others[] = {
#define OTHER(name, first, second, also) {name, first, second, also},
#include "config/other_names.def"
#undef OTHER
	};
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		ck_assert_msg(others[i].first ? is_there(others[i].first) : others[i].also != NULL,
			      "%s", others[i].name);
		ck_assert_msg(!others[i].second || is_there(others[i].second), "%s",
			      others[i].second);
		ck_assert_msg(!option_find(others[i].name), "%s is an option", others[i].name);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(others[i].name, others[k].name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("suggest_option");
	TCase *all = tcase_create("suggest_option");
	tcase_add_test(all, knows_other_names);
	tcase_add_test(all, suggests_nothing_that_is_not_meant);
	tcase_add_test(all, knows_the_right_name_in_the_wrong_place);
	tcase_add_test(all, finds_the_nearest_of_a_group);
	tcase_add_test(all, asks_in_the_words_of_the_environment);
	tcase_add_test(all, suggests_what_there_is);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
