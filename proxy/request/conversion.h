/* A rendition: an entry in another wire form, made of the one that arrived.
 *
 * Threads: any. */
#pragma once

#include "cache/store/entry.h"
#include "proxy/openai/endpoint.h"

struct conversion_options {
	size_t piece;	    /* cache.replay_chunk */
	size_t limit_bytes; /* of the rendition, as an event log; it is decoded one by one */
};

/* The entry in the form; one reference, the caller's. NULL: it does not tell what this form tells
 * (its usage), we do not understand it, or there is no memory. */
struct entry *conversion_make(const struct endpoint *endpoint, const struct entry *origin,
			      enum wire_form form, const struct conversion_options *options);
