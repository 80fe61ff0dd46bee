/* Parses the command line and runs the subcommand. */
#include "proxy/serve.h"
#include "proxy/tools/configuration.h"
#include "proxy/tools/help.h"

#include <stdio.h>
#include <unistd.h>

/* The most that a subcommand prints: a configuration with long lists, and all its errors. */
enum { PRINTED = 1024 * 1024 };

static int run_serve(const struct command_line *line, struct buf *out, struct buf *err)
{
	scoped(config_unref) struct config *config = config_load(&line->sources, err);
	if (!config)
		return EXIT_REFUSED;
	return serve(config);
}

static const struct subcommand subcommands[] = {
    {"serve", "serve requests until SIGTERM or SIGINT", run_serve, NULL},
    {"check", "list all errors in a file", run_check, "FILE"},
    {"config", "print the effective configuration and where each value came from", run_config,
     "FILE"},
    {"help", "explain a subcommand, an option, a group of options, or all options", run_help,
     "TOPIC"},
    {"version", "print the version", run_version, NULL},
};

static bool print(FILE *file, struct buf *text)
{
	return text->len == 0 ||
	       (fwrite(text->at, 1, text->len, file) == text->len && fflush(file) == 0);
}

static int run(struct command_line *line, int argc, char **argv, struct buf *out, struct buf *err)
{
	struct error_text why;
	if (command_line_parse(line, argc, argv, &why))
		return line->subcommand->run(line, out, err);
	fprintf(stderr, "reprise: %s\nreprise --help shows what there is\n", why.text);
	return EXIT_REFUSED;
}

int main(int argc, char **argv)
{
	scoped(buf_finish) struct buf out = buf_make(PRINTED), err = buf_make(PRINTED);
	scoped(command_line_finish) struct command_line line =
	    command_line_make(subcommands, sizeof subcommands / sizeof subcommands[0], environ);
	int status = run(&line, argc, argv, &out, &err);
	bool printed = print(stdout, &out) && print(stderr, &err);
	return printed ? status : 1;
}
