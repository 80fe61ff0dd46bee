/* Collects the arguments of a response's tool calls, whose pieces form one JSON text for each call.
 * Private to storable/ and family/. Threads: one at a time. */
#pragma once

#include "base/slice.h"

#include <cJSON.h>

/* If a response has more calls, they are not collected and the arguments count as invalid. */
enum { ARGUMENTS_CALLS = 1024 };

struct call_arguments {
	size_t limit; /* most bytes of all arguments together */
	struct call_arguments_call *calls;
	size_t count;
	size_t room;
	size_t bytes;
	bool overflowed;
};

struct call_arguments call_arguments_make(size_t limit_bytes);
void call_arguments_finish(struct call_arguments *a);

/* Takes a piece of a tool call, identified by the choice and by the call's number in it. `name` is
 * the tool's name, `text` the next piece of the arguments; each is NULL if absent. */
void call_arguments_note(struct call_arguments *a, unsigned choice, unsigned call, const char *name,
			 const char *text);

/* Takes the calls of a message or delta of OpenAI's chat: tool_calls[].function, or custom (whose
 * input is any text), and the older function_call. */
void call_arguments_note_calls(struct call_arguments *a, unsigned choice, const cJSON *message);

/* Whether each call has a tool's name; a call without one cannot be run. */
bool call_arguments_named(const struct call_arguments *a);

/* Whether each call's arguments are a JSON text or empty, as those of calls without arguments
 * are. */
bool call_arguments_valid(const struct call_arguments *a);
