#include "proxy/openai/storable/call_arguments.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "cache/key/json_scan.h"
#include "proxy/openai/storable/cjson_view.h"

#include <stdlib.h>

/* Number of OpenAI's older function_call, which has none; no tool call can have this number. */
enum { FUNCTION_CALL = ARGUMENTS_CALLS };

struct call_arguments_call {
	unsigned choice;
	unsigned call;
	bool named;
	struct buf text;
};

struct call_arguments call_arguments_make(size_t limit_bytes)
{
	return (struct call_arguments){.limit = limit_bytes};
}

void call_arguments_finish(struct call_arguments *a)
{
	for (size_t i = 0; i < a->count; i++)
		buf_finish(&a->calls[i].text);
	free(a->calls);
	*a = call_arguments_make(a->limit);
}

static struct call_arguments_call *add(struct call_arguments *a, unsigned choice, unsigned call)
{
	if (a->count == ARGUMENTS_CALLS)
		return NULL;
	if (a->count == a->room) {
		size_t room = a->room ? 2 * a->room : 4;
		struct call_arguments_call *calls = reallocarray(a->calls, room, sizeof *calls);
		if (!calls)
			return NULL;
		a->calls = calls;
		a->room = room;
	}
	a->calls[a->count] = (struct call_arguments_call){choice, call, false, buf_make(a->limit)};
	return &a->calls[a->count++];
}

/* Searches backwards, because streams mostly continue the last call. */
static struct call_arguments_call *find(struct call_arguments *a, unsigned choice, unsigned call)
{
	for (size_t i = a->count; i-- > 0;)
		if (a->calls[i].choice == choice && a->calls[i].call == call)
			return &a->calls[i];
	return add(a, choice, call);
}

void call_arguments_note(struct call_arguments *a, unsigned choice, unsigned call, const char *name,
			 const char *text)
{
	struct slice piece = slice_of(text);
	struct call_arguments_call *c = a->overflowed ? NULL : find(a, choice, call);
	a->bytes += piece.len;
	if (c)
		c->named = c->named || !utf8_is_blank(slice_of(name));
	if (!c || a->bytes > a->limit || !buf_append_slice(&c->text, piece))
		a->overflowed = true;
}

static void note_function(struct call_arguments *a, unsigned choice, unsigned call,
			  const cJSON *function)
{
	call_arguments_note(a, choice, call,
			    cJSON_GetStringValue(cjson_view_member(function, "name")),
			    cJSON_GetStringValue(cjson_view_member(function, "arguments")));
}

void call_arguments_note_calls(struct call_arguments *a, unsigned choice, const cJSON *message)
{
	const cJSON *calls = cjson_view_member(message, "tool_calls");
	const cJSON *old = cjson_view_member(message, "function_call");
	const cJSON *call;
	unsigned place = 0;
	cJSON_ArrayForEach (call, calls) {
		/* In a plain response the position is the number. */
		unsigned number = place++;
		cjson_view_number(cjson_view_member(call, "index"), &number);
		const cJSON *custom = cjson_view_member(call, "custom");
		const cJSON *name = cjson_view_member(custom, "name");
		note_function(a, choice, number, cjson_view_member(call, "function"));
		if (name)
			call_arguments_note(a, choice, number, cJSON_GetStringValue(name), NULL);
	}
	if (old)
		note_function(a, choice, FUNCTION_CALL, old);
}

bool call_arguments_named(const struct call_arguments *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (!a->calls[i].named)
			return false;
	return true;
}

bool call_arguments_valid(const struct call_arguments *a)
{
	for (size_t i = 0; i < a->count; i++) {
		struct slice text = buf_slice(&a->calls[i].text);
		if (text.len && !json_valid(text))
			return false;
	}
	return !a->overflowed;
}
