/* The guard: refuses requests with two fields where one decides, of which another reader might take
 * the other one. That each field is what it seems to be is the framing's doing. Any thread. */
#pragma once

#include "proxy/failure.h"
#include "proxy/header/header_fields.h"

/* NULL: fine. Else what is wrong, a sentence for the client; answer 400 and close. */
const char *header_checks_refusal(const struct fields *fields);

/* Why a request can be served by nobody here; NONE: it can.
 *
 * - TRACE (RFC 9110 §9.3.8), and TRACK, which some servers take for it: its answer shows the
 *   request as the upstream got it, with our credential.
 * - An upgrade to another protocol (RFC 9110 §7.8), but for h2c and other versions of HTTP and TLS,
 *   which clients offer with requests that are fine without. */
enum failure header_checks_unimplemented(struct slice method, struct slice version,
					 const struct fields *fields);
