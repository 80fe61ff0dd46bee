/* The exact value of a JSON number in one spelling, however long it is; never through a double.
 *
 * Threads: any. */
#pragma once

#include "base/slice.h"

/* What the normal form may be longer than the spelling. */
enum { DECIMAL_EXTRA = 9 };

/* Writes the normal form of a number, spelled as RFC 8259 section 6 has it, to `at`, which has room
 * for spelling.len + DECIMAL_EXTRA bytes: a mark for the sign, the exponent of ten (8 bytes,
 * little-endian) and the digits without zeros at either end. Two numbers have the same form exactly
 * if they are equal, have the same sign and are read as the same number by servers that turn
 * fractions (numbers with a point or an exponent) into doubles and keep integers exact, as Python
 * and nlohmann/json do: from 2^53 on, where a double may be another number than the integer, a
 * fraction has another mark than an integer. 0 and -0 differ, as some engines print them
 * differently. Returns the length; 0 for an exponent of more than 18 digits, which only the
 * spelling can tell. */
size_t decimal_normal(struct slice spelling, char *at);
