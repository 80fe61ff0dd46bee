/* Prints the table of options, or a configuration, for people. What is printed as YAML can be read
 * back. The functions append to a buffer and return false if it is full (64 KiB hold any text that
 * is made from the table alone).
 *
 * Threads: any. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

/* Prints the configuration as YAML, each value with its origin in a comment. API keys, and user and
 * password in URLs, are printed as "***"; config_load refuses that as a key or password. */
MUST_CHECK bool describe_config(const struct config *c, struct buf *to);

/* Prints config/example.yaml: every option with its default, below a comment that explains it. */
MUST_CHECK bool describe_example(struct buf *to);

/* Prints the options for --help, at most 100 columns wide: all if `under` is empty, else the option
 * or the group with that name. Prints nothing if there is none. */
MUST_CHECK bool describe_options(struct buf *to, const char *under);

/* Prints the table of docs/configuration.md, in Markdown. */
MUST_CHECK bool describe_table(struct buf *to);
