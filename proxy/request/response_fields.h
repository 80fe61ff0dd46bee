/* The header fields of responses: those of the upstream, and those that Reprise adds: Cache-Status
 * (RFC 9211), X-Cache for humans, Age on hits (RFC 9111 §5.1), CORS fields for browsers
 * (cors_fields.h) and fields for a proxy in front.
 *
 * Threads: the worker's. */
#pragma once

#include "proxy/request/request.h"

/* Whether a fetched answer was stored, as far as is known before its first byte is sent:
 * FATE_STORED, FATE_UNKNOWN, or the verdict that kept it out of the cache. */
#define FATE_STORED VERDICT_FINE
#define FATE_UNKNOWN VERDICTS

/* Adds our own fields. now_ms: from the clock that entries are stored with. */
void response_fields_add_own(struct response *response, const struct request *r, enum verdict fate,
			     int64_t now_ms);

/* Adds the fields of the upstream's head: all of them if this request fetched the response, only
 * the shareable ones if it joined the flight. Sets r->status. */
void response_fields_add_head(struct response *response, struct request *r,
			      const struct head *head);

/* The same for a body that we composed: without validators and digests of the upstream's body. */
void response_fields_add_composed(struct response *response, struct request *r,
				  const struct head *head);
