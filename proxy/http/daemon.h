/* A worker's libmicrohttpd daemon: how it is set up, and the test whether it is safe to use.
 *
 * Threads: one at a time. */
#pragma once

#include "base/error_text.h"

#include <microhttpd.h>
#include <stdint.h>

struct daemon_options {
	unsigned connections; /* the most at one time */
	size_t memory_bytes;  /* of each connection: a request's head, and that of its answer */
	unsigned idle_s;
	/* The callbacks are as in microhttpd.h, and get this context. */
	void *context;
	MHD_AccessHandlerCallback on_request;
	void *(*on_target)(void *context, const char *target, struct MHD_Connection *connection);
	MHD_RequestCompletedCallback on_completed;
	MHD_NotifyConnectionCallback on_connection;
};

/* A connection that is added is known to on_connection before MHD_add_connection returns, and
 * everything else happens in MHD_run. NULL: it could not start, see errno. */
struct MHD_Daemon *daemon_start(const struct daemon_options *options);

/* Its epoll set: readable when MHD_run has something to do. */
int daemon_fd(struct MHD_Daemon *daemon);

/* Milliseconds until MHD_run has something to do without an event; -1: nothing is due. */
int64_t daemon_timeout_ms(struct MHD_Daemon *daemon);

/* Whether what libmicrohttpd receives comes through the tap. Adds a connection, sends a request on
 * it, and runs the daemon: on_target is called, sets *tapped if the request came through the tap,
 * and returns NULL, which ends the connection. False with a fault: it did not, or there was no
 * connection. */
bool daemon_test(struct MHD_Daemon *daemon, const bool *filtered, struct error_text *why);
