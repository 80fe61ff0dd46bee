/* Unfold: converts one object into a stream of events, as the same upstream would have sent it.
 * Folding the stream gives the object again. Pure. */
#pragma once

#include "base/slice.h"
#include "proxy/openai/endpoint.h"

struct unfold_options {
	bool usage;   /* add an event with usage, where it must be requested */
	size_t piece; /* least characters of text in an event; 0: one word */
	/* Receives the frames, each with its blank line. False: they cannot be kept. */
	bool (*on_event)(void *context, struct slice event);
	void *context;
};

/* False: the object is not understood, on_event returned false, the stream would be more than 256
 * times as long as the object, or there is no memory. The caller then discards what on_event has
 * received. */
MUST_CHECK bool unfold(enum endpoint_family family, struct slice object,
		       const struct unfold_options *options);
