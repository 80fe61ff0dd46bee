/* Whether a response may be shared: given to other clients than the one that requested it,
 * according to its head.
 *
 * Threads: any. */
#pragma once

#include "proxy/header/header_table.h"
#include "proxy/openai/verdict.h"

/* Returns VERDICT_FINE, or why the response must not be shared, neither with readers that joined
 * the flight nor with later requests:
 *
 * - Cache-Control: no-store, private (RFC 9111 §5.2.2.5, §5.2.2.7);
 * - Vary (RFC 9110 §12.5.5): *, or a request field that the response may depend on and that is not
 *   part of the cache key.
 *
 * Always FINE if the status is not 200: such a response goes only to clients that sent the same
 * request byte for byte (request_accepts). Call it only if cache.upstream_control is heed. */
enum verdict shareable_verdict(const struct header_table *headers, const struct head *head);
