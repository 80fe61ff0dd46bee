/* The access log: one line per request, never with a prompt, a completion or a credential. Lines
 * are gathered and written once a turn.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/buf.h"

struct access {
	struct slice method;
	struct slice path;    /* without the query, which may contain keys */
	unsigned status;      /* 0: the client left before the response */
	const char *cache;    /* cache_status_name */
	const char *endpoint; /* "-": an unknown endpoint */
	const char *verdict;  /* or the code of our own error */
	struct slice tenant;  /* empty: unknown */
	uint64_t bytes_in;    /* of the request's body */
	uint64_t bytes_out;   /* of the response's body */
	int64_t first_us;     /* from the request's head to the response's first byte; -1: none */
	int64_t total_us;
	int64_t upstream_us; /* time spent waiting for the upstream's head; -1: not asked */
};

struct access_log {
	struct buf lines;
	bool on;
};

void access_log_init(struct access_log *log, bool on);
void access_log_finish(struct access_log *log); /* flushes */

void access_log_add(struct access_log *log, const struct access *a);

/* Writes the gathered lines to standard error. */
void access_log_flush(struct access_log *log);
