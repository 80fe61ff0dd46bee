/* Assertions that stay on in release builds: what a caller or a module promised. Never for input.
 */
#pragma once

#define ensure(condition)                                                                          \
	do {                                                                                       \
		if (__builtin_expect(!(condition), 0))                                             \
			ensure_failed(#condition, __FILE__, __LINE__);                             \
	} while (0)

/* Prints where and what, and aborts the process. Any thread. */
__attribute__((noreturn, cold)) void ensure_failed(const char *condition, const char *file,
						   int line);
