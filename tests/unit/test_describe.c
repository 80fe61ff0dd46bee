/* The texts that are generated from the table of options. Two of them are kept in files:
 * config/example.yaml, and the part of docs/configuration.md between two comments. With UPDATE=1 in
 * the environment the files are rewritten instead of compared. */
#include "config/describe.h"

#include "config/load.h"
#include "config/options.h"
#include "tests/unit/main.h"

#include <stdio.h>

#define BEGIN "<!-- options -->\n"
#define END "<!-- /options -->\n"

static struct config *load_text(struct slice text, char *const *environment)
{
	scoped(buf_finish) struct buf errors = buf_make(65536);
	struct config_sources s = {.file = "f", .text = text, .environment = environment};
	struct config *c = config_load(&s, &errors);
	ck_assert_msg(c != NULL, "%.*s", SLICE_FMT(buf_slice(&errors)));
	return c;
}

/* ## Files of the source tree */

static FILE *open_source(const char *name, const char *mode)
{
	const char *root = getenv("SOURCE_ROOT");
	ck_assert_msg(root != NULL, "SOURCE_ROOT is the directory of the sources");
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", root, name);
	FILE *file = fopen(path, mode);
	ck_assert_msg(file != NULL, "%s", path);
	return file;
}

static void read_source(const char *name, struct buf *to)
{
	FILE *file = open_source(name, "r");
	ck_assert(buf_reserve(to, 1 << 20));
	to->len = fread(to->at, 1, 1 << 20, file);
	fclose(file);
	ck_assert(buf_append_byte(to, 0));
	to->len--;
}

/* Checks that the file has this text, or writes it. */
static void hold(const char *name, struct slice had, struct slice wanted)
{
	if (getenv("UPDATE")) {
		FILE *file = open_source(name, "w");
		ck_assert_uint_eq(fwrite(wanted.at, 1, wanted.len, file), wanted.len);
		fclose(file);
		return;
	}
	ck_assert_msg(slice_equal(had, wanted),
		      "%s is not what the table of options makes: UPDATE=1 writes it anew", name);
}

START_TEST(holds_the_example)
{
	scoped(buf_finish) struct buf had = buf_make(1 << 21), wanted = buf_make(1 << 16);
	ck_assert(describe_example(&wanted));
	read_source("config/example.yaml", &had);
	hold("config/example.yaml", buf_slice(&had), buf_slice(&wanted));
}
END_TEST

START_TEST(holds_the_table_of_the_manual)
{
	scoped(buf_finish) struct buf had = buf_make(1 << 21), wanted = buf_make(1 << 21);
	read_source("docs/configuration.md", &had);
	const char *begin = strstr(had.at, BEGIN), *end = strstr(had.at, END);
	ck_assert_msg(begin && end && begin < end,
		      "docs/configuration.md has no place for the options");
	begin += strlen(BEGIN);
	ck_assert(buf_append(&wanted, had.at, (size_t)(begin - had.at)));
	ck_assert(describe_table(&wanted));
	ck_assert(buf_append(&wanted, end, had.len - (size_t)(end - had.at)));
	hold("docs/configuration.md", buf_slice(&had), buf_slice(&wanted));
}
END_TEST

/* ## Configurations */

/* Checks a default; the items of a list are printed in quotes. */
static void spell_list(const char *fallback, bool list, char *at)
{
	for (; *fallback; fallback++)
		at = list && *fallback == ',' ? mempcpy(at, "\", \"", 4) : mempcpy(at, fallback, 1);
	*at = 0;
}

START_TEST(example_is_the_default)
{
	scoped(buf_finish) struct buf text = buf_make(1 << 16);
	ck_assert(describe_example(&text));
	scoped(config_unref) struct config *c = load_text(buf_slice(&text), NULL);
	scoped(buf_finish) struct buf shown = buf_make(1 << 16);
	ck_assert(describe_config(c, &shown) && buf_append_byte(&shown, 0));
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		const struct option *o = &options[i];
		/* It comes from the example, and is spelled as in the table. */
		ck_assert_msg(strncmp(option_origin(c, o), "f:", 2) == 0, "%s", o->path);
		if (o->kind == OPTION_UPSTREAMS)
			continue;
		const char *name = strchr(o->path, '.') ? strchr(o->path, '.') + 1 : o->path;
		bool text_kind = o->kind == OPTION_TEXT || o->kind == OPTION_ADDRESS;
		bool list = option_is_list(o);
		const char *quote = text_kind || (list && *o->fallback) ? "\"" : "";
		char line[512];
		char value[384];
		spell_list(o->fallback, list, value);
		snprintf(line, sizeof line, "%s: %s%s%s%s%s  #", name, list ? "[" : "", quote,
			 value, quote, list ? "]" : "");
		ck_assert_msg(strstr(shown.at, line), "%s", line);
	}
}
END_TEST

