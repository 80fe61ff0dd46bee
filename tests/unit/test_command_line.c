#include "proxy/tools/command_line.h"

#include "proxy/tools/configuration.h"
#include "proxy/tools/help.h"
#include "tests/unit/main.h"

enum { ARGUMENTS = 12 };

static int run_nothing(const struct command_line *line, struct buf *out, struct buf *err)
{
	return EXIT_FINE;
}

static const struct subcommand table[] = {
    {"serve", "serves", run_nothing, NULL},	  {"check", "checks", run_check, "FILE"},
    {"config", "shows", run_config, "FILE"},	  {"help", "helps", run_help, "TOPIC"},
    {"version", "says which", run_version, NULL},
};

static char *const no_environment[] = {NULL};

struct outcome {
	struct command_line line;
	char *argv[ARGUMENTS + 2];
	struct error_text why;
	bool fine;
	struct buf out, err;
	int status;
};

static void finish(struct outcome *o)
{
	command_line_finish(&o->line);
	buf_finish(&o->out);
	buf_finish(&o->err);
}

/* Parses the words and, on success, runs the subcommand. */
static void run(struct outcome *o, const char *const *words)
{
	*o = (struct outcome){.out = buf_make(1 << 16), .err = buf_make(1 << 16)};
	int count = 0;
	o->argv[count++] = "reprise";
	for (; *words; words++)
		o->argv[count++] = (char *)(uintptr_t)*words;
	o->line = command_line_make(table, sizeof table / sizeof table[0], no_environment);
	o->fine = command_line_parse(&o->line, count, o->argv, &o->why);
	if (o->fine)
		o->status = o->line.subcommand->run(&o->line, &o->out, &o->err);
	ck_assert(buf_append_byte(&o->out, 0) && buf_append_byte(&o->err, 0));
}

