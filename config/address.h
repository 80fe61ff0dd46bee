/* The syntax of the addresses in a configuration. Nothing is resolved and no file is looked at.
 *
 *         listen    host:port   [v6]:port   unix:path
 *         upstream  http[s]://[user:password@]host[:port][/base]   unix:/path[:/base]
 *
 * A host is an IPv4 address in four decimal parts, an IPv6 address in brackets (RFC 3986 §3.2.2,
 * without zone) or a name of letters, digits, '-', '_' and dots. Any thread. */
#pragma once

#include "base/error_text.h"
#include "base/slice.h"

#include <stdbool.h>

/* False with a sentence that quotes the address. Port 0: any free one. */
MUST_CHECK bool address_check_listen(struct slice text, struct error_text *why);

/* False with a sentence that quotes the address, masked. The base path has no query and no
 * fragment, and %40 instead of an at sign; it may end with a slash. */
MUST_CHECK bool address_check_upstream(struct slice text, struct error_text *why);

/* The address with "***" for user and password, to be given to free(). Hides rather too much than
 * too little when the address is malformed. Never NULL. */
char *address_mask(struct slice text);
