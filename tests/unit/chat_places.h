/* Places like those of chat completions, for tests of the canonical writer. */
#pragma once

#include "cache/key/canonical.h"

enum { MESSAGES = 2, MESSAGE, PARTS, PART, CALLS, CALL, FUNCTION, STREAM_OPTIONS };

static const struct canonical_step chat_steps[] = {
    {PLACE_TOP, "messages", MESSAGES},
    {MESSAGES, NULL, MESSAGE},
    {MESSAGE, "content", PARTS},
    {PARTS, NULL, PART},
    {MESSAGE, "tool_calls", CALLS},
    {CALLS, NULL, CALL},
    {CALL, "function", FUNCTION},
    {PLACE_TOP, "stream_options", STREAM_OPTIONS},
    {0},
};

static inline bool chat_left_out(void *context, struct slice key)
{
	return slice_is(key, "stream") || slice_is(key, "user");
}
