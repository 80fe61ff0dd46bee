/* The arguments of an answer's tool calls, which come in pieces that make a JSON text together.
 * Private to this room. Threads: one at a time. */
#pragma once

#include "base/buf.h"

#include <cJSON.h>

/* More calls than these in one answer are not looked at, and count as invalid. */
enum { ARGUMENTS_CALLS = 1024 };

struct call_arguments {
	size_t limit; /* bytes of all of them */
	struct call_arguments_call *calls;
	size_t count;
	size_t room;
	size_t bytes;
	bool overflowed;
};

struct call_arguments call_arguments_make(size_t limit_bytes);
void call_arguments_finish(struct call_arguments *a);

/* The answer calls a tool: the call of that number in that choice, or goes on with it. `name` is
 * the tool's, `text` the next piece of the arguments; NULL: none comes with it. */
void call_arguments_note(struct call_arguments *a, unsigned choice, unsigned call, const char *name,
			 const char *text);

/* As OpenAI's chat has them in a message or delta: tool_calls[].function, or custom (whose
 * input is any text), and the older function_call. */
void call_arguments_note_calls(struct call_arguments *a, unsigned choice, const cJSON *message);

/* Whether each call says which tool it calls: nobody can run one that does not. */
bool call_arguments_named(const struct call_arguments *a);

/* Whether each is a JSON text, or empty, as calls without arguments are. */
bool call_arguments_valid(const struct call_arguments *a);
