/* A fault: an error message for people. The function that fails sets it, its callers put their
 * context in front, and the caller that handles the error prints it once:
 * "reprise.yaml:7: cache.ttl: …". Threads: one at a time. */
#pragma once

#include "base/own.h"

#include <stdbool.h>

enum { ERROR_TEXT = 512 };

struct error_text {
	char text[ERROR_TEXT];
};

/* Sets the text, cut to FAULT_TEXT - 1 bytes. `why` may be NULL. Returns false, so that a caller
 * can write `return fault_set(why, "…")`. */
bool error_text_set(struct error_text *why, const char *format, ...) PRINTF_LIKE(2, 3);

/* Puts "PREFIX: " in front of the text, cut likewise. `why` may be NULL. Returns false. */
bool error_text_wrap(struct error_text *why, const char *format, ...) PRINTF_LIKE(2, 3);
