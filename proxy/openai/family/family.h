/* A family: what one kind of endpoint answers, and when that is whole and good. One module each;
 * private to this room.
 *
 * A judge hands a family the body of a plain answer, or one event of a stream after the other, and
 * has checked beforehand that they are valid JSON (bodies not for raw families). A family looks
 * only at what proves that an answer is whole; members that it does not know are nobody's business.
 *
 * Threads: as the judge. */
#pragma once

#include "cache/store/entry.h"
#include "cache/store/tombstones.h"
#include "proxy/openai/storable/answer_kind.h"
#include "proxy/openai/storable/call_arguments.h"
#include "proxy/openai/storable/choices.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/embeddings/embedding_vector_value.h"
#include "proxy/openai/verdict.h"

#include <cJSON.h>

/* What is known so far of one answer. */
struct evidence {
	/* of the judge's options */
	struct vector_format vectors; /* what base64 holds */
	unsigned expected;	      /* choices, or vectors; 0: not known */
	int64_t length_limit;	      /* tokens of a choice; -1: none is set by the request */
	bool store_empty;
	/* of the answer */
	enum answer_kind kind; /* of a plain one: what came */
	struct spend spend;
	int64_t predicted;	    /* tokens, as llama.cpp's timings tell; -1: there are none */
	uint64_t id;		    /* its id (tombstones.h); 0: none was seen */
	bool stored_upstream;	    /* it says that the upstream keeps it */
	bool server_state;	    /* it shows that it depends on more than the request */
	struct arguments arguments; /* of tool calls */
	bool ended;		    /* the terminal event was seen */
	bool cut;		    /* a limit of tokens ended it */
	bool cut_elsewhere;	    /* and what was cut tells that it was none of the request's */
	bool cut_proven;	    /* or that it was */
	bool said;		    /* something, where there are no choices */
	bool thought;		    /* aloud, likewise */
	bool called;		    /* a tool, likewise */
	struct choices choices;
	bool begun;	      /* Anthropic's: message_start was seen */
	unsigned open_blocks; /* Anthropic's: content blocks begun and not stopped */
	bool stopped;	      /* Anthropic's: stop_reason was seen */
	bool calling;	      /* Anthropic's: the reason are tool calls */
};

/* Notes what every answer may tell, from a body or an event: its id, its cost, whether the
 * upstream keeps it, and whether it depends on more than the request. */
void evidence_note(struct evidence *a, const cJSON *root);

/* WRONG_CHOICES where the request makes another number of choices, or vectors, certain. */
enum verdict evidence_count_verdict(const struct evidence *a, size_t count);

/* Whether something is said in a value: some text in which there is something to see, but for the
 * names of types and ids. NULL says nothing. */
bool evidence_says(const cJSON *value);

/* The same of any text that is not empty. */
bool evidence_has_text(const cJSON *value);

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
