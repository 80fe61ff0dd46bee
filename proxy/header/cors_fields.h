/* The CORS fields of responses (Fetch standard, §3.2.3): repeated from the upstream's head, or made
 * for a reader that the response was not made for. Our own response fields are added to those that
 * the page may read. Threads: only the worker's. */
#pragma once

#include "base/buf.h"
#include "proxy/header/cors.h"

/* Whether cors_fields_pass writes this field of a head, so that nothing else should write it. */
bool cors_field_is_passed(struct slice name);

/* For a head made for this very request: writes its CORS fields, with our own fields added to those
 * that the page may read, and Vary: Origin if it names one origin and lacks that. */
void cors_fields_pass(struct field_sink to, const struct head *head);

/* For a response made for another request, and for our own errors. Writes nothing if nothing is
 * permitted. */
void cors_fields_make(struct field_sink to, const struct cors_grant *grant);

/* Request fields that a page may send to us whatever the upstream permits, since they are not
 * forwarded. */
struct cors_own {
	bool keys;   /* the fields of API keys, since the keys are ours (auth.keys) */
	bool compat; /* those of other caches, see compat_header_is */
};

/* Appends to the list those fields that a preflight asks for (Access-Control-Request-Headers) that
 * are ours, or with ours = false all others. False: out of memory. */
MUST_CHECK bool cors_fields_append_asked(const struct fields *asked, const struct cors_own *own,
					 bool ours, struct buf *list);

/* Writes Access-Control-Allow-Headers for the response to a preflight: what the upstream permits,
 * and those of our own fields that were asked for, if the upstream permits the page at all. */
void cors_fields_allow(struct field_sink to, const struct head *head, const struct fields *asked,
		       const struct cors_own *own);

/* The CORS fields of our own error for this request: what the upstream permits; where that is
 * nothing or unknown, the page may read the error. */
struct cors_grant cors_fields_for_error(struct cors *c, const struct cors_request *request);

/* The CORS lines, each with its CRLF, of an error that is written into the socket directly. */
enum { CORS_LINES = 2 * CORS_ORIGIN + 2 * CORS_EXPOSE };
void cors_fields_lines(const struct cors_grant *grant, char at[CORS_LINES]);
