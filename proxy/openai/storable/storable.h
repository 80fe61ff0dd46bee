/* Storable: reads a response as it arrives and decides at the end whether it may be stored, that
 * is, whether it is provably complete and without errors. Also selects the bytes to store.
 *
 * on_event receives the bytes as soon as they are complete. For a stream, that is each frame with
 * its blank line, byte for byte, without keep-alive comments and pings. For a plain response it is
 * the whole body, once, from storable_finish. If the final verdict is not FINE, the caller discards
 * what on_event has received.
 *
 * Threads: one at a time. */
#pragma once

#include "base/own.h"
#include "base/slice.h"
#include "cache/store/entry.h"
#include "proxy/openai/embeddings/embedding_vector_value.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/parse/expectation.h"
#include "proxy/openai/storable/answer_kind.h"
#include "proxy/openai/verdict.h"

/* cache.store_length: whether a response that ended with `length` is stored. */
enum store_length {
	STORE_LENGTH_LIMITED, /* if the usage proves that the request's own limit was reached */
	STORE_LENGTH_ALWAYS,
	STORE_LENGTH_NEVER,
};

/* cache.tool_calls: which responses with tool calls are stored. */
enum store_tool_calls {
	STORE_CALLS_VALID, /* if all arguments are JSON */
	STORE_CALLS_ALL,
	STORE_CALLS_NONE,
};

struct storable_options {
	const struct endpoint *endpoint;
	enum wire_form form;
	struct embedding_vector_format vectors; /* from the parsed request */
	enum answer_kind kind;			/* from the parsed request */
	/* From the parsed request; read only by storable_create. NULL: nothing is known. */
	const struct expectation *expects;
	bool store_empty; /* cache.store_empty */
	enum store_length store_length;
	enum store_tool_calls store_tool_calls;
	size_t limit_bytes; /* cache.max_entry */
	/* Receives the bytes to store. False: they cannot be kept (VERDICT_TOO_LARGE). */
	bool (*on_event)(void *context, struct slice event);
	void *context;
};

struct storable;

struct storable *storable_create(const struct storable_options *options);
void storable_destroy(struct storable **s);

/* Returns the verdict on a response's header. content_type and content_encoding are empty if
 * absent. kind: for a plain response, as in answer_kind_matches; NULL: a stream was requested. */
enum verdict storable_head_verdict(unsigned status, struct slice content_type,
				   struct slice content_encoding, enum answer_kind *kind);

/* Takes the response's header; call it before any function below. content_type and content_encoding
 * are empty if absent. */
void storable_head(struct storable *s, unsigned status, struct slice content_type,
		   struct slice content_encoding);

/* Notes that only the end of the connection delimits the response. JSON and streams show by
 * themselves whether they are complete; other kinds are not stored. Call after storable_head. */
void storable_undelimited(struct storable *s);

/* Sets the verdict for a reason that the response does not show, unless one is set already. Call
 * after storable_head. */
void storable_refuse(struct storable *s, enum verdict why);

/* Returns the verdict so far: why the response will not be stored, or FINE. Right after
 * storable_head it is the verdict on the header. */
enum verdict storable_refusal(const struct storable *s);

/* Takes bytes of the body in any portions: storable_take and storable_read in one call. */
void storable_feed(struct storable *s, struct slice bytes);

/* Only buffers the bytes. True: they may complete an event, so storable_read should be called. */
MUST_CHECK bool storable_take(struct storable *s, struct slice bytes);

/* Reads the buffered bytes. This and storable_finish may run on another thread than storable_take,
 * as long as no two of them run at the same time. */
void storable_read(struct storable *s);

/* Returns an upper limit for the bytes that the next storable_read (`end`: storable_finish) has to
 * read. */
size_t storable_unread_bytes(const struct storable *s, bool end);

/* Returns the size of the buffers. */
size_t storable_memory_bytes(const struct storable *s);

/* Ends the body, which the transfer has reported as complete, and returns the final verdict. FINE:
 * the response may be stored. */
enum verdict storable_finish(struct storable *s);

/* Returns the token usage that the response reports. Call after storable_finish. */
struct token_usage storable_token_usage(const struct storable *s);

/* Returns the hash of the response's id (tombstones.h); 0: it has none. Call after
 * storable_finish. */
uint64_t storable_id(const struct storable *s);
