/* A pool: a worker's connections to its upstream, kept between transfers, and the libcurl multi
 * handle that drives them.
 *
 * An idle connection on which anything arrives (bytes nobody asked for, or its end) is shut down at
 * once, and is looked at again right before a request would go out on it: libcurl 7.88 would hand
 * those bytes to the next request as its answer. sockets.h says how an idle connection is known.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/loop.h"
#include "base/own.h"
#include "proxy/upstream/upstream.h"

struct pool;

/* The loop and the upstream outlive the pool. Idle connections: at most keep. */
struct pool *pool_create(struct loop *loop, const struct upstream *upstream, unsigned keep);
void pool_destroy(struct pool **p); /* no transfer is under way */

const struct upstream *pool_upstream(const struct pool *p);

/* Milliseconds until pool_work has something to do; -1: nothing is due. */
int64_t pool_timeout_ms(const struct pool *p, int64_t now_ms);

/* Once a turn, after the loop's events: timers, then the transfers that ended. */
void pool_work(struct pool *p, int64_t now_ms);
