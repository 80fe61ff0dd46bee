/* Server state: signs that a response depends on state outside its request. A server may search the
 * web or run tools without being asked to in the body (because of its configuration or the model),
 * and may respond differently another time.
 *
 * Pure. */
#pragma once

#include <cJSON.h>
#include <stdbool.h>

/* Whether a response's body, or an event of a stream, shows such a sign. According to the API
 * references these are: items of a response other than messages, reasoning and calls that the
 * client runs (OpenAI); content blocks other than text, thinking and tool_use,
 * usage.server_tool_use and `container` (Anthropic); annotations that cite addresses and files
 * (OpenAI, OpenRouter); lists of search results (Perplexity, xAI); executed_tools (Groq). */
bool server_state_shows(const cJSON *root);
