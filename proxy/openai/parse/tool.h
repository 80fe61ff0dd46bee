/* A tool of a request, read member by member: whether it is a function that the request itself
 * defines, and so is run by the client. Only these are:
 *
 *     {"type": "function", "function": {…}}    OpenAI's chat; likewise with `custom`; the type may
 *                                              be absent
 *     {"type": "function", "name": …}          OpenAI's responses; likewise with `custom`
 *     {"name": …, "input_schema": {…}}         Anthropic; also with `parameters`
 *     {"type": "bash_20250124", …}             a kind of tool that the API leaves to the client
 *     {"type": "namespace", "tools": […]}      OpenAI's responses: a group of such functions
 *
 * Everything else is run by the server, or kept there, and so is a function with texts or lists
 * beside its definition that no API defines: an address to call, a backend. Pure.
 *
 * Threads: one at a time per struct tool. */
#pragma once

#include "cache/key/canonical.h"

/* Zeroed before the first member. */
struct tool {
	bool typed;   /* it has a type, */
	bool foreign; /* which is none that the client runs, */
	bool client;  /* or one that the API defines and the client runs, */
	bool group;   /* or a namespace */
	bool holds;   /* it has tools in it: set by the caller */
	bool named;   /* it has a name */
	bool schema;  /* it has input_schema or parameters */
	bool defined; /* it has a `function` or `custom` with something in it */
	bool strange; /* it has a text, a list or an object that no definition has */
};

enum tool_part {
	TOOL_OTHER,
	TOOL_DEFINITION, /* an object `function` or `custom`, whose members go to
			  * tool_read_definition
			  */
	TOOL_SCHEMA,	 /* a schema, a grammar or an example */
};

/* Takes a member of the tool, and tells what it is. */
enum tool_part tool_read(struct tool *t, const struct canonical_member *m);

/* Takes a member of its definition. */
void tool_read_definition(struct tool *t, const struct canonical_member *m);

/* After the last member. */
bool tool_is_own(const struct tool *t);

/* Whether the client runs tools of this type: functions, custom tools and those that OpenAI's and
 * Anthropic's API leave to it. */
bool tool_type_is_clients(struct slice type);
