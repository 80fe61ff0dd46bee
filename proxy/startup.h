/* What a configuration asks of this machine, and its text alone does not tell: files that can be
 * used, descriptors, a URL that libcurl takes, too. For serve, which goes on from there, and for
 * check, which says what serve would find here.
 *
 * Faults name the place in the file, the variable or the flag where they are to be mended.
 *
 * Threads: the main thread, before there are others. */
#pragma once

#include "base/error_text.h"
#include "config/config.h"

struct certificate;
struct upstream;

/* As many as the configuration wants, or one for each core. */
size_t startup_workers(const struct config *c);

/* The model server; NULL with an error. ca_file has been looked into, too. */
struct upstream *startup_upstream(const struct config *c, struct error_text *why);

/* Whether there is something to be said of its URL: then *ret_note says it. */
bool startup_notes_url(const struct config *c, const struct upstream *u,
		       struct error_text *ret_note);

/* False with an error. *ret is NULL where there is to be no TLS. */
MUST_CHECK bool startup_certificate(const struct config *c, struct certificate **ret,
				    struct error_text *why);
