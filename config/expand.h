/* Replaces variables in values of the file:
 *
 *         ${NAME}            the environment variable NAME; an error if it is not set
 *         ${NAME:-default}   the default (up to the next brace) if it is not set or empty
 *         $$                 a dollar
 *
 * The value of a variable is not expanded again. Any thread may call it. */
#pragma once

#include "base/error_text.h"

#include <stdbool.h>

/* Returns a copy of text with its variables replaced; the caller frees it with free(). On failure
 * returns NULL and sets *why, which quotes no value. environment: "NAME=value" texts, ended by
 * NULL. */
MUST_CHECK char *expand(const char *text, char *const *environment, struct error_text *why);
