/* Metrics: what one worker has counted since it started. Verdicts (openai/verdict.def) and failures
 * (failure.def) are counted one by one, so that a reason which is told in Cache-Status or in the
 * access log is counted under the same word. How it is all called to the outside is said in
 * admin/metrics_page.c.
 *
 * Threads: one counts, the worker's; any may read. What is read at one time need not be of one
 * moment. */
#pragma once

#include "cache/store/entry.h"
#include "proxy/observe/cache_status.h"
#include "proxy/failure.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/verdict.h"

#include <stdatomic.h>
#include <stdint.h>

enum { METRICS_TURNS = 6 };

struct metrics {
	/* requests that ended; the last family is for what is no endpoint that we understand */
	_Atomic uint64_t requests[ENDPOINT_FAMILIES + 1][CACHE_STATUSES];
	_Atomic uint64_t verdicts[VERDICTS];
	_Atomic uint64_t failures[FAILURES]; /* what requests and connections were answered by us */
	_Atomic uint64_t stored;	     /* entries that arrived */
	_Atomic uint64_t torn;		     /* answers that broke off before their clients' eyes */
	_Atomic uint64_t framing_conflicts;  /* see metrics_framing_conflict */
	_Atomic uint64_t aborted;	     /* answers whose clients left, or did not read them */
	_Atomic uint64_t prompt_saved;	     /* tokens that hits did not cost */
	_Atomic uint64_t completion_saved;
	_Atomic uint64_t
	    turns[METRICS_TURNS + 1];	  /* of the loop, by metrics_turn_ms; the last: longer */
	_Atomic uint64_t turns_us;	  /* all of them together */
	_Atomic uint64_t longest_turn_us; /* last, since it is no sum */
};

/* Up to how many milliseconds each but the last of turns[] counts. */
extern const unsigned metrics_turn_ms[METRICS_TURNS];

/* One more. Only the worker's thread. */
void metrics_request(struct metrics *m, const struct endpoint *e, enum cache_status part);
void metrics_verdict(struct metrics *m, enum verdict v); /* FINE counts nothing */
void metrics_failure(struct metrics *m, enum failure f); /* nor does NONE */
void metrics_torn(struct metrics *m);
void metrics_turn(struct metrics *m, int64_t us); /* in which the loop did not wait */
/* libmicrohttpd found a request where our framing found none, and its connection was dropped. */
void metrics_framing_conflict(struct metrics *m);
void metrics_aborted(struct metrics *m);
void metrics_saved(struct metrics *m, const struct token_usage *s); /* what is known of it */

/* An answer came to its end. FINE: it was stored. */
void metrics_answer(struct metrics *m, enum verdict v);

/* One that might have been stored failed before its end. That the process ends is nothing. */
void metrics_failed(struct metrics *m, enum failure why);

/* Adds what another one counted, for the sum over all workers. */
void metrics_add(struct metrics *sum, const struct metrics *m);
