/* Responses: what goes back to a client, in libmicrohttpd's terms. Besides server.c and daemon.c
 * nothing here knows that library.
 *
 * A connection may sleep (libmicrohttpd: be suspended) only in the server's handler or in a
 * stream's pull, and is woken only if it sleeps; both are kept here.
 *
 * Threads: only the worker's. */
#pragma once

#include "base/own.h"
#include "base/slice.h"
#include "cache/store/entry.h"
#include "proxy/http/connection.h"

/* Puts the connection to sleep until client_wake, watching for the client's leaving meanwhile.
 * False: the client is gone already. */
MUST_CHECK bool connection_sleep(struct connection *c);

/* Wakes it, if it sleeps: the server calls the request again, or the stream's pull. */
void connection_wake(struct connection *c);

/* Sends something that means nothing, so that a client that is gone answers with a reset: before
 * the head of the answer an interim response, in a stream a zero before the size of the next chunk.
 * The connection sleeps, and its client knows HTTP/1.1. `headed`: the answer was queued. False:
 * there is nothing of the kind for this answer. */
MUST_CHECK bool connection_probe(struct connection *c, bool headed);

/* ## An answer: its body, then its fields, then off it goes. NULL: memory; what was taken is freed.
 */

struct response;

/* Takes the bytes (malloc's; may be NULL when len is 0). */
struct response *response_of_bytes(char *bytes, size_t len);

/* The entry's bytes, which it keeps a reference to until they are sent. */
struct response *response_of_entry(struct entry *entry);

/* What that takes beside the entry, until the answer is sent. */
size_t response_of_entry_bytes(const struct entry *entry);

/* What a stream's pull returns beside a number of bytes. */
enum {
	PULL_LATER = 0, /* client_wake asks again */
	PULL_END = -1,
	PULL_TORN = -2, /* end visibly: no final chunk, the connection is closed */
};

/* What a stream takes in libmicrohttpd. */
enum { RESPONSE_BLOCK = 16 << 10 };

/* Bytes that are pulled as the client takes them; size -1: not known, sent chunked. The context
 * must live until the request's end. */
struct response *response_of_stream(struct connection *c, int64_t size,
				    long (*pull)(void *context, char *at, size_t room),
				    void *context);

/* No body, for a HEAD; size is what the body would have. -1: nothing is said of it, and the
 * connection ends, since libmicrohttpd 0.9.75 would send the last chunk of a body without chunks
 * (1.0.1 would not).
 */
struct response *response_of_nothing(int64_t size);

/* Adds a field. Names and values that HTTP does not permit are left out. */
void response_field(struct response *response, struct slice name, struct slice value);

/* Queues the answer and lets go of it. False: the connection is in no state for it. */
MUST_CHECK bool response_send(struct connection *c, unsigned status, struct response **response);