#define RUN(name, ...)                                                                             \
	scoped(finish) struct outcome name;                                                        \
	run(&name, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

START_TEST(serves_when_told_nothing)
{
	RUN(o);
	ck_assert(o.fine);
	ck_assert_str_eq(o.line.subcommand->name, "serve");
	ck_assert_ptr_null(o.line.sources.file);
	ck_assert_uint_eq(o.line.sources.listen.count, 0);
	ck_assert_ptr_eq(o.line.sources.environment, no_environment);
}
END_TEST

START_TEST(takes_flags)
{
	RUN(o, "--listen", "a:1", "serve", "-c", "/dev/null", "--listen=b:2", "--upstream",
	    "http://h", "--set", "cache.ttl=1h", "--set=cache.namespace=x=y");
	ck_assert_msg(o.fine, "%s", o.why.text);
	const struct config_sources *s = &o.line.sources;
	ck_assert_str_eq(s->file, "/dev/null");
	ck_assert_uint_eq(s->listen.count, 2);
	ck_assert_str_eq(s->listen.items[0], "a:1");
	ck_assert_str_eq(s->listen.items[1], "b:2");
	ck_assert_uint_eq(s->upstream.count, 1);
	ck_assert_str_eq(s->upstream.items[0], "http://h");
	ck_assert_uint_eq(s->settings.count, 2);
	ck_assert_str_eq(s->settings.items[1], "cache.namespace=x=y");
}
END_TEST

START_TEST(refuses_what_it_does_not_know)
{
	static const struct {
		const char *words[4];
		const char *why;
	} cases[] = {
	    {{"srve"}, "no such subcommand: srve (did you mean serve?)"},
	    {{"dance"}, "no such subcommand: dance"},
	    {{""}, "no such subcommand: "},
	    {{"serve", "check"}, "one subcommand at a time: check"},
	    {{"serve", "serve"}, "one subcommand at a time: serve"},
	    {{"--lisen", "x"}, "no such flag: --lisen (did you mean --listen?)"},
	    {{"--lisen=x"}, "no such flag: --lisen (did you mean --listen?)"},
	    {{"--helpp"}, "no such flag: --helpp (did you mean --help?)"},
	    {{"--listener", "x"}, "no such flag: --listener (did you mean --listen?)"},
	    {{"-x"}, "no such flag: -x"},
	    {{"-"}, "no such flag: -"},
	    {{"--"}, "no such flag: --"},
	    {{"--frobnicate"}, "no such flag: --frobnicate"},
	    {{"-c"}, "-c needs a value: --config FILE"},
	    {{"--set"}, "--set needs a value: --set PATH=VALUE"},
	    {{"--upstream="}, "--upstream= needs a value: --upstream URL"},
	    {{"--listen", ""}, "--listen needs a value: --listen ADDRESS"},
	    {{"-c", "a", "--config=b"}, "a file is given twice: a and b"},
	    {{"check", "a", "-cb"}, "no such flag: -cb (did you mean -c b?)"},
	    {{"-c=b"}, "no such flag: -c=b (did you mean -c b?)"},
	    {{"-c="}, "no such flag: -c= (did you mean -c FILE?)"},
	    {{"check", "a", "b"}, "a file is given twice: a and b"},
	    {{"check", ""}, "the name of the file is empty"},
	    {{"--listen", "--upstream", "http://h"}, "--listen needs a value: --listen ADDRESS"},
	    {{"--cache.ttl=1h"}, "no such flag: --cache.ttl (did you mean --set cache.ttl=VALUE?)"},
	    {{"--log-level", "debug"},
	     "no such flag: --log-level (did you mean log.level?); options are set with --set "
	     "PATH=VALUE"},
	    {{"serve", "a.yaml"}, "serve takes no file behind it: -c a.yaml"},
	    {{"run"}, "no such subcommand: run (did you mean serve?)"},
	    {{"validate", "a.yaml"}, "no such subcommand: validate (did you mean check?)"},
	    {{"help", "a", "b"}, "one subcommand at a time: b"},
	    {{"reprise.yaml"}, "no such subcommand: reprise.yaml (a file is given as -c FILE)"},
	    {{"--help-al"}, "no such flag: --help-al (did you mean --help-all?)"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		scoped(finish) struct outcome o;
		run(&o, (const char *const[]){cases[i].words[0], cases[i].words[1],
					      cases[i].words[2], NULL});
		ck_assert_msg(!o.fine, "%s", cases[i].why);
		ck_assert_str_eq(o.why.text, cases[i].why);
	}
}
END_TEST

START_TEST(helps_whatever_else_is_written)
{
	RUN(flag, "serve", "--help", "--nonsense");
	ck_assert(flag.fine && flag.status == EXIT_FINE);
	ck_assert_str_eq(flag.line.subcommand->name, "help");
	RUN(letter, "-h");
	RUN(word, "help");
	ck_assert_str_eq(letter.out.at, word.out.at);
	static const char *const parts[] = {"  serve  ",
					    "  check FILE  ",
					    "  --listen ADDRESS  ",
					    "  -c, --config FILE  ",
					    "  -V, --version  ",
					    "reprise help options"};
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		ck_assert_msg(strstr(word.out.at, parts[i]), "%s", parts[i]);
	ck_assert_ptr_null(strstr(word.out.at, "cache.memory"));
	ck_assert_str_eq(word.err.at, "");
}
END_TEST

START_TEST(helps_with_a_topic)
{
	RUN(check, "check", "--help");
	ck_assert_ptr_nonnull(strstr(check.out.at, "  reprise check [FILE] [FLAG]...\n"));
	ck_assert_ptr_null(strstr(check.out.at, "  serve"));
	RUN(word, "help", "check");
	ck_assert_str_eq(word.out.at, check.out.at);
	RUN(behind, "--help", "check");
	ck_assert_str_eq(behind.out.at, check.out.at);
	RUN(all, "--help-all");
	RUN(options, "help", "options");
	ck_assert_str_eq(all.out.at, options.out.at);
	ck_assert_ptr_nonnull(strstr(all.out.at, "  cache.memory  "));
	ck_assert_ptr_nonnull(strstr(all.out.at, "  limits.connections_per_address  "));
	RUN(one, "help", "cache.ttl");
	ck_assert_int_eq(strncmp(one.out.at, "  cache.ttl  ", 13), 0);
	RUN(none, "help", "cache.tll");
	ck_assert_int_eq(none.status, EXIT_REFUSED);
	ck_assert_str_eq(none.out.at, "");
	ck_assert_str_eq(none.err.at, "reprise: no subcommand and no option: cache.tll (did you "
				      "mean cache.ttl?)\n");
}
END_TEST

START_TEST(says_its_version)
{
	RUN(letter, "-V");
	RUN(o, "--version");
	ck_assert_str_eq(letter.out.at, o.out.at);
	ck_assert_int_eq(o.status, EXIT_FINE);
	ck_assert(strncmp(o.out.at, "reprise ", 8) == 0);
	ck_assert(strchr(o.out.at, '.') && strchr(o.out.at, '\n'));
}
END_TEST

START_TEST(checks_a_file)
{
	RUN(fine, "check", "-c", "/dev/null");
	ck_assert_int_eq(fine.status, EXIT_FINE);
	ck_assert_str_eq(fine.out.at, "/dev/null: fine\n");
	RUN(word, "check", "/dev/null");
	ck_assert_str_eq(word.out.at, fine.out.at);
	RUN(first, "--set", "cache.ttl=1h", "check", "/dev/null");
	ck_assert_str_eq(first.out.at, fine.out.at);
	RUN(shown, "config", "/dev/null");
	ck_assert_str_eq(shown.line.sources.file, "/dev/null");
	RUN(which, "check");
	ck_assert_int_eq(which.status, EXIT_REFUSED);
	ck_assert_str_eq(which.err.at, "reprise: check which file? reprise check FILE\n");
	RUN(bad, "check", "-c", "/does/not/exist", "--set", "x=y");
	ck_assert_int_eq(bad.status, EXIT_REFUSED);
	ck_assert_str_eq(bad.out.at, "");
	ck_assert_str_eq(bad.err.at, "/does/not/exist: cannot be read: No such file or directory\n"
				     "--set x: no such option\n");
}
END_TEST

START_TEST(shows_the_effective_configuration)
{
	RUN(o, "config", "--set", "cache.ttl=1h", "--upstream", "http://u:hunter2@h");
	ck_assert_int_eq(o.status, EXIT_FINE);
	ck_assert(strstr(o.out.at, "  ttl: 1h  # --set cache.ttl\n"));
	ck_assert(strstr(o.out.at, "    url: \"http://***@h\"\n"));
	ck_assert(!strstr(o.out.at, "hunter2"));
	RUN(bad, "config", "--set", "cache.ttl=1");
	ck_assert_int_eq(bad.status, EXIT_REFUSED);
	ck_assert_str_eq(bad.out.at, "");
	ck_assert(strstr(bad.err.at, "--set cache.ttl: \"1\" has no unit"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("command_line");
	TCase *all = tcase_create("command_line");
	tcase_add_test(all, serves_when_told_nothing);
	tcase_add_test(all, takes_flags);
	tcase_add_test(all, refuses_what_it_does_not_know);
	tcase_add_test(all, helps_whatever_else_is_written);
	tcase_add_test(all, helps_with_a_topic);
	tcase_add_test(all, says_its_version);
	tcase_add_test(all, checks_a_file);
	tcase_add_test(all, shows_the_effective_configuration);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
