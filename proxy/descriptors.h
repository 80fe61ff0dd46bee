/* Descriptors: how many file descriptors a configuration needs, so that no connection that it
 * permits fails for want of one.
 *
 * Threads: the main thread, before others open descriptors. */
#pragma once

#include "base/error_text.h"
#include "config/config.h"

/* Raises the process's soft limit to what this many workers need at most; a higher one is left.
 * False with a fault: the hard limit is lower, or the limit cannot be raised. */
MUST_CHECK bool descriptors_raise(const struct config *c, size_t workers, struct error_text *why);
