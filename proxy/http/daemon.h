/* A worker's libmicrohttpd daemon: its setup, and the test that it receives through our filter.
 *
 * Threads: one at a time. */
#pragma once

#include "base/error_text.h"

#include <microhttpd.h>
#include <stdint.h>

struct daemon_options {
	unsigned connections; /* at most at one time */
	size_t memory_bytes;  /* per connection: the head of a request and that of its response */
	unsigned idle_s;
	/* Callbacks as in microhttpd.h; they get this context. */
	void *context;
	MHD_AccessHandlerCallback on_request;
	void *(*on_target)(void *context, const char *target, struct MHD_Connection *connection);
	MHD_RequestCompletedCallback on_completed;
	MHD_NotifyConnectionCallback on_connection;
};

/* on_connection is called before MHD_add_connection returns; the other callbacks are called in
 * MHD_run. NULL: the daemon could not start, see errno. */
struct MHD_Daemon *daemon_start(const struct daemon_options *options);

/* The daemon's epoll descriptor: readable when MHD_run has something to do. */
int daemon_fd(struct MHD_Daemon *daemon);

/* Milliseconds until MHD_run has something to do without an event; -1: nothing is due. */
int64_t daemon_timeout_ms(struct MHD_Daemon *daemon);

/* Tests that libmicrohttpd receives through the receive filter: adds a connection, sends a request
 * on it and runs the daemon. on_target must set *filtered if the request came through the filter,
 * and return NULL, which ends the connection. False with an error: the request bypassed the filter,
 * or no connection could be made. */
bool daemon_test(struct MHD_Daemon *daemon, const bool *filtered, struct error_text *why);
