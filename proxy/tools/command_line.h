/* The command line:
 *
 *         reprise [SUBCOMMAND] [-c FILE] [--listen ADDRESS]... [--upstream URL] [--set
 * PATH=VALUE]...
 *
 * Without a subcommand it is the first of the table. --help and -h anywhere are the subcommand
 * help, --version is version. Flags may stand before or behind the subcommand, as "--flag value" or
 * "--flag=value".
 *
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"
#include "base/error_text.h"
#include "config/load.h"

struct command_line;

/* A row of the table in proxy/main.c. */
struct subcommand {
	const char *name;
	const char *help;
	/* Does it and returns the exit status: EXIT_FINE, EXIT_REFUSED, or what a server that ran
	 * had to say. What is printed to standard output goes to out, complaints to err, each line
	 * with its end. */
	int (*run)(const struct command_line *line, struct buf *out, struct buf *err);
};

enum {
	EXIT_FINE = 0,
	EXIT_REFUSED = 2, /* bad configuration or usage */
};

struct command_line {
	const struct subcommand *table;
	size_t subcommands;
	const struct subcommand *subcommand; /* the row that was asked for */
	struct config_sources sources;	     /* points into argv, and to texts */
	const char **texts;		     /* private */
};

/* Reads argv, which must outlive the result, as must the table and the environment. The table has
 * rows called help and version. False: *why says what was not understood. Either way the caller
 * finishes *ret. */
MUST_CHECK bool command_line_parse(struct command_line *ret, int argc, char *const *argv,
				   struct error_text *why);

/* What command_line_parse starts from. */
static inline struct command_line command_line_make(const struct subcommand *table, size_t count,
						    char *const *environment)
{
	return (struct command_line){
	    .table = table,
	    .subcommands = count,
	    .sources.environment = environment,
	};
}

void command_line_finish(struct command_line *line);

/* The flags for --help, a line each. */
MUST_CHECK bool command_line_describe(struct buf *to);
