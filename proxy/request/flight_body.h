/* A flight body: the body of a response that is read from a flight while the flight arrives. If the
 * upstream was asked for a token usage that this client did not ask for, it is filtered out.
 *
 * Threads: the worker's. */
#pragma once

#include "base/buf.h"
#include "cache/flight/flight.h"
#include "proxy/openai/wire/usage_filter.h"

struct flight_body {
	struct reader *reader;
	struct usage_filter *filter; /* NULL: the flight's bytes are not filtered */
	struct buf filtered;	     /* output of the filter */
	size_t sent;		     /* bytes of filtered that were pulled */
	/* Called when the bytes that wait in the filter take this much memory in all. False: it is
	 * not available. NULL: memory is not counted. */
	bool (*take_memory)(struct flight_body *f, size_t bytes);
	size_t taken_memory; /* for take_memory: what it has taken */
	bool filter_ended;   /* the filter has received everything */
	bool torn;	     /* the body broke off */
	bool lagged; /* torn because it kept other readers waiting (cache/flight/flight.h) */
};

/* The reader must follow a flight and outlive the body. limit_bytes: maximum size of an event that
 * the filter examines. */
struct flight_body flight_body_make(struct reader *reader, bool without_usage, size_t limit_bytes);
void flight_body_finish(struct flight_body *f);

/* Copies the next bytes, at most `room`, and returns how many; or PULL_LATER (the reader's wake
 * will be called), PULL_END or PULL_TORN (proxy/http/response.h). */
long flight_body_pull(struct flight_body *f, char *at, size_t room);
