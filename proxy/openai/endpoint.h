/* The endpoints of the OpenAI API (and its relatives) that we understand: one table, a row each. */
#pragma once

#include "base/slice.h"
#include "cache/canonical.h"

/* How an endpoint spells its errors. */
enum error_shape {
	ERROR_OPENAI,	 /* {"error":{"message","type","param","code"}} */
	ERROR_ANTHROPIC, /* {"type":"error","error":{"type","message"}} */
};

/* Which module knows its answers. */
enum endpoint_family {
	FAMILY_CHAT,
	FAMILY_COMPLETIONS,
	FAMILY_EMBEDDINGS,
	FAMILY_RESPONSES,
	FAMILY_MESSAGES,
	FAMILY_RERANK,
	FAMILY_TOKENS, /* tokenize, token counters: pure functions with a small JSON answer */
	FAMILY_MODELS, /* the list of models: GET, and the only one without a body */
};
enum { ENDPOINT_FAMILIES = FAMILY_MODELS + 1 };

/* "chat", "completions", …: the name of all endpoints of that family. */
const char *endpoint_family_name(enum endpoint_family family);

struct endpoint {
	const char *name; /* for the log: "chat", "completions", … */
	enum endpoint_family family;
	enum error_shape error_shape;
	bool streams;	  /* its member `stream` chooses the wire form */
	bool tells_usage; /* in a stream only where stream_options asks for it */
	const struct canonical_step *steps;
};

/* The row for the method on exactly this path (no query, not decoded); NULL for anything else. All
 * are POST, but the list of models is GET. */
const struct endpoint *endpoint_find(struct slice method, struct slice path);

/* The error shape of any path, known endpoint or not: under /v1/messages Anthropic's. */
enum error_shape endpoint_error_shape(struct slice path);
