/* The endpoints of the OpenAI API (and related APIs) that the proxy knows: one table, a row
 * each. */
#pragma once

#include "base/slice.h"
#include "cache/key/canonical.h"

/* The format of an endpoint's errors. */
enum error_shape {
	ERROR_OPENAI,	 /* {"error":{"message","type","param","code"}} */
	ERROR_ANTHROPIC, /* {"type":"error","error":{"type","message"}} */
};

/* The family module that reads an endpoint's responses. */
enum endpoint_family {
	FAMILY_CHAT,
	FAMILY_COMPLETIONS,
	FAMILY_EMBEDDINGS,
	FAMILY_RESPONSES,
	FAMILY_MESSAGES,
	FAMILY_RERANK,
	FAMILY_TOKENS, /* tokenize and token counters: pure functions with a small JSON response */
	FAMILY_MODELS, /* the list of models: GET, and the only one without a body */
	FAMILY_SCORE,  /* vLLM's /score: how well pairs of texts match */
	FAMILY_POOLING,
	FAMILY_CLASSIFY,
	FAMILY_MODERATIONS,
	FAMILY_TRANSCRIPTIONS, /* and translations: audio to text */
	FAMILY_SPEECH,	       /* text to audio */
};
enum { ENDPOINT_FAMILIES = FAMILY_SPEECH + 1 };

/* The format of an endpoint's request bodies. */
enum endpoint_body {
	BODY_JSON,
	BODY_FORM, /* multipart/form-data (RFC 7578) */
};

/* Whether responses are sampled, so that equal requests may get different ones. */
enum endpoint_chance {
	CHANCE_NEVER,
	CHANCE_USUAL, /* unless the request has temperature 0 or a seed */
	CHANCE_ASKED, /* if the request has a temperature other than 0, and no seed */
};

/* Returns "chat", "completions", …: one name for all endpoints of the family. */
const char *endpoint_family_name(enum endpoint_family family);

struct endpoint {
	const char *name; /* for the log: "chat", "completions", … */
	enum endpoint_family family;
	enum error_shape error_shape;
	bool streams; /* the member `stream` selects the wire form */
	/* Its streams report usage only if stream_options asks for it; a plain response always
	 * does. */
	bool tells_usage;
	bool batches; /* OpenAI's embeddings, which are cached for each input */
	enum endpoint_body body;
	enum endpoint_chance chance;
	const struct canonical_step *steps;
};

/* Returns the row for the method on exactly this path (without query, not decoded); NULL: unknown.
 * All endpoints are POST, except the list of models, which is GET. */
const struct endpoint *endpoint_find(struct slice method, struct slice path);

/* The endpoint that a path leads to. */
struct endpoint_route {
	const struct endpoint *endpoint; /* NULL: unknown */
	/* The segment of the path that matched the prefix's last *: for Azure the name of a
	 * deployment, which is the model. Empty: none. */
	struct slice deployment;
};

/* As endpoint_find, but accepts more spellings of a path. Repeated slashes count as one, a slash at
 * the end is ignored, and the path may begin with one of these prefixes (endpoints.prefixes). A
 * segment of a prefix may contain globs (base/glob.h), which do not match across slashes. After a
 * prefix, a path without /v1 means the API's path with /v1, if there is one: llama.cpp's own shapes
 * are not reached through prefixes.
 *
 * Nothing is decoded. A path with a segment "." or ".." matches no endpoint. */
struct endpoint_route endpoint_route(struct slice method, struct slice path,
				     const char *const *prefixes, size_t count);

/* Returns the error shape for any path, known endpoint or not: Anthropic's if the path has the
 * adjacent segments v1 and messages. */
enum error_shape endpoint_error_shape(struct slice path);
