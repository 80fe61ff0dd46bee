/* The choices of an answer, as chat and completions have them: each has an index and must finish.
 * Private to this room. Threads: one at a time. */
#pragma once

#include "proxy/openai/verdict.h"

#include <cJSON.h>
#include <stdint.h>

/* n is at most 128 at OpenAI; vLLM numbers prompts times n. More are not stored. */
enum { CHOICES_MOST = 4096 };

struct choices {
	uint64_t seen[CHOICES_MOST / 64];
	uint64_t finished[CHOICES_MOST / 64];
	unsigned seen_count;
	unsigned finished_count;
	unsigned end; /* the highest index seen, and one */
};

/* Where a choice has its content, and of what kind that is: {"delta", cJSON_IsObject}. */
struct choice_shape {
	const char *member;
	cJSON_bool (*is_kind)(const cJSON *value);
};

/* All choices of a plain answer: at least one, all finished. `length` is the verdict on a choice
 * that a limit cut short. */
enum verdict choices_of_body(const cJSON *root, const struct choice_shape *shape,
			     enum verdict length);

/* The choices of one event, of which there may be none. */
enum verdict choices_of_event(struct choices *c, const cJSON *event,
			      const struct choice_shape *shape, enum verdict length);

/* After the last event: at least one, without gaps, all finished. */
enum verdict choices_finish(const struct choices *c);
