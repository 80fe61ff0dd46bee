/* Server state: what an answer shows of things outside its request that it was made of. A server
 * may search the web or run tools of its own without being asked to in the body (by its
 * configuration, by the model's nature); another time the answer may be another one.
 *
 * Pure. */
#pragma once

#include <cJSON.h>
#include <stdbool.h>

/* Whether the body of an answer, or an event of a stream, shows it. By the API references: items of
 * a response other than messages, reasoning and calls that the client runs (OpenAI), content blocks
 * other than text, thinking and tool_use, usage.server_tool_use and `container` (Anthropic),
 * annotations that cite addresses and files (OpenAI, OpenRouter), lists of what was found
 * (Perplexity, xAI), executed_tools (Groq). */
bool server_state_shows(const cJSON *root);
