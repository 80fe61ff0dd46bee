/* Unfold: one object into a stream of events, as the same upstream would have sent it. Folded
 * again, it is the object. Pure. */
#pragma once

#include "base/buf.h"
#include "proxy/openai/endpoint.h"

struct unfold_options {
	bool usage;   /* with an event of usage, where that is asked for */
	size_t piece; /* characters of text in each event, at least; 0: a word */
	/* Receives the frames, each with its blank line. False: they cannot be kept. */
	bool (*on_event)(void *context, struct slice event);
	void *context;
};

/* False: the object is not understood, on_event said no, the stream would be more than 256 times as
 * long, or there is no memory. What was handed out by then is to be thrown away. */
MUST_CHECK bool unfold(enum endpoint_family family, struct slice object,
		       const struct unfold_options *options);
