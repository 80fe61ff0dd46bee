/* Sharing: whether an answer is for others than who asked for it, by its head: what the upstream
 * says of that, and what its status means where several clients have one scope. Any thread. */
#pragma once

#include "proxy/header_table.h"
#include "proxy/openai/verdict.h"

struct sharing {
	const struct header_table *headers;
	bool heeds; /* cache.upstream_control: what the upstream says counts */
	/* Clients share one scope who present credentials of their own to the upstream: one's being
	 * refused says nothing of the others. */
	bool everyone;
};

/* FINE, or why it is for nobody else, neither for who joined nor for who comes later:
 *
 * - Cache-Control: no-store, private (RFC 9111 §5.2.2.5, §5.2.2.7);
 * - Vary (RFC 9110 §12.5.5): *, or a field of the request that is no part of names and that the
 *   answer may depend on;
 * - a status that tells who asks: you may not, or not now.
 *
 * Other errors are for everybody who waits: they are not kept, and would be the same. */
enum verdict sharing_verdict(const struct sharing *s, const struct head *head);
