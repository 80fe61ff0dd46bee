/* The elements of HTTP heads, parsed strictly (RFC 9110 §5, §7.2). Pure functions; any thread. */
#pragma once

#include "base/slice.h"

/* Whether s is a token, as methods and field names are (RFC 9110 §5.6.2). */
bool syntax_is_token(struct slice s);

/* Whether s contains a control byte other than tab. */
bool syntax_has_control(struct slice s);

/* Whether s is a Host field's value: a name or a bracketed address, and optionally a port. Names
 * may not contain characters that separate lists, users or paths. */
bool syntax_is_host(struct slice s);

/* Splits an absolute-form target (RFC 9112 §3.2.2): http or https, a host and an optional port, and
 * the rest: nothing, a path, or "?" and a query. False: it is not one, or has a user, which
 * disguises the host (RFC 9110 §4.2.4); the results are not set. */
bool syntax_cut_absolute(struct slice target, struct slice *ret_authority, struct slice *ret_rest);

/* Splits a field's line into its name and its value, without blanks before the value but with those
 * behind it. NULL: fine; otherwise a sentence on what is wrong, and the results are not set. */
const char *syntax_cut_field(struct slice line, struct slice *ret_name, struct slice *ret_value);

/* The digit's value; -1: not a hexadecimal digit. */
int syntax_hex_digit(char c);
