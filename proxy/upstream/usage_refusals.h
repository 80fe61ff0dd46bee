/* Usage refusals: the models whose server answers stream_options with an error
 * (upstream.ask_usage), so that their streams are not asked to tell their usage for a while.
 *
 * Bounded: of many models the one that was noted longest ago is forgotten first, and then streams
 * of it are refused and asked anew once more.
 *
 * Threads: any; create and destroy while no worker runs. A NULL table holds nothing and takes
 * nothing in. Reads no clock: now_ms is any clock that never goes back. */
#pragma once

#include "base/own.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct usage_refusals;

/* How long a model is left alone: servers are updated. */
enum { USAGE_REFUSAL_MS = 3600 * 1000 };

/* How many models are known at one time. */
enum { USAGE_REFUSALS_MOST = 128 };

struct usage_refusals *usage_refusals_create(void);
void usage_refusals_destroy(struct usage_refusals **u);

/* The model (empty: none was named) of the upstream with this name refused it. */
void usage_refusals_add(struct usage_refusals *u, const char *upstream, struct slice model,
			int64_t now_ms);

bool usage_refusals_has(struct usage_refusals *u, const char *upstream, struct slice model,
			int64_t now_ms);
