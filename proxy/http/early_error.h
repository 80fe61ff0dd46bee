/* A refusal: an error answer that we write into a socket ourselves, as a whole, where libmicrohttpd
 * cannot: to a connection that it was never given, or in the middle of a request. Whoever refuses
 * ends the connection behind it, with a farewell.
 *
 * Threads: only the worker's. */
#pragma once

#include "proxy/header/cors_fields.h"
#include "proxy/failure.h"
#include "proxy/context.h"
#include "proxy/openai/error.h"

/* One write, into a socket to which nothing was written that its client did not take: who does not
 * get it sees the end all the same. An answer to a HEAD is written without its body. grant: which
 * page may read it. Returns how much of the body was written. */
size_t early_error_write(int fd, enum error_shape shape, enum failure failure,
			 const struct cors_grant *grant, bool with_body);

/* Counts it and writes a line in the access log, where there is no request that would. */
void early_error_count(enum failure failure, size_t bytes, struct context *worker);

/* Both. */
void early_error_send(int fd, enum failure failure, struct context *worker);
