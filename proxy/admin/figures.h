/* Figures: the state of the process at one moment, for the admin pages. Filled in by the callback
 * of struct admin_options. Any thread. */
#pragma once

#include "base/budget.h"
#include "cache/cache.h"
#include "proxy/observe/header_watch.h"
#include "proxy/observe/metrics.h"

struct figures {
	struct metrics counted; /* the sum over all workers */
	struct cache_figures cache;
	/* headers that are new in nearly every request; NULL: not watched */
	const struct findings *findings;
	size_t memory_limit;	      /* cache.memory */
	struct budget_figures budget; /* limits.memory */
	size_t workers;
	size_t connections; /* clients' connections */
	size_t transfers;   /* requests under way at the upstream */
	size_t waiting;	    /* requests that wait for one of upstream.max_connections */
};
