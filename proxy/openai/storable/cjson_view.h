/* A view of a parsed answer: small helpers over cJSON, for reading only. Names are compared with
 * case. Private to this room.
 *
 * Threads parse side by side. All of cJSON that they share is its hooks, set once, and the place of
 * the last error, which cJSON_ParseWithLength (1.7) stores to at its beginning and where it fails
 * and never reads. Only cJSON_GetErrorPtr reads that, which nobody here may call (check-banned); so
 * these stores meet each other and nothing else, and no result depends on their order. */
#pragma once

#include "base/own.h"
#include "base/slice.h"
#include "proxy/openai/verdict.h"

#include <cJSON.h>

/* Parses a valid JSON text. INVALID_ANSWER: cJSON cannot hold it; ERROR_INSIDE: it is an object
 * that tells of an error. Only on FINE *ret_root is the caller's, to be given to view_free. */
MUST_CHECK enum verdict cjson_view_parse(struct slice text, cJSON **ret_root);
void cjson_view_free(cJSON **root);

/* The member; NULL when it is absent or null, or `object` is none (NULL too). */
const cJSON *cjson_view_member(const cJSON *object, const char *name);

/* Whether the member is this string. */
bool cjson_view_is(const cJSON *object, const char *name, const char *text);

/* Whether the member is a string with this end. */
bool cjson_view_ends(const cJSON *object, const char *name, const char *end);

/* Whether the value is a number that a double can hold. */
bool cjson_view_is_finite(const cJSON *value);

/* Whether the value is a whole number from 0 to INT_MAX; then *ret_number is set. */
bool cjson_view_number(const cJSON *value, unsigned *ret_number);
