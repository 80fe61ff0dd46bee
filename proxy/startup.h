/* Startup checks that need more than the text of a configuration: whether its certificate files are
 * usable and libcurl accepts its URL. Used by serve, which keeps the results, and by check, which
 * reports what serve would find on this machine.
 *
 * Error texts begin with the line, environment variable or flag that sets the option.
 *
 * Threads: the main thread, before other threads exist. */
#pragma once

#include "base/error_text.h"
#include "config/config.h"

struct certificate;
struct upstream;

/* The configured number of workers, or one per core. */
size_t startup_workers(const struct config *c);

/* Creates the upstream, which the caller owns, and checks ca_file. On failure returns NULL and sets
 * *why. */
struct upstream *startup_upstream(const struct config *c, struct error_text *why);

/* Returns true and sets *ret_note if the URL deserves a note to the operator. */
bool startup_notes_url(const struct config *c, const struct upstream *u,
		       struct error_text *ret_note);

/* Loads the certificate of tls.cert, which the caller owns; *ret is NULL if TLS is not configured.
 * On failure returns false and sets *why. */
MUST_CHECK bool startup_certificate(const struct config *c, struct certificate **ret,
				    struct error_text *why);
