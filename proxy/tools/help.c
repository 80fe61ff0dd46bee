#include "proxy/tools/help.h"

#include "base/ensure.h"
#include "config/describe.h"

static const char usage[] =
    "Reprise answers completions it has seen before, in front of a model server.\n"
    "\n"
    "  reprise [SUBCOMMAND] [-c FILE] [--listen ADDRESS]... [--upstream URL]\n"
    "          [--set PATH=VALUE]...\n"
    "\n"
    "Subcommands:\n";

static const char about_sources[] =
    "\n"
    "Options, by path. They come from the file (-c), over that from the environment\n"
    "(REPRISE_CACHE_TTL for cache.ttl), over that from the command line (--set cache.ttl=1h).\n"
    "No file is read unless it is named.\n"
    "\n";

static void put_subcommands(const struct command_line *line, struct buf *out)
{
	for (size_t i = 0; i < line->subcommands; i++) {
		const struct subcommand *s = &line->table[i];
		ensure(buf_printf(out, "  %-10s%s%s\n", s->name, s->help,
				  i == 0 ? " (without a subcommand)" : ""));
	}
}

/* All of it comes from tables, so that it fits or never did. */
int run_help(const struct command_line *line, struct buf *out, struct buf *err)
{
	ensure(buf_append_text(out, usage));
	put_subcommands(line, out);
	ensure(buf_append_text(out, "\nFlags:\n"));
	ensure(command_line_describe(out));
	ensure(buf_append_text(out, about_sources));
	ensure(describe_options(out));
	return EXIT_FINE;
}

int run_version(const struct command_line *line, struct buf *out, struct buf *err)
{
	ensure(buf_append_text(out, "reprise " REPRISE_VERSION "\n"));
	return EXIT_FINE;
}
