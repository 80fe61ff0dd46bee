/* The table of options and a configuration, as text for people. All of it can be read back where
 * it is YAML. False: the buffer is full (64 KiB hold any text that is made of the table alone).
 *
 * Threads: any. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

/* The configuration as YAML, each value with a comment that says where it came from. Keys of
 * upstreams, keys of our own, and user and password in URLs, are shown as "***"; read back,
 * that is refused as a key of our own. */
MUST_CHECK bool describe_config(const struct config *c, struct buf *to);

/* config/example.yaml: every option with its default, below a comment that explains it. */
MUST_CHECK bool describe_example(struct buf *to);

/* The options for --help, at most 100 columns wide: all, or the one or those of the group called
 * `under`, if there are any. Empty: all. */
MUST_CHECK bool describe_options(struct buf *to, const char *under);

/* The table of docs/configuration.md, in Markdown. */
MUST_CHECK bool describe_table(struct buf *to);
