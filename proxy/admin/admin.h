/* The admin listener, for operators, separate from clients and their limits. It has its own thread,
 * which reads the workers' counters and takes nothing from them, so it responds also when they are
 * busy or full.
 *
 *     GET /metrics    the metrics, for Prometheus
 *     GET /health     200 "ok" while workers serve, 503 "stopping" once they are to end
 *
 * It requires no key: everybody who can reach the address may read. It allows few connections at a
 * time, each for a few seconds.
 *
 * Threads: all functions are for the main thread. */
#pragma once

#include "base/error_text.h"
#include "proxy/admin/figures.h"

struct admin;

struct admin_options {
	int listen_fd; /* non-blocking, listening; the caller owns it */
	/* Fills in the figures. Called in the admin's thread, until admin_stop returns. */
	void (*figures)(void *context, struct figures *ret);
	void *context;
};

/* Starts to serve. NULL with an error. */
struct admin *admin_start(const struct admin_options *options, struct error_text *why);

/* From here on /health says that the process is stopping. */
void admin_drain(struct admin *a);

/* Closes all connections and waits for the thread's end. */
void admin_stop(struct admin **a);
