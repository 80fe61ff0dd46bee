/* The subcommands check and config. struct subcommand (proxy/tools/command_line.h) describes their
 * parameters and results. */
#pragma once

#include "proxy/tools/command_line.h"

/* Prints "FILE: fine", or all errors in the file. */
int run_check(const struct command_line *line, struct buf *out, struct buf *err);

/* Prints the effective configuration with the origin of each value; masks secrets. */
int run_config(const struct command_line *line, struct buf *out, struct buf *err);
