/* The command line:
 *
 *         reprise [SUBCOMMAND] [WORD] [-c FILE] [--listen ADDRESS]... [--upstream URL]
 *                 [--set PATH=VALUE]...
 *
 * The default subcommand is the first of the table. --help, --help-all and -h, at any position,
 * mean the subcommand help, about the preceding subcommand; --version and -V mean version. Flags
 * may stand before or after the subcommand, as "--flag value" or "--flag=value".
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
	/* Runs the subcommand and returns the exit status: EXIT_FINE, EXIT_REFUSED, or that of
	 * serve. Appends output to out and errors to err; each line ends with a newline. */
	int (*run)(const struct command_line *line, struct buf *out, struct buf *err);
	const char *word; /* its argument: "FILE", "TOPIC"; NULL: none */
};

enum {
	EXIT_FINE = 0,
	EXIT_REFUSED = 2, /* bad configuration or usage */
};

struct command_line {
	const struct subcommand *table;
	size_t subcommands;
	const struct subcommand *subcommand; /* the selected row */
	const char *topic;		     /* of help; NULL: the overview */
	struct config_sources sources;	     /* points into argv and to texts */
	const char **texts;		     /* private */
};

/* Parses argv into *ret. argv, the table and the environment must outlive *ret. The table must have
 * rows called help and version. On failure returns false and sets *why. The caller finishes *ret in
 * either case. */
MUST_CHECK bool command_line_parse(struct command_line *ret, int argc, char *const *argv,
				   struct error_text *why);

/* Returns a value to be passed to command_line_parse. */
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

/* Returns the row with this name, or NULL. */
const struct subcommand *command_line_find(const struct command_line *line, const char *name);

/* Appends the flags for --help, one line each. Returns false if the buffer is full. */
MUST_CHECK bool command_line_describe(struct buf *to);
