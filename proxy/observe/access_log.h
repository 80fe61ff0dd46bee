/* The access log: one line per request, never a prompt, a completion or a credential. Lines are
 * gathered and written once a turn.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/buf.h"
#include "base/log.h"

struct access {
	struct slice method;
	struct slice path;    /* without the query, where people put keys */
	unsigned status;      /* 0: the client left before there was one */
	const char *cache;    /* HIT, MISS, JOIN, BYPASS; "-": never got that far */
	const char *endpoint; /* "-": none that we understand */
	const char *verdict;  /* or the code of an error of ours */
	struct slice tenant;  /* empty: none is known */
	uint64_t bytes_in;    /* of the request's body */
	uint64_t bytes_out;   /* of the answer's body */
	int64_t first_us;     /* from the request's head to the answer's first byte; -1: none */
	int64_t total_us;
	int64_t upstream_us; /* waited for the upstream's head; -1: did not ask it */
};

struct access_log {
	struct buf lines;
	bool on;
};

void access_log_init(struct access_log *log, bool on);
void access_log_finish(struct access_log *log); /* writes what is left */

void access_log_add(struct access_log *log, const struct access *a);

/* Writes what has gathered to standard error. */
void access_log_flush(struct access_log *log);
