/* Sharing: whether an answer is for others than who asked for it, by what the upstream says of that
 * in its head. Any thread. */
#pragma once

#include "proxy/header/header_table.h"
#include "proxy/openai/verdict.h"

/* FINE, or why it is for nobody else, neither for who joined nor for who comes later:
 *
 * - Cache-Control: no-store, private (RFC 9111 §5.2.2.5, §5.2.2.7);
 * - Vary (RFC 9110 §12.5.5): *, or a field of the request that is no part of names and that the
 *   answer may depend on.
 *
 * Of an answer that is not 200 it says nothing: that is for who asked the same byte for byte
 * (request_refused). To be asked where cache.upstream_control is heeded. */
enum verdict shareable_verdict(const struct header_table *headers, const struct head *head);
