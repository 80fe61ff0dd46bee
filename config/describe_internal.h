/* Append pieces of YAML. Private to describe*.c. They return false if the buffer is full.
 *
 * Threads: any. */
#pragma once

#include "config/describe.h"

/* In double quotes, so that no character is special to YAML. Doubles dollars, so that none begins a
 * variable when the text is read back. */
MUST_CHECK bool put_text(struct buf *to, const char *text);

/* In brackets: ["a", "b"] */
MUST_CHECK bool put_list(struct buf *to, const struct config_list *list);

/* One or more lines for each rule, indented as below cache.rules. */
MUST_CHECK bool put_rules(struct buf *to, const struct config_rules *rules);
