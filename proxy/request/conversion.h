/* Conversion: makes an entry in another wire form from the one that the upstream sent.
 *
 * Threads: any. */
#pragma once

#include "cache/store/entry.h"
#include "proxy/openai/endpoint.h"

struct conversion_options {
	size_t piece;	    /* cache.replay_chunk */
	size_t limit_bytes; /* maximum size of the converted entry's event log */
};

/* Returns the entry in this form, with a reference for the caller. NULL: the origin lacks something
 * that the form has (the token usage), we do not understand it, or no memory. */
struct entry *conversion_make(const struct endpoint *endpoint, const struct entry *origin,
			      enum wire_form form, const struct conversion_options *options);
