/* Read-only helpers for a response parsed by cJSON. Names are compared case-sensitively. Private to
 * proxy/openai.
 *
 * Several threads may parse at the same time. cJSON shares only two things between them: its hooks,
 * which are set once, and the position of the last error. cJSON_ParseWithLength (1.7) writes that
 * position when it starts and when it fails, and never reads it. Only cJSON_GetErrorPtr reads it,
 * which must not be called here (check-banned); so these writes race only with each other, and no
 * result depends on their order. */
#pragma once

#include "base/own.h"
#include "base/slice.h"
#include "proxy/openai/verdict.h"

#include <cJSON.h>

/* Parses a valid JSON text. INVALID_ANSWER: cJSON cannot represent it; ERROR_INSIDE: it is an
 * object that reports an error. On FINE the caller owns *ret_root and frees it with
 * cjson_view_free; otherwise *ret_root is unchanged. */
MUST_CHECK enum verdict cjson_view_parse(struct slice text, cJSON **ret_root);
void cjson_view_free(cJSON **root);

/* Returns the member; NULL if it is absent or null, or if `object` is no object or NULL. */
const cJSON *cjson_view_member(const cJSON *object, const char *name);

/* Whether the member is this string. */
bool cjson_view_is(const cJSON *object, const char *name, const char *text);

/* Whether the member is a string that ends with this text. */
bool cjson_view_ends(const cJSON *object, const char *name, const char *end);

/* Whether the value is a number that a double can hold. */
bool cjson_view_is_finite(const cJSON *value);

/* Whether the value is an integer from 0 to INT_MAX; only then *ret_number is set. */
bool cjson_view_number(const cJSON *value, unsigned *ret_number);
