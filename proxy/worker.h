/* A worker: one thread, one loop, with a server towards the clients and a pool towards the upstream
 * side by side. Workers share the cache and nothing else.
 *
 * One turn: sleep until the nearer of all deadlines -> the loop's events (the upstream's sockets
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
	struct cache *cache;
	struct budget *budget; /* limits.memory */
	struct thread_pool *helpers;
	struct api_keys *api_keys; /* NULL: no key is asked for */
	const struct header_table *headers;
	struct findings *findings; /* of headers that are new in nearly every request */
	struct cors *cors;
	struct usage_refusals *usage_refusals;
	const struct upstream *upstream;
	struct server_options server;
	unsigned workers; /* how many there are: each keeps its share of idle connections */
	bool sweeps;	  /* this one drops expired entries now and then */
};

/* Everything it needs, and its thread. NULL with a fault. */
struct worker *worker_create(const struct worker_options *options, struct error_text *why);

/* Accept nobody, finish what is under way within limit_ms, then end. */
void worker_stop(struct worker *w, int64_t limit_ms);

/* Whether its thread still works. At its end it sends the process SIGUSR1. */
bool worker_running(struct worker *w);

/* Waits for the thread's end. */
void worker_join(struct worker *w);

/* What it has counted; as long as the worker is there. Any thread. */
const struct metrics *worker_metrics(const struct worker *w);

/* After worker_join of all workers: they may have had news for each other until then. */
void worker_destroy(struct worker **w);
