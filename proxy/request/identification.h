/* An identification: what a request's body asks, and what that is called. First it is read; then
 * who asked for it says what the scope is, which may depend on what was read; then it is named.
 *
 *     identification_read  ->  ask, inputs  ->  (settled, scope)  ->  identification_name  -> names
 *
 * A batch of embeddings is read and named input by input; everything else has one name.
 *
 * Pure: both functions read and write only what the struct holds and points to, so that a large
 * body can be given to a helper (offload.h). Threads: one at a time. */
#pragma once

#include "cache/key/fingerprint.h"
#include "config/config.h"
#include "proxy/openai/parse/parsed_request.h"
#include "proxy/openai/embeddings/embedding_inputs.h"

struct identification {
	/* what is read */
	const struct endpoint *endpoint;
	const struct config *config;
	struct slice deployment;   /* the model, where the path names it; else empty */
	struct slice content_type; /* the request's; empty: none */
	struct slice body;
	bool batch; /* is to be named input by input, if it can be taken apart */
	/* with what */
	struct canonical *canonical;
	struct namer *namer;
	struct buf *form; /* scratch; holds the form of what was read until it is named */
	/* what was found */
	struct parsed_request *parsed;
	struct embedding_inputs *inputs; /* of a batch; NULL: it is one whole */
	struct name *names;		 /* of each input, by malloc */
	struct name name;		 /* of a whole */
	bool named;
};

void identification_read(struct identification *i);

/* The body may have been edited since it was read (i->ask->cut). `named` says whether it could be.
 */
void identification_name(struct identification *i, struct slice scope);

/* Frees inputs and names. */
void identification_finish(struct identification *i);
