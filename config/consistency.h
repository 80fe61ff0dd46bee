/* Whether the options of a configuration agree with each other: each was checked alone before.
 *
 * Threads: one at a time. */
#pragma once

#include "config/config.h"
#include "config/error_list.h"

/* Of two that do not fit, the one that nobody set gives way; otherwise an error is added. Looks at
 * files. */
void check_consistency(struct config *c, struct error_list *f);
