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
 * Everything else is run or stored by the server. So is a function that has strings or lists beside
 * its definition which no API defines: an address to call, a backend. Pure.
 *
 * Threads: one at a time per struct tool. */
#pragma once

#include "cache/key/canonical.h"

/* Zero it before the first member. */
struct tool {
	bool typed;	/* it has a type */
	bool of_server; /* its type is none that the client runs */
	bool client;	/* its type is defined by the API and run by the client */
	bool group;	/* its type is namespace */
	bool has_tools; /* it contains tools; set by the caller */
	bool named;	/* it has a name */
	bool schema;	/* it has input_schema or parameters */
	bool defined;	/* it has a non-empty `function` or `custom` */
	bool unknown;	/* it has a string, a list or an object that no definition has */
};

enum tool_part {
	TOOL_OTHER,
	/* An object `function` or `custom`; pass its members to tool_read_definition. */
	TOOL_DEFINITION,
	TOOL_SCHEMA, /* a schema, a grammar or an example */
};

/* Takes a member of the tool and returns which part of the tool it is. */
enum tool_part tool_read(struct tool *t, const struct canonical_member *m);

/* Takes a member of the tool's definition. */
void tool_read_definition(struct tool *t, const struct canonical_member *m);

/* Call after the last member. Whether the request defines the tool and the client runs it. */
bool tool_is_own(const struct tool *t);

/* Whether the client runs tools of this type: functions, custom tools, and those that the APIs of
 * OpenAI and Anthropic leave to the client. */
bool tool_type_is_clients(struct slice type);
