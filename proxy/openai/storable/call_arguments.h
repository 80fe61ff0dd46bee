/* The arguments of an answer's tool calls, which come in pieces that make a JSON text together.
 * Private to this room. Threads: one at a time. */
#pragma once

#include "base/buf.h"

#include <cJSON.h>

/* More calls than these in one answer are not looked at, and count as invalid. */
enum { ARGUMENTS_CALLS = 1024 };

struct arguments {
	size_t limit; /* bytes of all of them */
	struct arguments_call *calls;
	size_t count;
	size_t room;
	size_t bytes;
	bool overflowed;
};

struct arguments arguments_make(size_t limit_bytes);
void arguments_finish(struct arguments *a);

/* The answer calls a tool: the call of that number in that choice, or goes on with it. `name` is
 * the tool's, `text` the next piece of the arguments; NULL: none comes with it. */
void arguments_note(struct arguments *a, unsigned choice, unsigned call, const char *name,
		    const char *text);

/* As OpenAI's chat has them in a message or delta: tool_calls[].function, or custom (whose
 * input is any text), and the older function_call. */
void arguments_note_calls(struct arguments *a, unsigned choice, const cJSON *message);

/* Whether each call says which tool it calls: nobody can run one that does not. */
bool arguments_named(const struct arguments *a);

/* Whether each is a JSON text, or empty, as calls without arguments are. */
bool arguments_valid(const struct arguments *a);
