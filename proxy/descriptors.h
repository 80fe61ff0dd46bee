/* How many file descriptors a configuration needs, so that no connection that it permits fails for
 * lack of one.
 *
 * Threads: the main thread, before other threads open descriptors. */
#pragma once

#include "base/error_text.h"
#include "config/config.h"

/* Raises the process's soft limit to what this number of workers may need; a higher limit is kept.
 * False with a fault: the hard limit is too low, or the limit cannot be raised. */
MUST_CHECK bool descriptors_raise(const struct config *c, size_t workers, struct error_text *why);
