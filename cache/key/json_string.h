/* The part of json_scan that reads strings. Private to json_scan.c and json_string.c; everybody
 * else includes json_scan.h.
 *
 * Threads: one at a time per scan. */
#pragma once

#include "cache/key/json_scan.h"

/* Moves past a string, from its opening quote (where scan->at is) to behind its closing one, and
 * sets the token's text and escaped. False: fault set, and scan->at is where it is. */
MUST_CHECK bool json_scan_string(struct json_scan *scan, struct json_token *token);

/* Both return false, so that one can say `return json_fail(scan, …)`. */
static inline bool json_fail(struct json_scan *scan, enum json_fault fault)
{
	scan->fault = fault;
	return false;
}

/* Where scan->at does not fit, either the text stops or something else stands. */
static inline bool json_fail_here(struct json_scan *scan)
{
	return json_fail(scan, scan->at == scan->end ? JSON_CUT : JSON_SYNTAX);
}
