/* The units of values, for value.c, which reads them, and value_print.c. Constant; any thread. */
#pragma once

#include "config/value.h"

struct unit {
	const char *name;
	uint64_t factor;
	uint64_t print_from; /* smaller amounts are printed in a smaller unit */
};

/* By decreasing factor: a value is printed in the first unit that divides it. */
enum { VALUE_SIZES = 10, VALUE_DURATIONS = 5 };
extern const struct unit value_sizes[VALUE_SIZES];
extern const struct unit value_durations[VALUE_DURATIONS];