/* Removes the part from the text. */
static void hide(char *text, const char *part)
{
	char *at = strstr(text, part);
	ck_assert_ptr_nonnull(at);
	memmove(at, at + strlen(part), strlen(at + strlen(part)) + 1);
}

START_TEST(shows_a_configuration)
{
	static const char text[] = "listen: [\"h:1\", \"unix:/a\"]\n"
				   "upstreams:\n"
				   "- {name: x, url: \"http://u:hunter2@h/v1\", api_key: hunter2}\n"
				   "cache: {namespace: \"a\\\"b\\\\c$$d\", ttl_jitter: 2.5%}\n";
	char *environment[] = {"REPRISE_CACHE_TTL=90s", NULL};
	scoped(config_unref) struct config *c = load_text(slice_of(text), environment);
	scoped(buf_finish) struct buf shown = buf_make(1 << 16);
	ck_assert(describe_config(c, &shown) && buf_append_byte(&shown, 0));
	static const char *const parts[] = {
	    "listen: [\"h:1\", \"unix:/a\"]  # f:1\n",
	    "\nworkers: 0  # default\n",
	    "\nupstreams:  # f:2\n",
	    "\n  - name: \"x\"\n    url: \"http://***@h/v1\"\n    api_key: \"***\"\n",
	    "\ncache:\n  memory: 1GiB  # default\n",
	    "\n  ttl: 90s  # environment REPRISE_CACHE_TTL\n",
	    "\n  ttl_jitter: 2.5%  # f:4\n",
	    "\n  namespace: \"a\\\"b\\\\c$$d\"  # f:4\n",
	};
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		ck_assert_msg(strstr(shown.at, parts[i]), "%s\nis not in\n%s", parts[i], shown.at);
	ck_assert(!strstr(shown.at, "hunter2"));
	/* Masked secrets cannot be read back. */
	hide(shown.at, "    api_key: \"***\"\n");
	hide(shown.at, "***@");
	scoped(config_unref) struct config *again = load_text(slice_of(shown.at), NULL);
	ck_assert_str_eq(again->cache.namespace, "a\"b\\c$d");
	ck_assert_int_eq(again->cache.ttl_ms, 90000);
	ck_assert_double_eq_tol(again->cache.ttl_jitter, 0.025, 1e-9);
}
END_TEST

START_TEST(says_when_there_is_no_room)
{
	scoped(config_unref) struct config *c = load_text(slice_of(""), NULL);
	for (size_t limit = 0; limit < 400; limit += 7) {
		scoped(buf_finish) struct buf small = buf_make(limit);
		ck_assert(!describe_config(c, &small));
		buf_clear(&small);
		ck_assert(!describe_example(&small));
		buf_clear(&small);
		ck_assert(!describe_options(&small, ""));
		buf_clear(&small);
		ck_assert(!describe_table(&small));
	}
}
END_TEST

START_TEST(names_every_option_to_people)
{
	scoped(buf_finish) struct buf help = buf_make(1 << 16);
	ck_assert(describe_options(&help, "") && buf_append_byte(&help, 0));
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		ck_assert_msg(strstr(help.at, options[i].path), "%s", options[i].path);
		size_t len = strlen(options[i].help);
		ck_assert_msg(len > 0 && options[i].help[len - 1] == '.', "%s", options[i].path);
	}
	for (char *rest = help.at, *line; (line = strsep(&rest, "\n"));) {
		ck_assert_msg(strlen(line) <= 100 || strstr(line, "…"), "%s", line);
		/* The two columns are kept apart. */
		size_t len = strcspn(line + (*line ? 2 : 0), " ");
		ck_assert_msg(*line == 0 || line[2] == ' ' || strncmp(line + 2 + len, "  ", 2) == 0,
			      "%s", line);
	}
}
END_TEST

START_TEST(names_some_options_to_people)
{
	scoped(buf_finish) struct buf one = buf_make(1 << 16), group = buf_make(1 << 16);
	ck_assert(describe_options(&one, "cache.ttl") && buf_append_byte(&one, 0));
	ck_assert_ptr_nonnull(strstr(one.at, "  cache.ttl  "));
	ck_assert_ptr_null(strstr(one.at, "cache.ttl_jitter"));
	ck_assert(describe_options(&group, "tls") && buf_append_byte(&group, 0));
	ck_assert_ptr_nonnull(strstr(group.at, "  tls.key  "));
	ck_assert_ptr_null(strstr(group.at, "cache.ttl"));
	buf_clear(&group);
	ck_assert(describe_options(&group, "nothing"));
	ck_assert_uint_eq(group.len, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("describe");
	TCase *all = tcase_create("describe");
	tcase_add_test(all, holds_the_example);
	tcase_add_test(all, holds_the_table_of_the_manual);
	tcase_add_test(all, example_is_the_default);
	tcase_add_test(all, shows_a_configuration);
	tcase_add_test(all, says_when_there_is_no_room);
	tcase_add_test(all, names_every_option_to_people);
	tcase_add_test(all, names_some_options_to_people);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
