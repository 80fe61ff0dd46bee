/* Checks the options of a configuration against each other; each has been checked alone before.
 *
 * Threads: one at a time. */
#pragma once

#include "config/config.h"
#include "config/error_list.h"

/* Where two options conflict and one is a default, adapts the default; otherwise adds an error.
 * Accesses files. */
void check_consistency(struct config *c, struct error_list *errors);
