/* Descriptors: how many file descriptors a configuration needs, so that no connection that it
 * permits fails for want of one.
 *
 * Threads: the main thread, before others open descriptors or read the configuration. */
#pragma once

#include "base/error_text.h"
#include "config/config.h"

/* Fits limits.connections and upstream.max_connections to the hard limit of this process, where
 * nobody set them; *ret_note then says what was lowered, and is empty otherwise. False with a
 * fault: what somebody set does not fit. */
MUST_CHECK bool descriptors_fit(struct config *c, size_t workers, struct error_text *ret_note,
				struct error_text *why);

/* Raises the process's soft limit to what a configuration that fits needs with this many workers; a
 * higher one is left. False with an error: it cannot be raised. */
MUST_CHECK bool descriptors_raise(const struct config *c, size_t workers, struct error_text *why);
