/* The fields that Reprise adds to every answer: Cache-Status (RFC 9211), X-Cache for people, Age on
 * hits (RFC 9111 §5.1), and what reaches a browser's page (cors_fields.h) or a proxy in front.
 * Threads: only the worker's. */
#pragma once

#include "proxy/request/request.h"

/* What has become of an answer that we asked for, as far as that is known before its first byte:
 * FATE_STORED, FATE_UNKNOWN, or the verdict that kept it out of the cache. */
#define FATE_STORED VERDICT_FINE
#define FATE_UNKNOWN VERDICTS

/* now_ms: of the clock that the entry was stored by. */
void response_own_fields(struct response *response, const struct request *r, enum verdict fate,
			 int64_t now_ms);

/* The fields of the upstream's head: all for who led or asked alone; for who joined, what may be
 * shared. */
void response_head_fields(struct response *response, struct request *r, const struct head *head);

/* The same where we put the body together ourselves: without those that vouch for its bytes. */
void response_other_fields(struct response *response, struct request *r, const struct head *head);
