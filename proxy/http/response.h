/* A response to a client: create it with its body, add the fields, send it. The constructors return
 * NULL when out of memory; what they took ownership of is freed then.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/own.h"
#include "base/slice.h"
#include "cache/store/entry.h"
#include "proxy/http/connection.h"

struct response;

/* Takes ownership of the bytes (malloc's; may be NULL when len is 0). */
struct response *response_of_bytes(char *bytes, size_t len);

/* The entry's bytes; holds a reference to the entry until they are sent. */
struct response *response_of_entry(struct entry *entry);

/* The memory that response_of_entry needs besides the entry, until the response is sent. */
size_t response_of_entry_bytes(const struct entry *entry);

/* What a stream's pull returns instead of a number of bytes. */
enum {
	PULL_LATER = 0, /* nothing yet; connection_wake asks again */
	PULL_END = -1,
	PULL_TORN = -2, /* end as incomplete: no final chunk, the connection is closed */
};

/* The size of a stream's buffer in libmicrohttpd. */
enum { RESPONSE_BLOCK = 16 << 10 };

/* A body that is pulled as the client reads it; size -1: unknown, sent in chunks. The context must
 * live until the request's end. */
struct response *response_of_stream(struct connection *c, int64_t size,
				    long (*pull)(void *context, char *at, size_t room),
				    void *context);

/* No body, for a HEAD request; size is the length that the body would have. -1: the length is not
 * announced, and the connection ends, since libmicrohttpd 0.9.75 would send the last chunk of a
 * body without chunks (1.0.1 would not). */
struct response *response_of_nothing(int64_t size);

/* Adds a field. Fields whose name or value HTTP does not permit are left out. */
void response_field(struct response *response, struct slice name, struct slice value);

/* Queues the response and releases it. False: the connection is not in a state for it. */
MUST_CHECK bool response_send(struct connection *c, unsigned status, struct response **response);
