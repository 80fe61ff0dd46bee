/* The subcommands help and version. struct subcommand (proxy/tools/command_line.h) describes their
 * parameters and results. */
#pragma once

#include "proxy/tools/command_line.h"

/* Prints an overview: usage, subcommands and flags. With a topic, explains a subcommand, an option,
 * a group of options, or all options ("options"). */
int run_help(const struct command_line *line, struct buf *out, struct buf *err);

/* Prints "reprise 1.2.3". */
int run_version(const struct command_line *line, struct buf *out, struct buf *err);
