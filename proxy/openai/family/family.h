/* A family: what one kind of endpoint answers, and when that is whole and good. One module each;
 * private to this room.
 *
 * A judge hands a family the body of a plain answer, or one event of a stream after the other, and
 * has checked beforehand that they are valid JSON (bodies not for raw families). A family looks
 * only at what proves that an answer is whole; members that it does not know are nobody's business.
 *
 * Threads: as the judge. */
#pragma once

#include "proxy/openai/endpoint.h"
#include "proxy/openai/family/evidence.h"

struct family {
	/* A whole body. Notes it. */
	enum verdict (*read_body)(struct evidence *a, struct slice body);
	/* One event, an object without an error in it, which was noted. Sets a->ended at the
	 * terminal one. NULL: does not stream. */
	enum verdict (*read_event)(struct evidence *a, const cJSON *event);
	/* `[DONE]` is the terminal event. NULL: it is not. */
	enum verdict (*read_done)(const struct evidence *a);
	/* A body is read as it came: whether it is valid JSON is for read_body to find. */
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
