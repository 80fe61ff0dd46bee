/* A pool: a worker's connections to its upstream, kept between transfers, and the libcurl multi
 * handle that drives them.
 *
 * If anything arrives on an idle connection (unsolicited bytes or its end), the connection is shut
 * down at once. It is checked again right before a request goes out on it: libcurl 7.88 would take
 * such bytes for the response to the next request (8.0 and later check by themselves). sockets.h
 * describes how we know that a connection is idle.
 *
 * Threads: the worker's. */
#pragma once

#include "base/loop.h"
#include "proxy/upstream/upstream.h"

struct pool;

/* The loop and the upstream must outlive the pool. keep: maximum number of idle connections. */
struct pool *pool_create(struct loop *loop, const struct upstream *upstream, unsigned keep);
void pool_destroy(struct pool **p); /* no transfer may be running */

const struct upstream *pool_upstream(const struct pool *p);

/* Milliseconds until pool_work must be called; -1: no limit. */
int64_t pool_timeout_ms(const struct pool *p, int64_t now_ms);

/* Resumes transfers, runs timers and reports ended transfers. Call it once per loop turn, after the
 * events. */
void pool_work(struct pool *p, int64_t now_ms);
