/* Assertions that stay enabled in release builds, for preconditions and invariants; never for
 * checking input. */
#pragma once

#define ensure(condition)                                                                          \
	do {                                                                                       \
		if (__builtin_expect(!(condition), 0))                                             \
			ensure_failed(#condition, __FILE__, __LINE__);                             \
	} while (0)

/* Prints the location and the condition, and aborts the process. Threads: any. */
__attribute__((noreturn, cold)) void ensure_failed(const char *condition, const char *file,
						   int line);
