/* What time it is. Only the upper floors ask; cache/ is told. Any thread. */
#pragma once

#include <stdint.h>

/* Milliseconds and microseconds of a clock that never steps (CLOCK_MONOTONIC). */
int64_t clock_ms(void);
int64_t clock_us(void);

/* The sooner of two times, or of two spans; -1 is never. */
static inline int64_t clock_sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Milliseconds since 1970, for people. */
int64_t clock_wall_ms(void);
