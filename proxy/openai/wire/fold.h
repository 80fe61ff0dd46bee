/* Fold: a stream of events into the one object that the same upstream would have answered with.
 *
 * Nothing that a client could miss is lost: members that are not known here are carried along by
 * one rule (merge.h), and what the rule cannot decide is refused. Pure. */
#pragma once

#include "base/buf.h"
#include "proxy/openai/endpoint.h"

/* Appends the object to *out. False: the stream is not whole, is not understood, or does not tell
 * what a plain answer tells (its usage); or there is no memory. *out is as it was then. */
MUST_CHECK bool fold(enum endpoint_family family, struct slice stream, struct buf *out);
