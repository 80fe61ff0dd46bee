/* A worker: one thread with one event loop, which runs a server for the clients and a pool of
 * connections to the upstream. Workers share the cache and what worker_options marks as shared.
 *
 * One turn: sleep until the earliest deadline -> the loop's events (those of the upstream's sockets
 * among them) -> the pool's timers and finished transfers -> mailbox -> overdue fetches -> one run
 * of the server -> the access log.
 *
 * Threads: all functions are for the main thread. */
#pragma once

#include "base/budget.h"
#include "base/error_text.h"
#include "cache/cache.h"
#include "config/config.h"
#include "proxy/http/server.h"
#include "proxy/upstream/upstream.h"

struct worker;

struct worker_options {
	const struct config *config;
	struct cache *cache;		    /* shared */
	struct budget *budget;		    /* shared; limits.memory */
	struct thread_pool *helpers;	    /* shared */
	struct api_keys *api_keys;	    /* shared; NULL: no key is required */
	const struct header_table *headers; /* shared, constant */
	struct findings *findings; /* shared; headers that are new in nearly every request */
	struct cors *cors;	   /* shared */
	struct usage_refusals *usage_refusals; /* shared */
	const struct upstream *upstream;       /* shared, constant */
	struct server_options server;
	unsigned workers; /* number of workers; each keeps its share of idle connections */
	bool sweeps;	  /* this worker removes expired entries at intervals */
};

/* Creates the worker and starts its thread. NULL with an error. */
struct worker *worker_create(const struct worker_options *options, struct error_text *why);

/* Makes the worker stop accepting, finish what is under way within limit_ms, and end. */
void worker_stop(struct worker *w, int64_t limit_ms);

/* Whether its thread is still running. At its end it sends the process SIGUSR1. */
bool worker_running(struct worker *w);

/* Waits for the thread's end. */
void worker_join(struct worker *w);

/* Its counters, valid as long as the worker exists. Any thread. */
const struct metrics *worker_metrics(const struct worker *w);

/* Call it after worker_join of all workers: until then they may post to each other. */
void worker_destroy(struct worker **w);
