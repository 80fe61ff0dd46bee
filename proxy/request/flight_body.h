/* A follow: how a client reads along in a flight, while it is made. Where the upstream was asked
 * for a usage that this client did not want to know, it is left out on the way.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/buf.h"
#include "cache/flight/flight.h"
#include "proxy/openai/wire/usage_filter.h"

struct flight_body {
	struct reader *reader;
	struct usage_filter *filter; /* NULL: the flight's bytes as they are */
	struct buf passed;	     /* what came through the filter */
	size_t taken;		     /* of it */
	/* What waits takes so much memory; false: there is not so much. NULL: it is not asked. */
	bool (*pay)(struct flight_body *f, size_t bytes);
	size_t paid; /* the payer's */
	bool over;   /* the filter has had everything */
	bool torn;
	bool lagged; /* torn, since it kept others waiting (cache/flight/flight.h) */
};

/* The reader follows a flight and outlives this. limit_bytes: of an event that is looked at. */
struct flight_body flight_body_make(struct reader *reader, bool without_usage, size_t limit_bytes);
void flight_body_finish(struct flight_body *f);

/* The next bytes, at most `room`; or PULL_LATER, after which the reader's wake comes, PULL_END or
 * PULL_TORN (proxy/http/response.h). */
long flight_body_pull(struct flight_body *f, char *at, size_t room);
