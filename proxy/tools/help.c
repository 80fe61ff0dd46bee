#include "proxy/tools/help.h"

#include "base/ensure.h"
#include "config/describe.h"
#include "config/options.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Reprise is a caching proxy for model servers: it answers repeated completions.\n"
    "\n"
    "  reprise [SUBCOMMAND] [-c FILE] [--listen ADDRESS]... [--upstream URL]\n"
    "          [--set PATH=VALUE]...\n"
    "\n"
    "Subcommands:\n";

static const char about_sources[] =
    "Options come from the file (-c), the environment (REPRISE_CACHE_TTL for cache.ttl) and the\n"
    "command line (--set cache.ttl=1h); later ones win. No file is read unless it is named.\n";

static const char about_more[] =
    "\n"
    "reprise help options lists all options, reprise help cache.ttl explains one.\n";

static void put_subcommand(const struct subcommand *s, const char *more, struct buf *out)
{
	char left[32];
	snprintf(left, sizeof left, "%s%s%s", s->name, s->word ? " " : "", s->word ? s->word : "");
	ensure(buf_printf(out, "  %-14s  %s%s\n", left, s->help, more));
}

static void put_flags(struct buf *out)
{
	ensure(buf_append_text(out, "\nFlags:\n"));
	ensure(command_line_describe(out));
	ensure(buf_append_text(out, "\n"));
	ensure(buf_append_text(out, about_sources));
}

static void put_overview(const struct command_line *line, struct buf *out)
{
	ensure(buf_append_text(out, usage));
	for (size_t i = 0; i < line->subcommands; i++)
		put_subcommand(&line->table[i], i == 0 ? " (the default)" : "", out);
	put_flags(out);
	ensure(buf_append_text(out, about_more));
}

/* Subcommands that load a configuration have flags. */
static void put_one(const struct subcommand *s, struct buf *out)
{
	bool flags = !s->word || strcmp(s->word, "TOPIC") != 0;
	flags = flags && strcmp(s->name, "version") != 0;
	ensure(buf_printf(out, "  reprise %s%s%s%s%s\n\n", s->name, s->word ? " [" : "",
			  s->word ? s->word : "", s->word ? "]" : "", flags ? " [FLAG]..." : ""));
	ensure(buf_printf(out, "  %s\n", s->help));
	if (flags)
		put_flags(out);
	ensure(buf_append_text(out, about_more));
}

static bool put_options(const char *topic, struct buf *out)
{
	bool all = strcmp(topic, "options") == 0;
	if (all)
		ensure(buf_append_text(out, about_sources) && buf_append_text(out, "\n"));
	size_t head = out->len;
	ensure(describe_options(out, all ? "" : topic));
	return out->len > head;
}

/* The output is made from constant tables, so its size does not depend on input. */
int run_help(const struct command_line *line, struct buf *out, struct buf *err)
{
	char question[OPTION_QUESTION];
	if (!line->topic) {
		put_overview(line, out);
		return EXIT_FINE;
	}
	const struct subcommand *s = command_line_find(line, line->topic);
	if (s) {
		put_one(s, out);
		return EXIT_FINE;
	}
	if (put_options(line->topic, out))
		return EXIT_FINE;
	ensure(buf_printf(err, "reprise: no subcommand and no option: %.80s%s\n", line->topic,
			  option_question(line->topic, question, sizeof question)));
	return EXIT_REFUSED;
}

int run_version(const struct command_line *line, struct buf *out, struct buf *err)
{
	ensure(buf_append_text(out, "reprise " REPRISE_VERSION "\n"));
	return EXIT_FINE;
}
