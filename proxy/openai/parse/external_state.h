/* External state: what a request depends on outside its body. That is conversations, prompts and
 * files stored at the upstream, media behind an address, tools that the upstream runs, and models
 * that search. Such a request may get another response tomorrow, so it is never looked up. In doubt
 * a value counts as external. docs/what-is-cached.md describes the rules. Pure.
 *
 * Threads: one at a time per struct external_state. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/parse/pending_verdict.h"
#include "proxy/openai/parse/tool.h"
#include "proxy/openai/verdict.h"

/* Which rules apply to the values in a container. */
enum external_state_zone {
	ZONE_OPTIONS,	 /* parameters: all rules */
	ZONE_WORDS,	 /* as ZONE_OPTIONS, but strings in lists switch nothing on: stop */
	ZONE_MODELS,	 /* as ZONE_OPTIONS, and strings in lists are model names */
	ZONE_MESSAGES,	 /* the model's input: media and files */
	ZONE_LABELS,	 /* metadata: only exact names, and addresses */
	ZONE_CHOICE,	 /* tool_choice: parameters, and its type is that of a tool */
	ZONE_TOOLS,	 /* a list of tools */
	ZONE_TOOL,	 /* a tool */
	ZONE_DEFINITION, /* a tool's `function` or `custom` */
	ZONE_MEDIA,	 /* strings are media, or tell where one is */
	ZONE_ADDRESSES,	 /* strings are addresses unless they begin with data: */
	ZONE_QUIET,	 /* schemas, and tool arguments written by the model: no rules */
};

struct external_state {
	/* private to external_state.c */
	enum endpoint_family family;
	unsigned tool_depth; /* depth of the members of the current tool; 0: none */
	struct tool tool;
	unsigned group_depth; /* depth of the members of the tool around it; 0: none */
	struct tool group;
	bool functions; /* the tools are OpenAI's former `functions`, which have no type */
	bool input;	/* inside the member `input` */
	struct pending_verdict pending;
	/* enum external_state_zone, by the depth of the values in it */
	uint8_t zones[JSON_DEPTH + 2];
};

/* Call before the first value of a body. */
void external_state_begin(struct external_state *s, enum endpoint_family family);

/* Returns the verdict on one value of a body: FINE, or what kind of external state it refers to.
 * Values come in the order of the text (canonical_rules). */
enum verdict external_state_value(struct external_state *s, const struct canonical_member *m);

/* Call after the last value. Returns the verdict on values that only the end of the body
 * decides. */
enum verdict external_state_end(struct external_state *s);
