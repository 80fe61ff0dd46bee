/* The CORS fields of answers (Fetch standard, §3.2.3): repeated from the upstream's head, or made
 * for a reader whose answer was not made for it. Our own response fields are added to what the page
 * may read. Threads: only the worker's. */
#pragma once

#include "base/buf.h"
#include "proxy/header/cors.h"

/* Whether cors_fields_pass writes this field of a head, so that nobody else should. */
bool cors_field_is_passed(struct slice name);

/* The head was made for this very request: what it says to its page, with our fields among those
 * that the page may read, and Vary: Origin where it names one origin and does not say so. */
void cors_fields_pass(struct field_sink to, const struct head *head);

/* The answer was made for another request, or is an error of ours. Nothing where nothing is
 * permitted. */
void cors_fields_make(struct field_sink to, const struct cors_grant *grant);

/* Fields that a page may send to us, whatever the upstream permits: they go no further. */
struct cors_own {
	bool keys;   /* those of keys, since they are ours (auth.keys) */
	bool compat; /* those that steer other caches, see alias_is */
};

/* From the fields that a preflight asks about (Access-Control-Request-Headers), appends those that
 * are ours, or all others, as a list. False: memory. */
MUST_CHECK bool cors_append_asked(const struct fields *asked, const struct cors_own *own, bool ours,
				  struct buf *list);

/* Access-Control-Allow-Headers of an answer to a preflight: what the upstream permits, and of what
 * was asked about, what is ours; where the upstream permits the page at all. */
void cors_fields_allow(struct field_sink to, const struct head *head, const struct fields *asked,
		       const struct cors_own *own);

/* What an error of ours says to a page of this request's origin: what the upstream permits it, and
 * where that is nothing or not known, that it may read the error. */
struct cors_grant cors_for_error(struct cors *c, const struct cors_request *request);

/* The lines of an error that is written into the socket as it is, each with its CRLF. */
enum { CORS_LINES = 2 * CORS_ORIGIN + 2 * CORS_EXPOSE };
void cors_lines(const struct cors_grant *grant, char at[CORS_LINES]);
