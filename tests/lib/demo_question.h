/* A request to the demo model server, read and judged. */
#pragma once

#include "base/error_text.h"
#include "base/slice.h"

#include <cjson/cJSON.h>
#include <stdint.h>

enum demo_kind {
	DEMO_CHAT,
	DEMO_COMPLETION,
	DEMO_EMBEDDINGS,
};

struct demo_question {
	enum demo_kind kind;
	const cJSON *body; /* borrowed */
	const char *model; /* part of the body */
	bool stream;
	bool include_usage;
	unsigned choices;
	unsigned least;	   /* of tokens a choice: min_tokens, as vLLM has it */
	unsigned limit;	   /* of tokens a choice */
	const cJSON *tool; /* the function to call, or NULL: a text */
	unsigned prompt_tokens;
	uint64_t seed; /* what the answer is made from */
};

/* Reads a body that is an object. Borrows it for the life of the question. False: why says which
 * member is wrong and what is permitted. */
bool demo_question_read(enum demo_kind kind, const cJSON *body, struct demo_question *ret_question,
			struct error_text *why);

/* The texts of one prompt or input: itself, or the members of the array. Lists of token ids are
 * texts too: one each. */
unsigned demo_question_texts(const cJSON *input);
const cJSON *demo_question_text(const cJSON *input, unsigned i);

/* The hash of any JSON value, by its spelling without white space. */
uint64_t demo_question_hash(const cJSON *value, uint64_t seed);
