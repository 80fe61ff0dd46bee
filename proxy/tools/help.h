/* The subcommands that explain (proxy/tools/command_line.h says what they take and return). */
#pragma once

#include "proxy/tools/command_line.h"

/* Usage, subcommands and flags; about a topic: a subcommand's own, all options ("options"), those
 * of a group, or one. */
int run_help(const struct command_line *line, struct buf *out, struct buf *err);

/* "reprise 1.2.3" */
int run_version(const struct command_line *line, struct buf *out, struct buf *err);
