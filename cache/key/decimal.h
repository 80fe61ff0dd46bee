/* A normal form for JSON numbers of any length, by their exact value; never converted to a double.
 *
 * Threads: any. */
#pragma once

#include "base/slice.h"

/* How many bytes longer than the spelling the normal form may be. */
enum { DECIMAL_EXTRA = 9 };

/* Writes the normal form of a number, spelled as in RFC 8259 section 6, to `at`, which has room for
 * spelling.len + DECIMAL_EXTRA bytes: a byte for the sign, the exponent of ten (8 bytes,
 * little-endian) and the digits without zeros at either end. Returns its length, or 0 if the
 * exponent has more than 18 digits.
 *
 * Two numbers have the same form if and only if they are equal, have the same sign, and are read as
 * the same number by servers that convert fractions (numbers with a point or an exponent) to
 * doubles and keep integers exact, as Python and nlohmann/json do. So from 2^53 on, where a double
 * may differ from the integer, the sign byte of a fraction differs from that of an integer. 0 and
 * -0 differ, since some engines print them differently. */
size_t decimal_normal(struct slice spelling, char *at);
