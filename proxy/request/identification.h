/* An identification: parses a request's body and computes its cache key. The caller determines the
 * key scope in between, since it may depend on what was parsed.
 *
 *     identification_read -> parsed, inputs -> (key scope) -> identification_key -> cache keys
 *
 * A batch of embeddings is parsed input by input and has a cache key for each; any other request
 * has one.
 *
 * Pure: both functions read and write only what the struct holds and points to, so that a helper
 * can do a large body (thread_pool.h).
 *
 * Threads: one at a time. */
#pragma once

#include "cache/key/fingerprint.h"
#include "config/config.h"
#include "proxy/openai/embeddings/embedding_inputs.h"
#include "proxy/openai/parse/parsed_request.h"

struct identification {
	/* input */
	const struct endpoint *endpoint;
	const struct config *config;
	struct slice deployment;   /* the model named in the path, or empty */
	struct slice content_type; /* of the request; empty: none */
	struct slice body;
	bool batch; /* treat it as a batch if it can be split into inputs */
	/* tools */
	struct canonical *canonical;
	struct hasher *hasher;
	struct buf *form; /* scratch: the canonical form between read and key */
	/* output */
	struct parsed_request *parsed;
	struct embedding_inputs *inputs; /* of a batch; NULL: not a batch */
	struct cache_key *keys;		 /* of the inputs, malloc'ed */
	struct cache_key key;		 /* if it is not a batch */
	bool keyed;			 /* they are computed */
};

/* Parses the body: sets parsed and inputs. */
void identification_read(struct identification *i);

/* Computes the cache keys, and sets `keyed` if that succeeds. The body may have been edited since
 * identification_read (i->parsed->cut). */
void identification_key(struct identification *i, struct slice scope);

/* Frees inputs and keys. */
void identification_finish(struct identification *i);
