/* Evidence: what is known so far about one response. The storable check decides by it whether the
 * response is complete and without errors. Private to storable/ and family/. Threads: as for struct
 * storable. */
#pragma once

#include "cache/store/entry.h"
#include "proxy/openai/embeddings/embedding_vector_value.h"
#include "proxy/openai/storable/answer_kind.h"
#include "proxy/openai/storable/call_arguments.h"
#include "proxy/openai/storable/choices.h"
#include "proxy/openai/verdict.h"

#include <cJSON.h>

struct evidence {
	/* copied from storable_options */
	struct embedding_vector_format vectors; /* what base64 holds */
	unsigned expected;			/* number of choices, or vectors; 0: not known */
	int64_t length_limit;			/* tokens of a choice; -1: the request sets none */
	bool store_empty;
	/* read from the response */
	enum answer_kind kind; /* of a plain response, as received */
	struct token_usage token_usage;
	int64_t predicted;		 /* tokens, from llama.cpp's timings; -1: none */
	uint64_t id;			 /* hash of its id (tombstones.h); 0: none was seen */
	bool stored_upstream;		 /* it reports that the upstream stores it */
	bool server_state;		 /* it depends on more than the request */
	struct call_arguments arguments; /* of tool calls */
	bool ended;			 /* the terminal event was seen */
	bool cut;			 /* a token limit ended it */
	bool cut_elsewhere; /* and that limit is not the request's, as the cut part shows */
	bool cut_proven;    /* and that limit is the request's, as the cut part shows */
	bool has_content;   /* it has content, where there are no choices */
	bool has_reasoning; /* it has reasoning, likewise */
	bool has_calls;	    /* it calls a tool, likewise */
	struct choices choices;
	bool begun;	      /* Anthropic: message_start was seen; speech: audio was seen */
	unsigned open_blocks; /* Anthropic: content blocks that are not ended yet */
	bool stopped;	      /* Anthropic: stop_reason was seen */
	bool expects_calls;   /* Anthropic: stop_reason is tool_use */
};

/* Notes what any response may report, in a body or an event: its id, its usage, whether the
 * upstream stores it, and whether it depends on more than the request. */
void evidence_note(struct evidence *e, const cJSON *root);

/* Reads from llama.cpp's timings how many tokens of a choice were predicted. False: there are no
 * timings. */
bool evidence_predicted(const cJSON *root, unsigned *ret_predicted);

/* Returns WRONG_CHOICES if the request implies another number of choices, or vectors; else FINE. */
enum verdict evidence_count_verdict(const struct evidence *e, size_t count);

/* Whether a value contains text with something visible in it, other than the values of `type` and
 * `id`. NULL does not. */
bool evidence_has_visible_text(const cJSON *value);

/* As evidence_has_visible_text, but for any text that is not empty. */
bool evidence_has_text(const cJSON *value);

/* A plain response whose result is a list. */
struct list_shape {
	/* The list in the root; another value or NULL if there is none. */
	const cJSON *(*list_of)(const cJSON *root);
	bool (*is_element)(const cJSON *element);
	bool counted; /* it has as many elements as evidence.expected, if that is known */
};

/* Reads a body of this shape and notes its token usage. A list without elements is refused. */
enum verdict evidence_read_list(struct evidence *e, struct slice body,
				const struct list_shape *shape);
