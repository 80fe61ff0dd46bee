/* What time it is. Only the upper floors ask; cache/ is told. Any thread. */
#pragma once

#include <stdint.h>

/* Milliseconds and microseconds of a clock that never steps (CLOCK_MONOTONIC). */
int64_t clock_ms(void);
int64_t clock_us(void);

/* Milliseconds since 1970, for people. */
int64_t clock_wall_ms(void);
