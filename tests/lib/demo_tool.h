/* Arguments for a tool call, made up to fit the tool's parameters. */
#pragma once

#include <cjson/cJSON.h>
#include <stdint.h>

/* The arguments as JSON text, to be given to cJSON_free. Takes a function as it stands in
 * `tools[].function`; knows type, enum, properties and items of JSON Schema. */
char *demo_tool_arguments(const cJSON *function, uint64_t seed);
