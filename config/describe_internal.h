/* Pieces of YAML. Private to describe.c and its parts. False: the buffer is full.
 *
 * Threads: any. */
#pragma once

#include "config/describe.h"

/* In double quotes, so that nothing in it means something to YAML; a dollar is doubled, so that it
 * is no variable when it is read back. */
MUST_CHECK bool put_text(struct buf *to, const char *text);

/* In brackets. */
MUST_CHECK bool put_list(struct buf *to, const struct config_list *list);

/* A line or several for each rule, as they stand below cache.rules. */
MUST_CHECK bool put_rules(struct buf *to, const struct config_rules *rules);
