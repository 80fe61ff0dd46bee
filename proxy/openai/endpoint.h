/* The endpoints of the OpenAI API (and its relatives) that we understand: one table, a row each. */
#pragma once

#include "base/slice.h"
#include "cache/key/canonical.h"

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
	FAMILY_SCORE,  /* vLLM's: how well pairs of texts match */
	FAMILY_POOLING,
	FAMILY_CLASSIFY,
	FAMILY_MODERATIONS,
	FAMILY_TRANSCRIPTIONS, /* and translations: audio to text */
	FAMILY_SPEECH,	       /* text to audio */
};
enum { ENDPOINT_FAMILIES = FAMILY_SPEECH + 1 };

/* How a request's body is spelled. */
enum endpoint_body {
	BODY_JSON,
	BODY_FORM, /* multipart/form-data (RFC 7578) */
};

/* Whether chance has a part in the answer. */
enum endpoint_chance {
	CHANCE_NEVER,
	CHANCE_USUAL, /* unless the request has temperature 0 or a seed */
	CHANCE_ASKED, /* where the request has another temperature than 0, and no seed */
};

/* "chat", "completions", …: the name of all endpoints of that family. */
const char *endpoint_family_name(enum endpoint_family family);

struct endpoint {
	const char *name; /* for the log: "chat", "completions", … */
	enum endpoint_family family;
	enum error_shape error_shape;
	bool streams;	  /* its member `stream` chooses the wire form */
	bool tells_usage; /* in a stream only where stream_options asks for it */
	bool batches;	  /* OpenAI's embeddings, which are known input by input */
	enum endpoint_body body;
	enum endpoint_chance chance;
	const struct canonical_step *steps;
};

/* The row for the method on exactly this path (no query, not decoded); NULL for anything else. All
 * are POST, but the list of models is GET. */
const struct endpoint *endpoint_find(struct slice method, struct slice path);

/* What a path leads to. */
struct endpoint_route {
	const struct endpoint *endpoint; /* NULL: nothing that we understand */
	struct slice deployment; /* what stood for the last * of the prefix, in the path: with Azure
				  * the name of a deployment, which is the model; else empty */
};

/* As endpoint_find, of more spellings: repeated slashes count once and a slash at the end does not
 * count, and before the path may stand one of these prefixes (endpoints.prefixes). In a prefix a
 * segment may hold globs (base/glob.h), which do not reach across slashes. Behind a prefix a path
 * without /v1 is the API's with /v1, if there is one: llama.cpp's own shapes have no prefix.
 *
 * Nothing is decoded. A path with a segment "." or ".." leads nowhere. */
struct endpoint_route endpoint_route(struct slice method, struct slice path,
				     const char *const *prefixes, size_t count);

/* The error shape of any path, known endpoint or not: Anthropic's where the segments v1 and
 * messages follow each other. */
enum error_shape endpoint_error_shape(struct slice path);
