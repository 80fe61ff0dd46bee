/* Whether the options of a configuration agree with each other: each was checked alone before.
 *
 * Threads: one at a time. */
#pragma once

#include "config/config.h"
#include "config/faults.h"

/* Of two that do not fit, the one that nobody set gives way; otherwise a fault is added. Looks at
 * files. */
void check_consistency(struct config *c, struct faults *f);
