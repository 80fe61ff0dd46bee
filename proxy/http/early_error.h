/* An early error: an error response that we write into a socket ourselves, as a whole, where
 * libmicrohttpd cannot: on a connection that it was never given, or in the middle of a request. The
 * caller then ends the connection with a lingering close.
 *
 * Threads: only the worker's. */
#pragma once

#include "proxy/context.h"
#include "proxy/failure.h"
#include "proxy/header/cors_fields.h"

/* Writes the response with a single write, to a socket whose client has taken everything written
 * before. A client that does not get it still sees the connection end. with_body: false for a HEAD
 * request. grant: the CORS fields, which say which page may read it. Returns how many bytes of the
 * body were written. */
size_t early_error_write(int fd, enum error_shape shape, enum failure failure,
			 const struct cors_grant *grant, bool with_body);

/* Counts the error and writes a line in the access log, for errors without a request that would do
 * so. */
void early_error_count(enum failure failure, size_t bytes, struct context *worker);

/* Writes the error in OpenAI's shape, readable by any page, and counts it. */
void early_error_send(int fd, enum failure failure, struct context *worker);
