/* The small parts that heads of HTTP messages are made of, read strictly (RFC 9110 §5, §7.2). Pure;
 * any thread. */
#pragma once

#include "base/slice.h"

/* A token: a method's or field's name (RFC 9110 §5.6.2). */
bool syntax_is_token(struct slice s);

/* Whether there is a control byte other than the tab. */
bool syntax_has_control(struct slice s);

/* A Host field's value: a name or a bracketed address, then perhaps a port. Marks that lists, users
 * or paths could hide behind are in no name. */
bool syntax_is_host(struct slice s);

/* Takes an absolute-form target apart (RFC 9112 §3.2.2): http or https, a host and perhaps a port,
 * and what stands behind them: nothing, a path, or "?" and a query. False: it is none, or holds a
 * user, which hides the host (RFC 9110 §4.2.4); nothing is returned. */
bool syntax_cut_absolute(struct slice target, struct slice *ret_authority, struct slice *ret_rest);

/* Name and value of a field's line, without the blanks in front of the value, but with those behind
 * it. NULL: fine; else a sentence on what is wrong, and nothing is returned. */
const char *syntax_cut_field(struct slice line, struct slice *ret_name, struct slice *ret_value);

/* -1: it is none. */
int syntax_hex_digit(char c);
