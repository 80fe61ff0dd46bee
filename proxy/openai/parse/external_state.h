/* What makes a request depend on something outside its body: conversations, prompts and files kept
 * by the upstream, media behind an address, tools that the upstream runs, models that search. Such
 * a request may get another answer tomorrow, so it is never looked up. When unsure, it says
 * outside. The rules are described in docs/what-is-cached.md. Pure.
 *
 * Threads: one at a time per struct outside. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/parse/pending_verdict.h"
#include "proxy/openai/parse/tool.h"
#include "proxy/openai/verdict.h"

/* Which rules hold for the values in a container. */
enum external_state_zone {
	ZONE_OPTIONS,	 /* parameters: all rules */
	ZONE_WORDS,	 /* the same, but texts in lists switch nothing on: stop */
	ZONE_MODELS,	 /* the same, and texts in lists are models' names */
	ZONE_MESSAGES,	 /* what the model is told: media and files */
	ZONE_LABELS,	 /* metadata: only what is named exactly, and addresses */
	ZONE_CHOICE,	 /* tool_choice: parameters, and its type is one of a tool */
	ZONE_TOOLS,	 /* a list of tools */
	ZONE_TOOL,	 /* one of them */
	ZONE_DEFINITION, /* its `function` or `custom` */
	ZONE_MEDIA,	 /* texts that are addresses */
	ZONE_ADDRESSES,	 /* texts are addresses unless they begin with data: */
	ZONE_QUIET,	 /* schemas, and what the model wrote for a tool: no rule */
};

struct external_state {
	/* private to outside.c */
	enum endpoint_family family;
	unsigned tool_depth; /* of the members of the tool under way; 0: none */
	struct tool tool;
	unsigned group_depth; /* of the members of a tool that holds that one; 0: none */
	struct tool group;
	bool functions; /* the tools are OpenAI's former `functions`, which have no type */
	bool input;	/* the member `input` is under way */
	struct pending_verdict pending;
	uint8_t zones[JSON_DEPTH + 2]; /* enum outside_zone, by the depth of the values in it */
};

/* Before the first value of a body. */
void external_state_begin(struct external_state *o, enum endpoint_family family);

/* The verdict on one value of a body, which come in the order of the text (canonical_rules): FINE,
 * or what outside it refers to. */
enum verdict external_state_value(struct external_state *o, const struct canonical_member *m);

/* The verdict on what only the end of the body told. */
enum verdict external_state_end(struct external_state *o);
