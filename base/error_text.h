/* A fault: why something did not work, in words for a person. The function that fails writes it,
 * callers put their place in front on the way up, and the floor that decides prints it once:
 * "reprise.yaml:7: cache.ttl: …". Threads: one at a time. */
#pragma once

#include "base/own.h"

#include <stdbool.h>

enum { ERROR_TEXT = 512 };

struct error_text {
	char text[ERROR_TEXT];
};

/* Sets the text; too long a text is cut. why may be NULL. Returns false, so that one can say
 * `return fault_set(why, "…")`. */
bool error_text_set(struct error_text *why, const char *format, ...) PRINTF_LIKE(2, 3);

/* Puts "PREFIX: " in front of the text. Returns false. */
bool error_text_wrap(struct error_text *why, const char *format, ...) PRINTF_LIKE(2, 3);
