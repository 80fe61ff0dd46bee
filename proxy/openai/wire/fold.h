/* Fold: converts a stream of events into the one object that the same upstream would have sent as a
 * plain response.
 *
 * No data that a client could miss is lost: unknown members are merged by one rule (merge.h), and
 * streams for which the rule cannot decide are rejected. Pure. */
#pragma once

#include "base/buf.h"
#include "proxy/openai/endpoint.h"

/* Appends the object to *out. False: the stream is not complete, is not understood, or lacks what a
 * plain response has (its usage); or there is no memory. *out is then unchanged. */
MUST_CHECK bool fold(enum endpoint_family family, struct slice stream, struct buf *out);
