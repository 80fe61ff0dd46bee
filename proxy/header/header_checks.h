/* Header checks: which requests are refused for what their heads say, though the framing found
 * every line well-formed. Any thread. */
#pragma once

#include "proxy/failure.h"
#include "proxy/header/header_fields.h"

/* A field of which one decides must not occur twice, since another reader might take the other one.
 * NULL: none does. Otherwise a sentence for the client on what is wrong; respond with 400 and
 * close. */
const char *header_checks_refusal(const struct fields *fields);

/* Why neither we nor the upstream can serve this request; FAILURE_NONE: it can be served.
 *
 * - TRACE (RFC 9110 §9.3.8), and TRACK, which some servers treat as TRACE: the response shows the
 *   request as the upstream got it, with our credential.
 * - An upgrade to another protocol (RFC 9110 §7.8), except h2c and other versions of HTTP and TLS,
 *   which clients only offer. */
enum failure header_checks_unimplemented(struct slice method, struct slice version,
					 const struct fields *fields);
