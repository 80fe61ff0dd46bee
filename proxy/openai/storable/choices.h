/* The choices of a response to chat or completions: each has an index and must finish. Private to
 * storable/ and family/. Threads: one at a time. */
#pragma once

#include "proxy/openai/verdict.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* OpenAI limits n to 128; vLLM numbers prompts times n. Responses with more are not stored. */
enum { CHOICES_MOST = 4096 };

struct choices {
	uint64_t seen[CHOICES_MOST / 64];
	uint64_t finished[CHOICES_MOST / 64];
	uint64_t has_content[CHOICES_MOST / 64];   /* has text or calls */
	uint64_t has_reasoning[CHOICES_MOST / 64]; /* has reasoning */
	uint64_t has_calls[CHOICES_MOST / 64];	   /* calls a tool */
	uint64_t expects_calls[CHOICES_MOST / 64]; /* finished because of tool calls */
	uint64_t cut[CHOICES_MOST / 64];	   /* finished because of a token limit */
	unsigned seen_count;
	unsigned finished_count;
	unsigned end;			    /* the highest index seen plus one */
	uint64_t proven[CHOICES_MOST / 64]; /* that limit is known to be the request's own */
	unsigned cut_count;
	unsigned finished_last; /* index of the choice that finished last */
};

/* Contents of a message, a delta or a text: any of these flags. */
enum {
	CHOICE_CONTENT = 1,
	CHOICE_CALLS = 2,
	CHOICE_REASONING = 4,
	CHOICE_TEXT = 8, /* text, which may be white space only */
};

/* How to read a choice: the member with its content, a check of that member's type, and a function
 * that returns its CHOICE_ flags. */
struct choice_shape {
	const char *member;
	cJSON_bool (*is_kind)(const cJSON *value);
	unsigned (*contents)(const cJSON *content);
};

/* Reads all choices of a plain response. A choice without an index has the index of its position.
 * Call choices_finish afterwards. */
enum verdict choices_of_body(struct choices *c, const cJSON *root,
			     const struct choice_shape *shape);

/* Reads the choices of one event, which may have none. */
enum verdict choices_of_event(struct choices *c, const cJSON *event,
			      const struct choice_shape *shape);

/* Call if an event reports that the request's token limit was reached. That proves it for the
 * choice that ends in this event or, if the event has no choices, for the one that ended last
 * (llama.cpp). */
void choices_prove(struct choices *c, const cJSON *event);

/* Whether all choices that a limit cut short are proven to be cut by the request's own. `first`:
 * assume it proven for the first choice. */
bool choices_proven(const struct choices *c, bool first);

/* Call after the last choice. FINE if there is at least one choice, none is missing, all are
 * finished, and there are `expected` of them (0: not known). `empty`: they may be without
 * content. */
enum verdict choices_finish(const struct choices *c, unsigned expected, bool empty);
