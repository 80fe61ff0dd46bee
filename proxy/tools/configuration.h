/* The subcommands that look at a configuration and serve nothing (proxy/tools/command_line.h says
 * what they take and return). */
#pragma once

#include "proxy/tools/command_line.h"

/* "FILE: fine", or everything that is wrong with it. */
int run_check(const struct command_line *line, struct buf *out, struct buf *err);

/* The effective configuration, with where each value came from and secrets masked. */
int run_config(const struct command_line *line, struct buf *out, struct buf *err);
