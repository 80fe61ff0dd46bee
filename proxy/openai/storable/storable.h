/* A judge: watches an answer go by and says in the end whether it is provably whole and good, and
 * which of its bytes are to be stored.
 *
 * Events are handed out as they complete: of a stream each frame with the blank line behind it,
 * byte for byte, without keep-alive comments and pings; of a plain answer the whole body, once,
 * from judge_finish. What was handed out before a refusal is to be thrown away.
 *
 * Threads: one at a time. */
#pragma once

#include "base/own.h"
#include "base/slice.h"
#include "cache/store/entry.h"
#include "proxy/openai/storable/answer_kind.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/embeddings/embedding_vector_value.h"
#include "proxy/openai/parse/expectation.h"
#include "proxy/openai/verdict.h"

/* cache.store_length: whether an answer that ended with `length` is stored. */
enum store_length {
	STORE_LENGTH_LIMITED, /* where the usage proves that the request's own limit was reached */
	STORE_LENGTH_ALWAYS,
	STORE_LENGTH_NEVER,
};

/* cache.tool_calls: which answers that call tools are stored. */
enum store_tool_calls {
	STORE_CALLS_VALID, /* where all arguments are JSON */
	STORE_CALLS_ALL,
	STORE_CALLS_NONE,
};

struct storable_options {
	const struct endpoint *endpoint;
	enum wire_form form;
	struct embedding_vector_format vectors; /* of the ask */
	enum answer_kind kind;			/* likewise */
	const struct expectation *expects;	/* of the ask; not kept. NULL: nothing is known */
	bool store_empty;			/* cache.store_empty */
	enum store_length store_length;
	enum store_tool_calls store_tool_calls;
	size_t limit_bytes; /* cache.max_entry */
	/* Receives the bytes to be stored. False: they cannot be kept (VERDICT_TOO_LARGE). */
	bool (*on_event)(void *context, struct slice event);
	void *context;
};

struct storable;

struct storable *storable_create(const struct storable_options *options);
void storable_destroy(struct storable **j);

/* What an answer's head says against storing it. content_type and content_encoding are empty when
 * absent. kind: of a plain answer, as answer_kind_came; NULL: a stream was asked for. */
enum verdict storable_head_verdict(unsigned status, struct slice content_type,
				   struct slice content_encoding, enum answer_kind *kind);

/* The answer's head, before anything else of it. content_type and content_encoding are empty when
 * absent. */
void storable_head(struct storable *j, unsigned status, struct slice content_type,
		   struct slice content_encoding);

/* Nothing but the end of its connection says where the answer ends. Those of JSON and streams show
 * themselves whether they are whole; others are not stored. After judge_head. */
void storable_undelimited(struct storable *j);

/* It is not to be stored, for a reason that the judge cannot see. After judge_head. */
void storable_refuse(struct storable *j, enum verdict why);

/* Why it is refused already; FINE: not yet. After judge_head: what the head says. */
enum verdict storable_refusal(const struct storable *j);

/* Bytes of the body in any portions: judge_take and judge_read. */
void storable_feed(struct storable *j, struct slice bytes);

/* Only takes the bytes in. True: some were not read yet, and may end an event. */
MUST_CHECK bool storable_take(struct storable *j, struct slice bytes);

/* Reads what was taken in. May be called by another thread than the one that takes, as long as one
 * waits for the other; so may judge_finish. */
void storable_read(struct storable *j);

/* How many bytes at most judge_read would have to read in one go, or, at the end, judge_finish. */
size_t storable_unread_bytes(const struct storable *j, bool end);

/* What the judge holds. */
size_t storable_memory_bytes(const struct storable *j);

/* The body is complete (the transfer said so): the verdict. FINE: may be stored. */
enum verdict storable_finish(struct storable *j);

/* What the answer says it cost. After judge_finish. */
struct token_usage storable_spend(const struct storable *j);

/* The hash of the answer's id (tombstones.h); 0: it has none. After judge_finish. */
uint64_t storable_id(const struct storable *j);
