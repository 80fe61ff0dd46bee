/* Clocks. cache/ reads none: its callers pass the time. Threads: any. */
#pragma once

#include <stdint.h>

/* CLOCK_MONOTONIC in milliseconds and in microseconds; it never goes back. */
int64_t clock_ms(void);
int64_t clock_us(void);

/* The sooner of two times, or the shorter of two durations; a negative one means never. */
static inline int64_t clock_sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Wall clock time in milliseconds since 1970 (CLOCK_REALTIME), for log lines and responses. */
int64_t clock_wall_ms(void);
