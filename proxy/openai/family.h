/* A family: what one kind of endpoint answers, and when that is whole and good. One module each;
 * private to this room.
 *
 * A judge hands a family the body of a plain answer, or one event of a stream after the other, and
 * has checked beforehand that they are valid JSON (bodies not for raw families). A family looks
 * only at what proves that an answer is whole; members that it does not know are nobody's business.
 *
 * Threads: as the judge. */
#pragma once

#include "cache/entry.h"
#include "proxy/openai/answer_kind.h"
#include "proxy/openai/arguments.h"
#include "proxy/openai/choices.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/vector_value.h"
#include "proxy/openai/verdict.h"

#include <cJSON.h>

/* What is known so far of one answer. */
struct evidence {
	struct vector_format vectors; /* what base64 holds, of the ask */
	enum answer_kind kind;	      /* of a plain answer: what came */
	enum verdict length;	      /* what an answer gets that a limit of tokens cut short */
	struct spend spend;
	struct arguments arguments; /* of tool calls */
	bool ended;		    /* the terminal event was seen */
	struct choices choices;
	bool begun;	      /* Anthropic's: message_start was seen */
	unsigned open_blocks; /* Anthropic's: content blocks begun and not stopped */
	bool stopped;	      /* Anthropic's: stop_reason was seen */
};

struct family {
	/* A whole body. */
	enum verdict (*read_body)(struct evidence *a, struct slice body);
	/* One event, an object without an error in it. Sets a->ended at the terminal one. NULL:
	 * does not stream. */
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
