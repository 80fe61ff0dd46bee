/* Checks the syntax of the addresses in a configuration. Resolves no name and opens no file.
 *
 *         listen    host:port   [v6]:port   unix:path
 *         upstream  http[s]://[user:password@]host[:port][/base]   unix:/path[:/base]
 *
 * A host is an IPv4 address in four decimal parts, an IPv6 address in brackets (RFC 3986 §3.2.2,
 * without a zone) or a name of letters, digits, '-', '_' and dots. Any thread may call these. */
#pragma once

#include "base/error_text.h"
#include "base/slice.h"

#include <stdbool.h>

/* Returns false and sets *why, which quotes the address. Port 0 means any free port. */
MUST_CHECK bool address_check_listen(struct slice text, struct error_text *why);

/* Returns false and sets *why, which quotes the masked address. The base path has no query and no
 * fragment, and %40 in place of an at sign; it may end with a slash. */
MUST_CHECK bool address_check_upstream(struct slice text, struct error_text *why);

/* Returns a copy of the address with "***" in place of user and password. The caller frees it with
 * free(). Of a malformed address it hides too much rather than too little. Never NULL. */
char *address_mask(struct slice text);
