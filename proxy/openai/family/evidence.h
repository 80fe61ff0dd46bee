/* Evidence: what is known so far of one answer, from which a judge tells whether it is whole and
 * good. Private to this room. Threads: as the judge. */
#pragma once

#include "cache/store/entry.h"
#include "cache/store/tombstones.h"
#include "proxy/openai/storable/answer_kind.h"
#include "proxy/openai/storable/call_arguments.h"
#include "proxy/openai/storable/choices.h"
#include "proxy/openai/embeddings/embedding_vector_value.h"
#include "proxy/openai/verdict.h"

#include <cJSON.h>

/* What is known so far of one answer. */
struct evidence {
	/* of the judge's options */
	struct embedding_vector_format vectors; /* what base64 holds */
	unsigned expected;			/* choices, or vectors; 0: not known */
	int64_t length_limit; /* tokens of a choice; -1: none is set by the request */
	bool store_empty;
	/* of the answer */
	enum answer_kind kind; /* of a plain one: what came */
	struct token_usage token_usage;
	int64_t predicted;    /* tokens, as llama.cpp's timings tell; -1: there are none */
	uint64_t id;	      /* its id (tombstones.h); 0: none was seen */
	bool stored_upstream; /* it says that the upstream keeps it */
	bool server_state;    /* it shows that it depends on more than the request */
	struct call_arguments arguments; /* of tool calls */
	bool ended;			 /* the terminal event was seen */
	bool cut;			 /* a limit of tokens ended it */
	bool cut_elsewhere; /* and what was cut tells that it was none of the request's */
	bool cut_proven;    /* or that it was */
	bool said;	    /* something, where there are no choices */
	bool thought;	    /* aloud, likewise */
	bool called;	    /* a tool, likewise */
	struct choices choices;
	bool begun;	      /* Anthropic's: message_start was seen */
	unsigned open_blocks; /* Anthropic's: content blocks begun and not stopped */
	bool stopped;	      /* Anthropic's: stop_reason was seen */
	bool calling;	      /* Anthropic's: the reason are tool calls */
};

/* Notes what every answer may tell, from a body or an event: its id, its cost, whether the
 * upstream keeps it, and whether it depends on more than the request. */
void evidence_note(struct evidence *a, const cJSON *root);

/* How many tokens of a choice were predicted, as llama.cpp's timings tell. False: they do not. */
bool evidence_predicted(const cJSON *root, unsigned *ret_predicted);

/* WRONG_CHOICES where the request makes another number of choices, or vectors, certain. */
enum verdict evidence_count_verdict(const struct evidence *a, size_t count);

/* Whether something is said in a value: some text in which there is something to see, but for the
 * names of types and ids. NULL says nothing. */
bool evidence_says(const cJSON *value);

/* The same of any text that is not empty. */
bool evidence_has_text(const cJSON *value);
