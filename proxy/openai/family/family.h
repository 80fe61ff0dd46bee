/* Family: reads the responses of one kind of endpoint and decides when they are complete and
 * without errors. One module each; private to storable/ and family/.
 *
 * The storable check passes a family the body of a plain response, or the events of a stream one by
 * one, and has checked before that they are valid JSON (except bodies of raw families). A family
 * looks only at members that prove that a response is complete, and ignores all others.
 *
 * Threads: as for struct storable. */
#pragma once

#include "proxy/openai/endpoint.h"
#include "proxy/openai/family/evidence.h"

struct family {
	/* Reads a complete body; notes its evidence itself. */
	enum verdict (*read_body)(struct evidence *e, struct slice body);
	/* Reads one event, an object without an error in it, whose evidence is noted already. Sets
	 * a->ended at the terminal event. NULL: the family does not stream. */
	enum verdict (*read_event)(struct evidence *e, const cJSON *event);
	/* Reads `[DONE]` as the terminal event. NULL: it is not the terminal event. */
	enum verdict (*read_done)(const struct evidence *e);
	/* Bodies are passed as received; read_body checks whether they are valid JSON. */
	bool raw;
};

const struct family *family_of(enum endpoint_family which);

extern const struct family family_chat;
extern const struct family family_completions;
extern const struct family family_embeddings;
extern const struct family family_pooling;
extern const struct family family_responses;
extern const struct family family_messages;
extern const struct family family_rerank;
extern const struct family family_tokens;
extern const struct family family_models;
extern const struct family family_score;
extern const struct family family_classify;
extern const struct family family_moderations;
extern const struct family family_transcriptions;
extern const struct family family_speech;
