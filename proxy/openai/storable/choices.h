/* The choices of an answer, as chat and completions have them: each has an index and must finish.
 * Private to this room. Threads: one at a time. */
#pragma once

#include "proxy/openai/verdict.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* n is at most 128 at OpenAI; vLLM numbers prompts times n. More are not stored. */
enum { CHOICES_MOST = 4096 };

struct choices {
	uint64_t seen[CHOICES_MOST / 64];
	uint64_t finished[CHOICES_MOST / 64];
	uint64_t said[CHOICES_MOST / 64];    /* something */
	uint64_t thought[CHOICES_MOST / 64]; /* aloud */
	uint64_t called[CHOICES_MOST / 64];  /* a tool */
	uint64_t calling[CHOICES_MOST / 64]; /* finished with tool calls as the reason, */
	uint64_t cut[CHOICES_MOST / 64];     /* or by a limit of tokens */
	unsigned seen_count;
	unsigned finished_count;
	unsigned end;			    /* the highest index seen, and one */
	uint64_t proven[CHOICES_MOST / 64]; /* that limit is known to be the request's own */
	unsigned cut_count;
	unsigned finished_last; /* index */
};

/* What a message, a delta or a text brings: any of these. */
enum {
	CHOICE_SAYS = 1,
	CHOICE_CALLS = 2,
	CHOICE_THINKS = 4,
	CHOICE_TEXT = 8, /* which may be white space only */
};

/* Where a choice has its content, of what kind that is, and what it brings. */
struct choice_shape {
	const char *member;
	cJSON_bool (*is_kind)(const cJSON *value);
	unsigned (*brings)(const cJSON *content);
};

/* All choices of a plain answer, each with an index of its own or, without, that of its place. To
 * be followed by choices_finish. */
enum verdict choices_of_body(struct choices *c, const cJSON *root,
			     const struct choice_shape *shape);

/* The choices of one event, of which there may be none. */
enum verdict choices_of_event(struct choices *c, const cJSON *event,
			      const struct choice_shape *shape);

/* Of what came in an event, tokens were told that are as many as the request allowed. They are
 * those of the choice that ended in this event, or if it has none, of the one that ended last
 * (llama.cpp).
 */
void choices_prove(struct choices *c, const cJSON *event);

/* Whether all choices that a limit cut short are proven to be cut by the request's own. `first`:
 * the first one is, too. */
bool choices_proven(const struct choices *c, bool first);

/* After the last one: at least one, without gaps, all finished, and as many as were asked for
 * (0: not known). `empty`: they need not have said anything. */
enum verdict choices_finish(const struct choices *c, unsigned expected, bool empty);
