/* Usage refusals: the models whose server answers stream_options with an error, so that their
 * streams are not asked for the token usage for a while (upstream.ask_usage).
 *
 * The table is bounded: the oldest model is forgotten first. Its next stream is then asked,
 * refused, and sent again without the question.
 *
 * Threads: any; create and destroy while no worker runs. A NULL table stays empty. now_ms is any
 * monotonic clock. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct usage_refusals;

/* How long a refusal is remembered; not longer, since servers are updated. */
enum { USAGE_REFUSAL_MS = 3600 * 1000 };

/* Maximum number of models in the table. */
enum { USAGE_REFUSALS_MOST = 128 };

struct usage_refusals *usage_refusals_create(void);
void usage_refusals_destroy(struct usage_refusals **u);

/* Remembers that the model (empty: the request named none) of this upstream refused it. */
void usage_refusals_add(struct usage_refusals *u, const char *upstream, struct slice model,
			int64_t now_ms);

bool usage_refusals_has(struct usage_refusals *u, const char *upstream, struct slice model,
			int64_t now_ms);
