/* Figures: how things stand at one moment, for who runs this. Gathered by who composes it all,
 * shown by the pages. Any thread. */
#pragma once

#include "base/budget.h"
#include "cache/cache.h"
#include "proxy/observe/header_watch.h"
#include "proxy/observe/metrics.h"

struct figures {
	struct metrics counted; /* by all workers together */
	struct cache_figures cache;
	const struct findings
	    *findings;		      /* headers that are new in nearly every request; NULL: none */
	size_t memory_limit;	      /* cache.memory */
	struct budget_figures budget; /* limits.memory */
	size_t workers;
	size_t connections; /* of clients */
	size_t transfers;   /* requests under way at the model server, */
	size_t waiting;	    /* and those that wait for one of upstream.max_connections */
};
