/* Variables in values of the file:
 *
 *         ${NAME}            the environment's NAME; an error when it is not set
 *         ${NAME:-default}   the default (up to the next brace) when it is not set or empty
 *         $$                 a dollar
 *
 * What a variable holds is not expanded again. Any thread. */
#pragma once

#include "base/error_text.h"

#include <stdbool.h>

/* A copy of text with its variables replaced, to be given to free(); NULL with a sentence that
 * names no value. environment: "NAME=value" texts and a NULL behind the last. */
MUST_CHECK char *expand(const char *text, char *const *environment, struct error_text *why);
