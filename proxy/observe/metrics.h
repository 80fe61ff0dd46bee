/* Metrics: one worker's counters since it started. Each verdict (openai/verdict.def) and failure
 * (failure.def) has its own counter, so a reason has the same name here as in Cache-Status and in
 * the access log. admin/metrics_page.c gives the counters their public names.
 *
 * Threads: only the worker's thread counts; any thread may read. Values read together need not be
 * from the same moment. */
#pragma once

#include "cache/store/entry.h"
#include "proxy/failure.h"
#include "proxy/observe/cache_status.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/verdict.h"

#include <stdatomic.h>
#include <stdint.h>

enum { METRICS_TURNS = 6 };

struct metrics {
	/* requests that ended; the last family is for unknown endpoints */
	_Atomic uint64_t requests[ENDPOINT_FAMILIES + 1][CACHE_STATUSES];
	_Atomic uint64_t verdicts[VERDICTS];
	/* our own error responses, to requests and connections */
	_Atomic uint64_t failures[FAILURES];
	_Atomic uint64_t stored; /* entries stored */
	_Atomic uint64_t torn;	 /* responses that were cut off while they were being sent */
	_Atomic uint64_t framing_conflicts; /* see metrics_framing_conflict */
	_Atomic uint64_t aborted;	    /* responses whose clients left, or did not read them */
	_Atomic uint64_t prompt_saved;	    /* tokens that hits saved */
	_Atomic uint64_t completion_saved;
	/* turns of the loop by duration, see metrics_turn_ms; the last: longer */
	_Atomic uint64_t turns[METRICS_TURNS + 1];
	_Atomic uint64_t turns_us;	  /* the sum of their durations */
	_Atomic uint64_t longest_turn_us; /* must be the last member: a maximum, not a sum */
};

/* The upper bounds, in milliseconds, of all but the last of turns[]. */
extern const unsigned metrics_turn_ms[METRICS_TURNS];

/* Each counts one more. Only the worker's thread. */
void metrics_request(struct metrics *m, const struct endpoint *e, enum cache_status status);
void metrics_verdict(struct metrics *m, enum verdict v); /* FINE is not counted */
void metrics_failure(struct metrics *m, enum failure f); /* nor is NONE */
void metrics_torn(struct metrics *m);
void metrics_turn(struct metrics *m, int64_t us); /* us: without the time that the loop waited */
/* libmicrohttpd found a request that our framing did not, and the connection was dropped. */
void metrics_framing_conflict(struct metrics *m);
void metrics_aborted(struct metrics *m);
void metrics_saved(struct metrics *m, const struct token_usage *u); /* as far as known */

/* A response is complete. FINE: it was stored; otherwise v says why not. */
void metrics_answer(struct metrics *m, enum verdict v);

/* A response that might have been stored failed before its end. A shutdown is not counted. */
void metrics_failed(struct metrics *m, enum failure why);

/* Adds another worker's counters, for the sum over all workers. */
void metrics_add(struct metrics *sum, const struct metrics *m);
