/* The part of json_scan that reads strings. Private to json_scan.c and json_string.c.
 *
 * Threads: one at a time per scan. */
#pragma once

#include "cache/key/json_scan.h"

/* Moves scan->at from the opening quote of a string past its closing one, and sets the token's text
 * and escaped. False on a fault, with scan->fault set and scan->at at its location. */
MUST_CHECK bool json_scan_string(struct json_scan *scan, struct json_token *token);

/* Both set the fault and return false, so that a caller can write `return json_fail(scan, …)`. */
static inline bool json_fail(struct json_scan *scan, enum json_fault fault)
{
	scan->fault = fault;
	return false;
}

/* Faults at scan->at: the text ends there (JSON_CUT) or has a byte that is not allowed
 * (JSON_SYNTAX). */
static inline bool json_fail_here(struct json_scan *scan)
{
	return json_fail(scan, scan->at == scan->end ? JSON_CUT : JSON_SYNTAX);
}
