/* Admin: the listener for who runs this, apart from clients and their limits. It has a thread of
 * its own, which reads what workers count and takes nothing from them; so it answers also when
 * they are busy or full.
 *
 *     GET /metrics    the figures, for Prometheus
 *     GET /health     200 "ok" while workers serve, 503 "stopping" once they are to end
 *
 * It asks for no key: who reaches the address may read. A few connections at a time, each for a
 * few seconds.
 *
 * Threads: all functions are for the main thread. */
#pragma once

#include "base/error_text.h"
#include "proxy/admin/figures.h"

struct admin;

struct admin_options {
	int listen_fd; /* non-blocking, listening; stays the caller's */
	/* Writes how things stand. Called in the admin's thread, until admin_stop. */
	void (*figures)(void *context, struct figures *ret);
	void *context;
};

/* Answers from here on. NULL with a fault. */
struct admin *admin_start(const struct admin_options *options, struct error_text *why);

/* /health says from here on that it comes to an end. */
void admin_drain(struct admin *a);

/* Cuts off whoever is connected, and waits for the thread's end. */
void admin_stop(struct admin **a);
